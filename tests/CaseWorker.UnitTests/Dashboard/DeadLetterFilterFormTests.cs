using CaseWorker.AspNetCore.Dashboard.DeadLetters;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Dashboard;

public sealed class DeadLetterFilterFormTests
{
    [Fact]
    public void An_empty_address_means_open_dead_letters_by_case()
    {
        var form = Read("");
        (form.View, form.State, form.Problem).ShouldBe(("cases", "open", null));
        form.At("/ops/dead-letters").ShouldBe("/ops/dead-letters");
    }

    [Theory]
    [InlineData("view=list&case=4&action=note.add&kind=failed&state=discarded")]
    [InlineData("error=a%20%26%20b&since=2026-11-23%2009:30&until=2026-11-24")]
    [InlineData("state=all&fingerprint=ab12&id=7&after=9")]
    public void An_address_is_read_and_written_again(string query)
    {
        var form = Read(query);
        form.Problem.ShouldBeNull();
        Read(form.At("/ops").Split('?')[1]).ShouldBe(form);
    }

    [Theory]
    [InlineData("view=&kind=&state=&id=&after=")]
    public void What_is_empty_does_not_matter(string query) => Read(query).ShouldBe(new DeadLetterFilterForm());

    [Theory]
    [InlineData("case=four")]
    [InlineData("case=0")]
    [InlineData("since=yesterday")]
    [InlineData("until=24:61")]
    [InlineData("view=galaxy")]
    [InlineData("kind=lost")]
    [InlineData("state=gone")]
    [InlineData("id=one")]
    [InlineData("after=-1")]
    public void What_was_typed_wrong_is_named(string query) => Read(query).Problem!.ShouldContain(query.Split('=')[1]);

    [Fact]
    public void Foreign_text_is_cleaned_and_cut()
    {
        var form = Read($"error={new string('x', 1_000)}&action=%20note.add%00%20");
        form.Error.Length.ShouldBeLessThan(300);
        form.Action.ShouldStartWith("note.add");
        form.Action.ShouldNotContain('\0');
    }

    [Fact]
    public void Times_without_a_zone_are_UTC() => Read("since=2026-11-23 09:30").Filter.Since.ShouldBe(new DateTimeOffset(2026, 11, 23, 9, 30, 0, TimeSpan.Zero));

    [Fact]
    public void The_filter_has_only_what_was_given()
    {
        var filter = Read("state=all&id=7").Filter;
        filter.State.ShouldBeNull();
        filter.Ids.ShouldBe([7]);
        (filter.Case, filter.Action, filter.Kind, filter.Error, filter.Since, filter.Until).ShouldBe((null, null, null, null, null, null));
    }

    private static DeadLetterFilterForm Read(string query) => DeadLetterFilterForm.Of(new QueryCollection(QueryHelpers.ParseQuery(query)));
}
