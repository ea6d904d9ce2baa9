using System.Text;
using CaseWorker.Json;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Json;

public sealed class JsonNumberTests
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("-0", "0")]
    [InlineData("0.000", "0")]
    [InlineData("-0e5", "0")]
    [InlineData("1", "1")]
    [InlineData("1.0", "1")]
    [InlineData("1e0", "1")]
    [InlineData("10e-1", "1")]
    [InlineData("-1.50", "-15e-1")]
    [InlineData("1200", "12e2")]
    [InlineData("1.2e3", "12e2")]
    [InlineData("0.0012E+6", "12e2")]
    [InlineData("0.001", "1e-3")]
    [InlineData("9007199254740993", "9007199254740993")]
    public void One_value_has_one_spelling(string number, string canonical) => Canonical(number).ShouldBe(canonical);

    [Fact]
    public void Numbers_are_canonically_equal_exactly_if_they_are_equal()
    {
        var numbers = from mantissa in Gen.Choose(-2_000, 2_000)
                      from scale in Gen.Choose(0, 5)
                      select (Text: Spell(mantissa, scale), Value: mantissa / (decimal)Math.Pow(10, scale));
        Property.Holds(
            from a in numbers from b in numbers select (a, b),
            pair => string.Equals(Canonical(pair.a.Text), Canonical(pair.b.Text), StringComparison.Ordinal).ShouldBe(pair.a.Value == pair.b.Value),
            tries: 2_000);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("0.000", 0)]
    [InlineData("12", 2)]
    [InlineData("-12.50", 4)]
    [InlineData("0.0012", 2)]
    [InlineData("1200e9", 4)]
    public void Digits_are_counted_without_leading_zeros(string number, int digits) =>
        new JsonNumber(Encoding.ASCII.GetBytes(number)).SignificantDigits.ShouldBe(digits);

    [Theory]
    [InlineData("1", 0)]
    [InlineData("12345", 4)]
    [InlineData("0.001", 3)]
    [InlineData("12e5", 6)]
    [InlineData("1200e-5", 5)]
    [InlineData("1e99999999999999999999", 1_000_000)]
    [InlineData("1e-99999999999999999999", 1_000_000)]
    public void The_magnitude_is_the_larger_of_what_is_written_and_what_is_meant(string number, long magnitude) =>
        new JsonNumber(Encoding.ASCII.GetBytes(number)).Magnitude.ShouldBe(magnitude);

    private static string Canonical(string number) => new JsonNumber(Encoding.ASCII.GetBytes(number)).Canonical();

    private static string Spell(int mantissa, int scale) => (mantissa & 1) == 0
        ? FormattableString.Invariant($"{mantissa}e-{scale}")
        : FormattableString.Invariant($"{mantissa}.0E-0{scale}");
}
