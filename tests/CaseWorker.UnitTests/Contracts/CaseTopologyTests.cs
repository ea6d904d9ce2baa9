using System.Text.Json;
using CaseWorker.Contracts;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Contracts;

/// <summary>The part of the wire contract that producers in other languages compute themselves.</summary>
public sealed class CaseTopologyTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(63, 63)]
    [InlineData(64, 0)]
    [InlineData(130, 2)]
    [InlineData(long.MaxValue, 63)]
    public void The_slot_of_a_case_is_its_reference_modulo_64(long reference, int slot) => CaseTopology.SlotOf(reference).ShouldBe(slot);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public void Only_positive_references_have_a_slot(long reference) => Should.Throw<ArgumentOutOfRangeException>(() => CaseTopology.SlotOf(reference));

    [Theory]
    [InlineData(0, "0", "case-commands.00")]
    [InlineData(7, "7", "case-commands.07")]
    [InlineData(63, "63", "case-commands.63")]
    public void A_slot_has_a_routing_key_and_a_queue(int slot, string routingKey, string queue)
    {
        CaseTopology.RoutingKeyOf(slot).ShouldBe(routingKey);
        CaseTopology.QueueOf(slot).ShouldBe(queue);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("\"0\"")]
    [InlineData("\"-1\"")]
    [InlineData("\"12a\"")]
    [InlineData("\" 12\"")]
    [InlineData("1.5")]
    [InlineData("9223372036854775808")]
    [InlineData("null")]
    public void A_wrong_case_reference_is_a_JSON_error_that_says_what_is_right(string raw) =>
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<CaseCommand>(ParsedCommands.Json(("caseReference", raw)), JsonSerializerOptions.Web))
            .Message.ShouldContain("case reference is a positive 64-bit integer, written as a string of digits");
}
