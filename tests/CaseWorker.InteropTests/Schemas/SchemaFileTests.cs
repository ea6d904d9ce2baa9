using System.Text.Json.Nodes;

namespace CaseWorker.InteropTests.Schemas;

/// <summary>The schemas by themselves: the judge refuses to work with one that is not right.</summary>
public sealed class SchemaFileTests
{
    [Fact]
    public async Task Every_example_is_valid_by_its_own_schema_and_by_the_one_of_all()
    {
        var examples = SchemaValidator.Names.SelectMany(name => (SchemaValidator.Read(name)["examples"]?.AsArray() ?? []).Select(example => (name, Example: example!))).ToList();
        examples.Select(example => example.name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ShouldBe(
        [
            "case.create.json", "case.merge.json", "case.replace.json", "command.json", "note.add.json",
            "outcome.accepted.json", "outcome.conflicted.json", "outcome.parked.json", "outcome.rejected.json",
        ]);
        foreach (var (name, example) in examples)
        {
            (await SchemaValidator.JudgeAsync(name, [example])).ShouldBe([new Judgement(Valid: true, Error: null)], name);
            var all = example["outcome"] is null ? "command.json" : "outcome.json";
            (await SchemaValidator.JudgeAsync(all, [example])).ShouldBe([new Judgement(Valid: true, Error: null)], name);
        }
    }

    [Fact]
    public void Each_has_a_title_and_a_description_and_is_of_2020_12()
    {
        SchemaValidator.Names.Count.ShouldBe(12);
        foreach (var name in SchemaValidator.Names)
        {
            JsonObject schema = SchemaValidator.Read(name);
            schema["$schema"]!.ToString().ShouldBe("https://json-schema.org/draft/2020-12/schema", name);
            schema["title"]!.ToString().ShouldNotBeEmpty(name);
            schema["description"]!.ToString().ShouldEndWith(".", Case.Sensitive, name);
        }
    }
}
