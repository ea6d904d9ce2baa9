using System.Globalization;
using System.Text.Json.Nodes;

namespace CaseWorker.TestSupport;

/// <summary>Commands as a producer in any language would write them.</summary>
internal static class CommandJson
{
    public static JsonObject Create(long reference, JsonObject? body = null, Guid? id = null) =>
        Of(reference, "case.create", body ?? new JsonObject { ["n"] = 0 }, id);

    public static JsonObject Merge(long reference, JsonObject patch, long? version = null, long? nonce = null, Guid? id = null) =>
        Of(reference, "case.merge", patch, id, version, nonce);

    public static JsonObject Replace(long reference, JsonObject body, long? version = null, long? nonce = null, Guid? id = null) =>
        Of(reference, "case.replace", body, id, version, nonce);

    public static JsonObject Note(long reference, string text, long? nonce = null, Guid? id = null) =>
        Of(reference, "note.add", new JsonObject { ["body"] = text }, id, nonce: nonce);

    public static JsonObject Of(long reference, string action, JsonNode? body, Guid? id = null, long? version = null, long? nonce = null)
    {
        var command = new JsonObject
        {
            ["commandId"] = (id ?? Guid.NewGuid()).ToString(),
            ["caseReference"] = reference.ToString(CultureInfo.InvariantCulture),
            ["action"] = action,
            ["body"] = body,
            ["actor"] = "tester",
        };
        if (version is not null)
        {
            command["proposedVersion"] = version;
        }

        if (nonce is not null)
        {
            command["proposedNonce"] = nonce;
        }

        return command;
    }

    public static long CaseOf(JsonObject command) => long.Parse(command["caseReference"]!.ToString(), CultureInfo.InvariantCulture);

    public static Guid IdOf(JsonObject command) => Guid.Parse(command["commandId"]!.ToString());
}
