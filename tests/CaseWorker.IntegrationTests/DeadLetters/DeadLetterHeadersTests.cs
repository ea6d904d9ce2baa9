using System.Text;
using System.Text.Json.Nodes;
using CaseWorker.Contracts;
using RabbitMQ.Client;
using Shouldly;

namespace CaseWorker.IntegrationTests.DeadLetters;

/// <summary>An operator sees all that came with a message that nobody could read.</summary>
public sealed class DeadLetterHeadersTests(Servers servers)
{
    [Fact]
    public async Task A_dead_letter_keeps_every_property_and_every_kind_of_header()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.StartWorkerAsync();
        var publisher = await workspace.PublisherAsync();

        await publisher.SendRawAsync(Encoding.UTF8.GetBytes("no command"), CaseTopology.RoutingKeyOf(0), messageId: "order-\u000017", contentType: "text/plain", configure: properties =>
        {
            properties.ContentEncoding = "utf-8";
            properties.CorrelationId = "thread\0 7";
            properties.ReplyTo = "answers";
            properties.Type = "Order";
            properties.AppId = "shop";
            properties.Timestamp = new AmqpTimestamp(-1); // 2^64 - 1 on the wire
            properties.Expiration = "86400000";
            properties.Priority = 3;
            properties.UserId = "guest";
            properties.Headers = new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["text"] = "a\0b",
                ["na\0me"] = "x",
                ["bytes"] = new byte[] { 0xFF, 0x00, 0x80 },
                ["binary"] = new BinaryTableValue([1, 2, 3]),
                ["number"] = long.MinValue,
                ["small"] = (byte)7,
                ["fraction"] = 0.5,
                ["money"] = 12.34m,
                ["flag"] = true,
                ["nothing"] = null,
                ["time"] = new AmqpTimestamp(5),
                ["list"] = new List<object?> { 1, "two", new List<object?> { 3 } },
                ["table"] = new Dictionary<string, object?>(StringComparer.Ordinal) { ["in"] = new Dictionary<string, object?>(StringComparer.Ordinal) { ["deep"] = "x" } },
            };
        });
        await workspace.UntilAsync("SELECT count(*) FROM dead_letters", count => count == 1);

        var deadLetter = (await workspace.DeadLettersAsync()).ShouldHaveSingleItem();
        Encoding.UTF8.GetString(deadLetter.Body).ShouldBe("no command");
        deadLetter.Headers["headers"]!.AsObject().Remove("x-dotnet-pub-seq-no").ShouldBeTrue("the client's own");
        var expected = JsonNode.Parse("""
            {
              "contentType": "text/plain", "contentEncoding": "utf-8", "messageId": "order-\ufffd17", "correlationId": "thread\ufffd 7",
              "replyTo": "answers", "type": "Order", "appId": "shop", "timestamp": 18446744073709551615, "userId": "guest",
              "expiration": "86400000", "deliveryMode": 2, "priority": 3,
              "headers": {
                "text": "a\ufffdb", "na\ufffdme": "x", "bytes": "/wCA", "binary": "AQID", "number": -9223372036854775808, "small": 7, "fraction": "0.5",
                "money": "12.34", "flag": true, "nothing": null, "time": 5, "list": [1, "two", [3]], "table": {"in": {"deep": "x"}}
              }
            }
            """);
        JsonNode.DeepEquals(deadLetter.Headers, expected).ShouldBeTrue(deadLetter.Headers.ToJsonString());
    }

    [Fact]
    public async Task Headers_without_end_are_cut_and_their_message_is_kept()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.StartWorkerAsync();
        var publisher = await workspace.PublisherAsync();
        var deep = new Dictionary<string, object?>(StringComparer.Ordinal);
        for (var i = 0; i < 200; i++)
        {
            deep = new Dictionary<string, object?>(StringComparer.Ordinal) { ["in"] = deep };
        }

        await publisher.SendRawAsync([1, 2, 3], CaseTopology.RoutingKeyOf(1), configure: properties =>
            properties.Headers = new Dictionary<string, object?>(StringComparer.Ordinal) { ["deep"] = deep, ["long"] = new string('x', 60_000), ["after"] = "kept" });
        await workspace.UntilAsync("SELECT count(*) FROM dead_letters", count => count == 1);

        var deadLetter = (await workspace.DeadLettersAsync()).ShouldHaveSingleItem();
        deadLetter.Body.ShouldBe([1, 2, 3]);
        deadLetter.Header("after")!.GetValue<string>().ShouldBe("kept");
        deadLetter.Header("long")!.GetValue<string>().ShouldStartWith("xxxx");
        deadLetter.Header("deep")!.ToJsonString().ShouldContain("\\u2026");
    }
}
