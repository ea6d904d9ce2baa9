using System.Text.Json;
using CaseWorker.Actions;
using CaseWorker.Contracts;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Actions;

/// <summary>What a registered action's body must be, before its own rules.</summary>
public sealed class ActionBodyTests
{
    [Fact]
    public void A_body_that_fits_is_read_once_as_the_type() =>
        Read("""{"title":"T","pages":3}""").Body.ShouldBe(new BookBody("T", 3));

    [Fact]
    public void Everything_that_is_missing_or_unknown_is_named_at_once() =>
        Read("""{"titel":"T","mood":"good"}""").Errors.Select(error => (error.Path, error.Message.Split('.')[0]))
            .ShouldBe([("/body/title", "Required"), ("/body/pages", "Required"), ("/body/titel", "Unknown")]);

    [Theory]
    [InlineData("""{"title":"T","pages":"3"}""", "/body/pages")]
    [InlineData("""{"title":7,"pages":3}""", "/body/title")]
    [InlineData("""{"title":null,"pages":3}""", "/body/title")]
    [InlineData("""{"title":"T","pages":3.5}""", "/body/pages")]
    [InlineData("""{"title":"T","pages":1e300}""", "/body/pages")]
    [InlineData("""{"Title":"T","pages":3}""", "/body/title")]
    [InlineData("[]", "/body")]
    [InlineData("7", "/body")]
    public void What_does_not_fit_is_an_error_with_its_path(string json, string path)
    {
        var (body, errors) = Read(json);
        body.ShouldBeNull();
        errors[0].Path.ShouldBe(path);
    }

    private static (object? Body, List<FieldError> Errors) Read(string json)
    {
        var errors = new List<FieldError>();
        return (ActionBody.Read(JsonElement.Parse(json), typeof(BookBody), errors), errors);
    }
}
