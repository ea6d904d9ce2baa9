using System.Text.Json.Nodes;
using CaseWorker.Client.Json;
using CaseWorker.Client.Updating;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Client;

public sealed class TypedBlobTests
{
    private const string Blob = """{"status":"open","owner":{"name":"ada","phone":"1"},"rooms":[{"n":1,"x":1}],"unknown":{"a":null}}""";

    [Fact]
    public void Only_what_changed_is_carried_over() =>
        Changed(permit => permit with { Status = "granted", Owner = permit.Owner! with { Name = "bob" } })
            .ShouldBe("""{"status":"granted","owner":{"name":"bob","phone":"1"},"rooms":[{"n":1,"x":1}],"unknown":{"a":null}}""");

    [Fact]
    public void What_the_type_does_not_know_stays_also_where_nothing_changed() => Changed(permit => permit).ShouldBe(Blob);

    [Fact]
    public void A_part_that_becomes_null_is_null_and_one_that_comes_is_there()
    {
        Changed(permit => permit with { Owner = null }).ShouldContain("\"owner\":null");
        Changed(permit => permit with { Fee = 3.5m }).ShouldEndWith(",\"fee\":3.5}");
    }

    [Fact]
    public void An_array_that_changed_is_written_as_a_whole() =>
        Changed(permit => permit with { Rooms = [new Room(1), new Room(2)] }).ShouldContain("""rooms":[{"n":1},{"n":2}]""");

    [Fact]
    public void An_object_may_be_changed_in_place()
    {
        var blob = JsonNode.Parse("""{"counts":{"a":1,"b":2}}""")!.AsObject();

        TypedBlob.Change<Tally>(tally =>
        {
            tally.Counts["a"]++;
            tally.Counts.Remove("b");
            return tally;
        }, TypedJson.InfoOf<Tally>(options: null))(blob)!.ToJsonString().ShouldBe("""{"counts":{"a":2}}""");
    }

    [Fact]
    public void Null_is_no_change() => TypedBlob.Change(_ => null, TypedJson.InfoOf<Permit>(options: null))(JsonNode.Parse(Blob)!.AsObject()).ShouldBeNull();

    private static string Changed(Func<Permit, Permit?> change) => TypedBlob.Change(change, TypedJson.InfoOf<Permit>(options: null))(JsonNode.Parse(Blob)!.AsObject())!.ToJsonString();

    private sealed record Permit(string Status, Owner? Owner, Room[] Rooms, decimal? Fee = null);

    private sealed record Owner(string Name);

    private sealed record Room(int N);

    private sealed class Tally
    {
        public Dictionary<string, int> Counts { get; init; } = [];
    }
}
