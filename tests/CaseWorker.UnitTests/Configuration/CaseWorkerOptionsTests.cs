using CaseWorker.Configuration;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Configuration;

public sealed class CaseWorkerOptionsTests
{
    [Fact]
    public void The_defaults_are_valid() => Errors(new CaseWorkerOptions()).ShouldBeEmpty();

    [Theory]
    [InlineData("Slots", 1, 64)]
    [InlineData("Concurrency", 1, 64)]
    [InlineData("BatchLimit", 1, 2000)]
    [InlineData("PrefetchPerSlot", 1, 2000)]
    [InlineData("DeliveryLimit", 20, 10_000)]
    public void A_setting_out_of_its_range_is_told_its_range_and_its_variable(string setting, int from, int to)
    {
        Errors(With(setting, from)).ShouldBeEmpty();
        Errors(With(setting, to)).ShouldBeEmpty();
        foreach (var wrong in new[] { from - 1, to + 1, int.MinValue })
        {
            Errors(With(setting, wrong)).ShouldHaveSingleItem().ShouldBe(
                FormattableString.Invariant($"CaseWorker:{setting} is {wrong}; set it to {from} to {to} (environment: CaseWorker__{setting})."));
        }
    }

    [Fact]
    public void Every_number_has_a_range() =>
        Errors(new CaseWorkerOptions { Slots = 0, Concurrency = 0, BatchLimit = 0, PrefetchPerSlot = 0, DeliveryLimit = 0, ParkedPerCase = 0, DeadLetterLimit = 0 })
            .Count().ShouldBe(typeof(CaseWorkerOptions).GetProperties().Count(property => property.PropertyType == typeof(int)));

    private static CaseWorkerOptions With(string setting, int value)
    {
        var options = new CaseWorkerOptions();
        typeof(CaseWorkerOptions).GetProperty(setting)!.SetValue(options, value);
        return options;
    }

    private static IEnumerable<string> Errors(CaseWorkerOptions options) => new CaseWorkerOptionsValidator().Validate(null, options).Failures ?? [];
}
