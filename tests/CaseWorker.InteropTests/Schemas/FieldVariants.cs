namespace CaseWorker.InteropTests.Schemas;

/// <summary>One good command of each action, with one field at a time left out or set to a value of each kind.</summary>
internal static class FieldVariants
{
    /// <summary>200 characters, 400 UTF-16 units.</summary>
    public static readonly string WideText = $"\"{string.Concat(Enumerable.Repeat("😀", 200))}\"";

    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "1", "-1", "1.0", "1e0", "1.5", "2", "9223372036854775807", "9223372036854775808", "\"\"", "\"x\"", "\"0\"", "\"2\"", "\"007\"", "\"-5\"", "\" 2\"",
        "\"9223372036854775807\"", "\"9223372036854775808\"", "\"9223372036854775799\"", "\"9300000000000000000\"", "\"10000000000000000000\"", "\"00009223372036854775807\"",
        "\"9F677F53-0A93-4A43-A5EC-1EC202813A47\"", "\"00000000-0000-0000-0000-000000000000\"", "\"9f677f530a934a43a5ec1ec202813a47\"",
        "\"2026-11-23T09:30:00Z\"", "\"2026-11-23T09:30:00.1234567+01:00\"", "\"2026-11-23\"", "\"tomorrow\"", "\"case.close\"", "\"a\\u0000b\"",
        "[]", "[1]", "{}", "{\"body\":\"x\"}", "{\"body\":\"\"}", "{\"body\":5}", "{\"body\":null}", "{\"a\":{\"b\":[\"\\u0000\"]}}", "{\"a\\u0000\":1}", "{\"body\":\"x\",\"more\":1}",
        $"\"{new string('x', 256)}\"", $"\"{new string('x', 257)}\"", $"{{\"body\":\"{new string('x', 65_536)}\"}}", $"{{\"body\":\"{new string('x', 65_537)}\"}}", WideText,
    ];

    private static readonly string[] Fields = ["commandId", "caseReference", "action", "proposedVersion", "proposedNonce", "body", "actor", "correlationId", "issuedAt", "unknown"];

    private static readonly (string Action, (string Name, string Value)[] Fields)[] Good =
    [
        ("case.create", [("body", "{}")]),
        ("case.replace", [("body", "{}"), ("proposedVersion", "2")]),
        ("case.merge", [("body", "{}"), ("proposedNonce", "2")]),
        ("note.add", [("body", "{\"body\":\"x\"}")]),
    ];

    public static IReadOnlyList<FieldVariant> All { get; } =
    [
        .. from good in Good
           from field in Fields
           from value in Values.Append("")
           select new FieldVariant(field, value, Json(good, field, value)),
    ];

    private static string Json((string Action, (string Name, string Value)[] Fields) good, string field, string value)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["commandId"] = "\"9f677f53-0a93-4a43-a5ec-1ec202813a47\"",
            ["caseReference"] = "\"42\"",
            ["action"] = $"\"{good.Action}\"",
        };
        foreach (var (name, given) in good.Fields.Append((Name: field, Value: value)))
        {
            fields[name] = given;
        }

        return $"{{{string.Join(',', fields.Where(entry => entry.Value.Length > 0).Select(entry => $"\"{entry.Key}\":{entry.Value}"))}}}";
    }
}

/// <param name="Field">What is odd.</param>
/// <param name="Value">Its raw JSON; empty if the field is left out.</param>
/// <param name="Json">The whole command.</param>
internal sealed record FieldVariant(string Field, string Value, string Json);
