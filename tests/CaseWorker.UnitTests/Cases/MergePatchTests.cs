using System.Text.Json;
using System.Text.Json.Nodes;
using CaseWorker.Cases;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Cases;

public sealed class MergePatchTests
{
    /// <summary>RFC 7396, appendix A: every example whose patch is an object; targets that are none stand inside an object here.</summary>
    [Theory]
    [InlineData("{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}")]
    [InlineData("{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}")]
    [InlineData("{\"a\":\"b\"}", "{\"a\":null}", "{}")]
    [InlineData("{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}")]
    [InlineData("{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}")]
    [InlineData("{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}")]
    [InlineData("{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}")]
    [InlineData("{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}")]
    [InlineData("{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}")]
    [InlineData("{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}")]
    [InlineData("{\"x\":[1,2]}", "{\"x\":{\"a\":\"b\",\"c\":null}}", "{\"x\":{\"a\":\"b\"}}")]
    [InlineData("{\"x\":\"text\"}", "{\"x\":{\"a\":{}}}", "{\"x\":{\"a\":{}}}")]
    [InlineData("{\"a\":{\"b\":{\"c\":1,\"d\":2}}}", "{\"a\":{\"b\":{\"c\":null}}}", "{\"a\":{\"b\":{\"d\":2}}}")]
    [InlineData("{\"a\":1}", "{\"a\":[null,{\"b\":null}]}", "{\"a\":[null,{\"b\":null}]}")]
    [InlineData("{\"a\":1}", "{}", "{\"a\":1}")]
    [InlineData("{\"a\":null}", "{}", "{\"a\":null}")]
    [InlineData("{\"a\":1}", "{\"b\":null}", "{\"a\":1}")]
    [InlineData("{\"é\":1}", "{\"\\u00e9\":null}", "{}")]
    public void The_examples_of_RFC_7396_hold(string target, string patch, string result) =>
        ShouldBeJson(Apply(target, patch), result);

    [Theory]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(5_000)]
    public void A_name_of_any_length_is_found(int length)
    {
        var name = new string('x', length - 1) + "ä";
        ShouldBeJson(Apply($"{{\"{name}\":1,\"b\":2}}", $"{{\"{name}\":null}}"), "{\"b\":2}");
        ShouldBeJson(Apply($"{{\"{name[..^1]}\\u00e4\":1,\"b\":2}}", $"{{\"{name}\":3}}"), $"{{\"{name}\":3,\"b\":2}}");
    }

    [Theory]
    [InlineData("1.50")]
    [InlineData("1e308")]
    [InlineData("0.1000000000000000055511151231257827021181583404541015625")]
    [InlineData("9007199254740993")]
    public void Numbers_pass_untouched(string number)
    {
        Apply($"{{\"a\":{number}}}", "{\"b\":1}").ShouldContain($"\"a\":{number}");
        Apply("{\"b\":1}", $"{{\"a\":{{\"c\":{number}}}}}").ShouldContain($"\"c\":{number}");
    }

    [Fact]
    public void A_merge_does_what_the_RFC_s_pseudocode_does() => Property.Holds(
        from target in Property.Seeds from patch in Property.Seeds select (target, patch),
        seeds =>
        {
            var random = new Random(seeds.patch);
            var target = JsonTree.RandomObject(new Random(seeds.target)).Spell(random);
            var patch = JsonTree.RandomObject(random).Spell(random);
            ShouldBeJson(Apply(target, patch), Naive(JsonNode.Parse(target), JsonNode.Parse(patch))!.ToJsonString());
        },
        tries: 1_000);

    [Fact]
    public void A_merge_done_twice_does_nothing_more() => Property.Holds(
        from target in Property.Seeds from patch in Property.Seeds select (target, patch),
        seeds =>
        {
            var patch = JsonTree.RandomObject(new Random(seeds.patch)).Spell(new Random(1));
            var once = Apply(JsonTree.RandomObject(new Random(seeds.target)).Spell(new Random(2)), patch);
            ShouldBeJson(Apply(once, patch), once);
        });

    /// <summary>What a merge allocates grows with its texts, not with the product of their lengths.</summary>
    [Fact]
    public void A_merge_ten_times_as_large_allocates_about_ten_times_as_much()
    {
        Merge(properties: 100);
        var small = Merge(properties: 9_000);
        Merge(properties: 90_000).ShouldBeLessThan(20 * small);
    }

    /// <returns>The bytes that the merge of a blob with so many properties and a patch with a tenth of that allocated.</returns>
    private static long Merge(int properties)
    {
        var target = "{" + string.Join(',', Enumerable.Range(10_000, properties).Select(i => $"\"a{i}\":0")) + "}";
        var patch = "{" + string.Join(',', Enumerable.Range(10_000, properties / 10).Select(i => $"\"b{i}\":0")) + "}";
        var (blob, changes) = (CaseBlob.Of(target), JsonElement.Parse(patch));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var merged = MergePatch.Apply(blob, changes);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        merged.HasSameValueAs(CaseBlob.Of(patch[..^1] + "," + target[1..])).ShouldBeTrue();
        return allocated;
    }

    /// <summary>The pseudocode of RFC 7396, section 2.</summary>
    private static JsonNode? Naive(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        var result = target is JsonObject ? (JsonObject)target.DeepClone() : [];
        foreach (var (name, value) in changes)
        {
            var before = result[name];
            result.Remove(name);
            if (value is not null)
            {
                result[name] = Naive(before, value);
            }
        }

        return result;
    }

    private static string Apply(string target, string patch) => MergePatch.Apply(CaseBlob.Of(target), JsonElement.Parse(patch)).Text;

    private static void ShouldBeJson(string actual, string expected) =>
        JsonElement.DeepEquals(JsonElement.Parse(actual), JsonElement.Parse(expected)).ShouldBeTrue($"{actual} is not {expected}");
}
