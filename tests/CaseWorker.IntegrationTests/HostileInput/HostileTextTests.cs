using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CaseWorker.Histories;
using Shouldly;

namespace CaseWorker.IntegrationTests.HostileInput;

/// <summary>Texts that somebody will put into every field that takes a text: they are kept and given back as they are.</summary>
public sealed class HostileTextTests(Servers servers)
{
    private static readonly string[] Texts =
    [
        "\u001b[2J\u001b[31mred\u001b]0;title\u0007", "a\r\n\tb\b\f", "\u0001\u007f\u0085", "👩‍👩‍👧‍👦 🇪🇺 😀", "𠀀𪛕𝔘", "\u202eevil\u202c ‏עברית‎ العربية", "e\u0301 \u00e9 \u212b",
        "\ufeff\u200b\ufffe\uffff\u2028\u2029", "'; DROP TABLE case_events; --", "\"\\/{}[]\u003c/script\u003e\u0026amp;", "{0} %s %n $1 ${x}", " leading and trailing ", "\\u0000 spelled out", "NULL", "",
    ];

    [Fact]
    public async Task Every_text_comes_back_from_every_place_it_is_stored_in()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        var publisher = await workspace.PublisherAsync();

        for (var i = 0; i < Texts.Length; i++)
        {
            var text = Texts[i];
            var reference = 100 + i;
            JsonObject Say(JsonObject command)
            {
                command["actor"] = text;
                command["correlationId"] = text;
                return command;
            }

            var create = Say(CommandJson.Create(reference, new JsonObject { ["value"] = text, [text] = "key" }));
            var note = Say(CommandJson.Note(reference, text.Length == 0 ? "x" : text));
            var conflict = Say(CommandJson.Merge(reference, new JsonObject { ["value"] = 1 }, nonce: 9));
            var rejected = Say(CommandJson.Of(reference, text, new JsonObject()));
            await publisher.SendAsync([create, note, conflict, rejected]);

            foreach (var command in new[] { create, note, conflict, rejected })
            {
                var outcome = (await inbox.OfAsync(command)).Body;
                outcome["actor"]!.GetValue<string>().ShouldBe(text);
                outcome["correlationId"]!.GetValue<string>().ShouldBe(text);
            }

            (await inbox.OfAsync(conflict)).Body["lastEvent"]!["actor"]!.GetValue<string>().ShouldBe(text);
            (await inbox.OfAsync(rejected)).Body["action"]?.GetValue<string>().ShouldBe(text);
            var blob = JsonNode.Parse(await workspace.ScalarAsync<string>($"SELECT json_blob::text FROM case_data WHERE reference = {reference}"))!;
            blob["value"]!.GetValue<string>().ShouldBe(text);
            blob[text]!.GetValue<string>().ShouldBe("key");
            (await workspace.ScalarAsync<string>($"SELECT body FROM case_notes WHERE case_reference = {reference}")).ShouldBe(text.Length == 0 ? "x" : text);
            (await workspace.ScalarAsync<string>($"SELECT author FROM case_notes WHERE case_reference = {reference}")).ShouldBe(text);
            (await workspace.ScalarAsync<string>($"SELECT actor FROM case_events WHERE case_reference = {reference} AND nonce = 1")).ShouldBe(text);
            (await workspace.ScalarAsync<string>($"SELECT correlation_id FROM case_events WHERE case_reference = {reference} AND nonce = 2")).ShouldBe(text);
        }

        (await Integrity.CheckAsync(workspace)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_repeated_command_with_hostile_texts_gets_the_very_bytes_of_its_first_outcome()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        var publisher = await workspace.PublisherAsync();
        var commands = Texts.Select((text, i) =>
        {
            var command = i % 2 == 0 ? CommandJson.Create(200 + i) : CommandJson.Merge(200 + i, new JsonObject(), nonce: 5);
            command["actor"] = text;
            command["correlationId"] = text;
            return command;
        }).ToList();

        await publisher.SendAsync(commands);
        await inbox.ForAllAsync([.. commands.Select(CommandJson.IdOf)]);
        await publisher.SendAsync(commands);
        await inbox.WaitAsync(all => all.Count == 2 * commands.Count, "the repeats");

        foreach (var both in inbox.All.GroupBy(received => received.CommandId))
        {
            both.Select(received => Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(received.Body))).Distinct().Count().ShouldBe(1);
            both.Select(received => received.Properties.MessageId).Distinct().Count().ShouldBe(1);
        }
    }
}
