using System.Globalization;
using System.IO.Compression;
using System.Text;
using RabbitMQ.Client;
using static CaseWorker.TestSupport.HostileInput.HostileMessage;

namespace CaseWorker.TestSupport.HostileInput;

/// <summary>Everything that DESIGN section 8 speaks of, at the limit and one beyond, and what else a broken or evil producer can send.</summary>
internal static class HostileMessages
{
    private const string AnyBody = """{"a":1}""";

    public static IReadOnlyDictionary<string, HostileMessage> All { get; } =
        ((IEnumerable<HostileMessage>[])[NoJson(), NoIdentity(), Size(), Depth(), Keys(), Characters(), Numbers(), Texts(), Fields(), Bodies(), Envelopes(), Properties()])
        .SelectMany(group => group)
        .ToDictionary(message => message.Name, StringComparer.Ordinal);

    private static IEnumerable<HostileMessage> NoJson()
    {
        yield return new("an empty body", _ => [], Fate.NotJson());
        yield return new("binary garbage", _ => [0x00, 0x01, 0xFE, 0xFF, 0x80, 0x00, 0x7F], Fate.NotJson("not UTF-8"));
        yield return new("a NUL byte alone", _ => [0], Fate.NotJson());
        yield return new("a text with a byte that is no UTF-8", target => [.. Bytes(target.Command("{\"a\":\"")), 0xFF, .. Bytes("\"}}")], Fate.NotJson("not UTF-8"));
        yield return new("an overlong spelling of NUL", target => [.. Bytes(target.Command("{\"a\":\"")), 0xC0, 0x80, .. Bytes("\"}}")], Fate.NotJson("not UTF-8"));
        yield return new("half a surrogate pair in bytes", target => [.. Bytes(target.Command("{\"a\":\"")), 0xED, 0xA0, 0x80, .. Bytes("\"}}")], Fate.NotJson("not UTF-8"));
        yield return new("UTF-16", target => Encoding.Unicode.GetBytes(target.Command(AnyBody)), Fate.NotJson());
        yield return new("a byte order mark", target => [0xEF, 0xBB, 0xBF, .. Bytes(target.Command(AnyBody))], Fate.NotJson());
        yield return new("a compressed command", target => Compressed(target.Command(AnyBody)), Fate.NotJson("not UTF-8"));
        yield return Blob("NaN", """{"a":NaN}""", Fate.NotJson());
        yield return Blob("Infinity", """{"a":-Infinity}""", Fate.NotJson());
        yield return Blob("a leading zero", """{"a":01}""", Fate.NotJson());
        yield return Blob("a plus sign", """{"a":+1}""", Fate.NotJson());
        yield return Blob("a bare fraction", """{"a":.5}""", Fate.NotJson());
        yield return Blob("a comment", """{"a":1/* one */}""", Fate.NotJson());
        yield return Blob("a line comment", "{\"a\":1// one\n}", Fate.NotJson());
        yield return Blob("a trailing comma", """{"a":1,}""", Fate.NotJson());
        yield return Blob("single quotes", "{'a':1}", Fate.NotJson());
        yield return Blob("a key without quotes", "{a:1}", Fate.NotJson());
        yield return Blob("an unescaped line break in a string", "{\"a\":\"b\nc\"}", Fate.NotJson());
        yield return Blob("an unescaped NUL in a string", "{\"a\":\"b\0c\"}", Fate.NotJson());
        yield return Text("a command cut in the middle", target => target.Command(AnyBody)[..^9], Fate.NotJson());
        yield return Text("two commands in one message", target => target.Command(AnyBody) + target.Command(AnyBody), Fate.NotJson());
        foreach (var (kind, text) in new[] { ("an array", "[]"), ("a number", "1"), ("a string", "\"x\""), ("null", "null"), ("true", "true") })
        {
            yield return Text($"{kind} at the top", _ => text, Fate.NotJson("A command is a JSON object"));
        }

        yield return Text("a command inside an array", target => $"[{target.Command(AnyBody)}]", Fate.NotJson("A command is a JSON object"));
        yield return Text("500,000 brackets that nobody closes", _ => new string('[', 500_000), Fate.NotJson());
        yield return Text("500,000 open brackets in a body", target => target.Command(new string('[', 500_000)), Fate.NotJson());
        yield return new("5 MB of garbage", _ => Noise(5_000_000), Fate.NotJson("not UTF-8"));
    }

    private static IEnumerable<HostileMessage> NoIdentity()
    {
        foreach (var (name, value) in new[]
        {
            ("null", "null"), ("empty", "\"\""), ("no UUID", "\"abc\""), ("a number", "17"), ("all zeros", "\"00000000-0000-0000-0000-000000000000\""),
            ("in braces", "\"{9f677f53-0a93-4a43-a5ec-1ec202813a47}\""), ("without hyphens", "\"9f677f530a934a43a5ec1ec202813a47\""), ("an object", "{}"), ("an array", "[]"), ("true", "true"),
            ("made of half surrogates", "\"" + string.Concat(Enumerable.Repeat("\\ud800", 36)) + "\""),
            ("a UUID's length in half surrogates", "\"" + string.Concat(Enumerable.Repeat("\\udfff", 6)) + "\""),
            ("a UUID with NUL", "\"9f677f53-0a93-4a43-a5ec-1ec202813a4\\u0000\""),
        })
        {
            yield return Field($"a command id that is {name}", $"\"commandId\":{value}", Fate.NoId("\"commandId\""));
        }

        yield return Field("no command id", "\"commandId\":", Fate.NoId("\"commandId\" is missing"));
        yield return Text("the command id under another capital", target => target.Command(AnyBody).Replace("commandId", "CommandId", StringComparison.Ordinal), Fate.NoId("\"commandId\" is missing"));
        yield return Text("two command ids", target => target.Command(AnyBody).Replace("{\"commandId\"", $"{{\"commandId\":\"{Guid.NewGuid()}\",\"commandId\"", StringComparison.Ordinal), Fate.NoId("stands twice"));
        yield return Text("two command ids, one escaped", target => target.Command(AnyBody).Replace("{\"commandId\"", $"{{\"command\\u0049d\":\"{Guid.NewGuid()}\",\"commandId\"", StringComparison.Ordinal), Fate.NoId("stands twice"));
        yield return Text("an empty object", _ => "{}", Fate.NoId("\"commandId\" is missing"));

        foreach (var (name, value) in new[]
        {
            ("null", "null"), ("zero", "0"), ("zero as text", "\"0\""), ("negative", "-5"), ("negative as text", "\"-5\""), ("a fraction", "1.5"), ("2^63", "9223372036854775808"),
            ("2^63 as text", "\"9223372036854775808\""), ("empty", "\"\""), ("a word", "\"abc\""), ("padded", "\" 42\""), ("a text with an exponent", "\"1e3\""), ("true", "true"), ("an array", "[42]"), ("an object", "{}"),
            ("half a surrogate pair", "\"\\ud800\""), ("a NUL", "\"4\\u0000\""), ("Arabic digits", "\"٤٢\""), ("a million digits", new string('9', 1_000_000)),
        })
        {
            yield return Field($"a case reference that is {name}", $"\"caseReference\":{value}", Fate.NoCase("\"caseReference\""));
        }

        yield return Field("no case reference", "\"caseReference\":", Fate.NoCase("\"caseReference\" is missing"));
        yield return Text("two case references", target => target.Command(AnyBody).Replace("\"action\"", $"\"caseReference\":\"{target.CaseReference}\",\"action\"", StringComparison.Ordinal), Fate.NoCase("stands twice"));
    }

    private static IEnumerable<HostileMessage> Size()
    {
        string OfSize(Target target, int bytes)
        {
            var frame = target.Command("""{"a":""}""").Length;
            return target.Command($$"""{"a":"{{new string('x', bytes - frame)}}"}""");
        }

        yield return Text("a command of 1 MiB", target => OfSize(target, 1024 * 1024), Fate.Accepted);
        yield return Text("a command of 1 MiB and one byte", target => OfSize(target, (1024 * 1024) + 1), Fate.Rejected("", "1 MiB"));
        yield return Text("a command of 1 MiB and white space", target => OfSize(target, 1024 * 1024) + " ", Fate.Rejected("", "1 MiB"));
        yield return Text("a command of 5 MB", target => OfSize(target, 5_000_000), Fate.Rejected("", "1 MiB"));
        yield return Blob("10,000 properties", $$"""{{{string.Join(',', Enumerable.Range(0, 9_995).Select(i => $"\"k{i}\":{i}"))}}}""", Fate.Accepted);
        yield return Blob("10,001 properties", $$"""{{{string.Join(',', Enumerable.Range(0, 9_996).Select(i => $"\"k{i}\":{i}"))}}}""", Fate.Rejected("/body/k9995", "10,000 properties"));
        yield return Blob("10,001 properties in small objects", $$"""{"a":[{{string.Join(',', Enumerable.Repeat("{\"b\":1}", 9_995))}}]}""", Fate.Rejected("/body/a/9994/b", "10,000 properties"));
        yield return Blob("a key of half a megabyte", $$"""{"{{new string('k', 500_000)}}":1}""", Fate.Accepted);
    }

    private static IEnumerable<HostileMessage> Depth()
    {
        static string Nested(int levels) => $$"""{"a":{{new string('[', levels - 1)}}{{new string(']', levels - 1)}}}""";
        static string Objects(int levels) => string.Concat(Enumerable.Repeat("{\"a\":", levels - 1)) + "{}" + new string('}', levels - 1);

        yield return Blob("64 levels of arrays", Nested(64), Fate.Accepted);
        yield return Blob("65 levels of arrays", Nested(65), Fate.Rejected("/body/a/0/0/0/0/0/0/0/0/0/0/0/0/0/0/…", "64 levels"));
        yield return Blob("64 levels of objects", Objects(64), Fate.Accepted);
        yield return Blob("65 levels of objects", Objects(65), Fate.Rejected("/body/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/…", "64 levels"));
        yield return Blob("500,000 levels", Nested(500_000), Fate.Rejected("/body/a/0/0/0/0/0/0/0/0/0/0/0/0/0/0/…", "64 levels"));
        yield return Text("500,000 levels before the command id", target => target.Command(AnyBody).Insert(1, $"\"first\":{new string('[', 500_000)}{new string(']', 500_000)},"), Fate.Rejected("/first/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/…", "64 levels"));
        yield return Text("a note 65 levels deep", target => target.Note($$"""{"body":"x","more":{{new string('[', 64)}}{{new string(']', 64)}}}"""), Fate.Rejected("/body/more/0/0/0/0/0/0/0/0/0/0/0/0/0/0/…", "64 levels"));
    }

    private static IEnumerable<HostileMessage> Keys()
    {
        yield return Blob("a key twice", """{"a":1,"a":2}""", Fate.Rejected("/body/a", "twice"));
        yield return Blob("a key twice with the same value", """{"a":1,"a":1}""", Fate.Rejected("/body/a", "twice"));
        yield return Blob("a key twice, one escaped", """{"a":1,"\u0061":2}""", Fate.Rejected("/body/a", "twice"));
        yield return Blob("a key twice far inside", """{"x":[{"y":{"a":1,"b":2,"a":3}}]}""", Fate.Rejected("/body/x/0/y/a", "twice"));
        yield return Blob("an empty key twice", """{"":1,"":2}""", Fate.Rejected("/body/", "twice"));
        yield return Blob("a key twice that a JSON Pointer must escape", """{"a/b~c":1,"a/b~c":2}""", Fate.Rejected("/body/a~1b~0c", "twice"));
        yield return Blob("an escaped emoji as a key twice", """{"😀":1,"\uD83D\uDE00":2}""", Fate.Rejected("/body/😀", "twice"));
        yield return Blob("the same key in two objects", """{"a":{"k":1},"b":{"k":1},"c":[{"k":1},{"k":1}]}""", Fate.Accepted);
        yield return Blob("keys that differ in case", """{"a":1,"A":2}""", Fate.Accepted);
        yield return Blob("keys that differ in their normal form", """{"\u00e9":1,"e\u0301":2}""", Fate.Accepted);
        yield return Blob("keys that a JavaScript library minds", """{"__proto__":{"x":1},"constructor":2,"$type":"System.Object","$ref":"#"}""", Fate.Accepted);
        yield return Text("two bodies", target => target.Command("""{"a":1},"body":{"a":2}"""), Fate.Rejected("/body", "twice"));
        yield return Text("two actors", target => target.Command("""{"a":1},"actor":"a","actor":"b" """), Fate.Rejected("/actor", "twice"));
        yield return Text("two actions, one escaped", target => target.Command("""{"a":1},"\u0061ction":"note.add" """), Fate.Rejected("/action", "twice"));
        yield return Text("two proposals", target => target.Command("""{"a":1},"proposedNonce":9"""), Fate.Rejected("/proposedNonce", "twice"));
    }

    private static IEnumerable<HostileMessage> Characters()
    {
        const string nul = "U+0000";
        const string half = "surrogate";
        yield return Blob("NUL in a string", """{"a":"b\u0000c"}""", Fate.Rejected("/body/a", nul));
        yield return Blob("NUL in a key", """{"a\u0000b":1}""", Fate.Rejected("/body/a\ufffdb", nul));
        yield return Blob("NUL in the second key", """{"a":1,"b\u0000":1}""", Fate.Rejected("/body/b\ufffd", nul));
        yield return Blob("NUL deep inside", """{"a":[0,{"b":["\u0000"]}]}""", Fate.Rejected("/body/a/1/b/0", nul));
        yield return Field("NUL in the actor", "\"actor\":\"x\\u0000\"", Fate.Rejected("/actor", nul));
        yield return Field("NUL in the correlation id", "\"correlationId\":\"\\u0000\"", Fate.Rejected("/correlationId", nul));
        yield return Field("NUL in the action", "\"action\":\"note.add\\u0000\"", Fate.Rejected("/action", nul));
        yield return Field("NUL in the issue time", "\"issuedAt\":\"2026-11-23T09:30:00Z\\u0000\"", Fate.Rejected("/issuedAt", nul));
        yield return Field("NUL in a field that nobody knows", "\"more\":\"\\u0000\"", Fate.Rejected("/more", nul));
        yield return Text("NUL in a note", target => target.Note("""{"body":"a\u0000b"}"""), Fate.Rejected("/body/body", nul));
        yield return Blob("the first half of a surrogate pair", """{"a":"\ud800"}""", Fate.Rejected("/body/a", half));
        yield return Blob("the second half of a surrogate pair", """{"a":"\udc00"}""", Fate.Rejected("/body/a", half));
        yield return Blob("a surrogate pair the wrong way round", """{"a":"\udc00\ud800"}""", Fate.Rejected("/body/a", half));
        yield return Blob("half a surrogate pair in a key", """{"\ud800":1}""", Fate.Rejected("/body", half));
        yield return Field("half a surrogate pair in the actor", "\"actor\":\"\\ud83d\"", Fate.Rejected("/actor", half));
        yield return Field("half a surrogate pair in the correlation id", "\"correlationId\":\"\\ude00\"", Fate.Rejected("/correlationId", half));
        yield return Text("half a surrogate pair in a note", target => target.Note("""{"body":"\ud83d!"}"""), Fate.Rejected("/body/body", half));
        yield return Text("half a surrogate pair as a top-level key", target => target.Command("""{"a":1},"\ud800":1"""), Fate.Rejected("", half));
        yield return Blob("a whole surrogate pair, escaped", """{"\ud83d\ude00":"\uD83D\uDE00"}""", Fate.Accepted);
        yield return Blob("characters that are hardly any", """{"a":"\u0001\u001b\u007f\u200b\u202e\ufeff\ufffe\uffff\u2028"}""", Fate.Accepted);
    }

    private static IEnumerable<HostileMessage> Numbers()
    {
        const string exponent = "exponent";
        const string digits = "64 digits";
        yield return Blob("1e308", """{"a":1e308}""", Fate.Accepted);
        yield return Blob("1e309", """{"a":1e309}""", Fate.Rejected("/body/a", exponent));
        yield return Blob("1e-308", """{"a":1e-308}""", Fate.Accepted);
        yield return Blob("1e-309", """{"a":1e-309}""", Fate.Rejected("/body/a", exponent));
        yield return Blob("10e308", """{"a":10e308}""", Fate.Rejected("/body/a", exponent));
        yield return Blob("-9.9E+308", """{"a":-9.9E+308}""", Fate.Accepted);
        yield return Blob("1e131071", """{"a":1e131071}""", Fate.Rejected("/body/a", exponent));
        yield return Blob("9,000 times 1e131071", $$"""{"a":[{{string.Join(',', Enumerable.Repeat("1e131071", 9_000))}}]}""", Fate.Rejected("/body/a/0", exponent));
        yield return Blob("0e131071", """{"a":0e131071}""", Fate.Rejected("/body/a", exponent));
        yield return Blob("an exponent of 100,000 digits", $$"""{"a":1e{{new string('9', 100_000)}}}""", Fate.Rejected("/body/a", exponent));
        yield return Blob("an exponent that wraps 32 bits", """{"a":1e4294967297}""", Fate.Rejected("/body/a", exponent));
        yield return Blob("an exponent that wraps 64 bits", """{"a":1e-18446744073709551617}""", Fate.Rejected("/body/a", exponent));
        yield return Blob("64 digits", $$"""{"a":{{new string('7', 64)}}}""", Fate.Accepted);
        yield return Blob("65 digits", $$"""{"a":{{new string('7', 65)}}}""", Fate.Rejected("/body/a", digits));
        yield return Blob("64 digits around a point", $$"""{"a":-{{new string('7', 32)}}.{{new string('7', 32)}}}""", Fate.Accepted);
        yield return Blob("65 digits around a point", $$"""{"a":-{{new string('7', 32)}}.{{new string('7', 33)}}}""", Fate.Rejected("/body/a", digits));
        yield return Blob("a one and 64 zeros", $$"""{"a":1{{new string('0', 64)}}}""", Fate.Rejected("/body/a", digits));
        yield return Blob("308 zeros behind the point", $$"""{"a":0.{{new string('0', 307)}}1}""", Fate.Accepted);
        yield return Blob("309 zeros behind the point", $$"""{"a":0.{{new string('0', 308)}}1}""", Fate.Rejected("/body/a", exponent));
        yield return Blob("a million digits", $$"""{"a":{{new string('3', 1_000_000)}}}""", Fate.Rejected("/body/a", digits));
        yield return Blob("minus zero", """{"a":-0,"b":-0.0,"c":0e0}""", Fate.Accepted);
        yield return Blob("2^53 + 1 and 2^64", """{"a":9007199254740993,"b":18446744073709551616}""", Fate.Accepted);
        yield return Text("a wild number in a note's other fields", target => target.Note("""{"body":"x","more":1e131071}"""), Fate.Rejected("/body/more", exponent));
        yield return Field("a wild number as a proposal", "\"proposedVersion\":1e131071", Fate.Rejected("/proposedVersion", exponent));
    }

    private static IEnumerable<HostileMessage> Texts()
    {
        static string NoteOf(string text) => $$"""{"body":"{{text}}"}""";
        const string limit = "64 KiB";
        yield return Text("a note of 64 KiB", target => target.Note(NoteOf(new string('x', 65_536))), Fate.Accepted);
        yield return Text("a note of 64 KiB and one byte", target => target.Note(NoteOf(new string('x', 65_537))), Fate.Rejected("/body/body", limit));
        yield return Text("a note of 64 KiB in emoji", target => target.Note(NoteOf(string.Concat(Enumerable.Repeat("😀", 16_384)))), Fate.Accepted);
        yield return Text("a note of 64 KiB in emoji and one byte", target => target.Note(NoteOf(string.Concat(Enumerable.Repeat("😀", 16_384)) + "x")), Fate.Rejected("/body/body", limit));
        yield return Text("a note of 64 KiB in escapes", target => target.Note(NoteOf(string.Concat(Enumerable.Repeat("\\u0041", 65_536)))), Fate.Accepted);
        yield return Text("an empty note", target => target.Note(NoteOf("")), Fate.Rejected("/body/body", "1 to 65536 bytes"));
        foreach (var field in new[] { "actor", "correlationId" })
        {
            yield return Field($"256 characters of {field}", $"\"{field}\":\"{new string('x', 256)}\"", Fate.Accepted);
            yield return Field($"257 characters of {field}", $"\"{field}\":\"{new string('x', 257)}\"", Fate.Rejected("/" + field, "256 characters"));
            yield return Field($"256 wide characters of {field}", $"\"{field}\":\"{string.Concat(Enumerable.Repeat("漢", 256))}\"", Fate.Accepted);
            yield return Field($"an empty {field}", $"\"{field}\":\"\"", Fate.Accepted);
            yield return Field($"a {field} that is null", $"\"{field}\":null", Fate.Accepted);
        }

        yield return Field("257 characters of action", $"\"action\":\"{new string('x', 257)}\"", Fate.Rejected("/action", "256 characters"));
        yield return Field("256 characters of unknown action", $"\"action\":\"{new string('x', 256)}\"", Fate.Rejected("/action", "Unknown action"));
    }

    private static IEnumerable<HostileMessage> Fields()
    {
        foreach (var (kind, value) in new[] { ("a number", "5"), ("true", "true"), ("an object", "{}"), ("an array", "[\"x\"]") })
        {
            yield return Field($"an action that is {kind}", $"\"action\":{value}", Fate.Rejected("/action", "Must be a string"));
            yield return Field($"an actor that is {kind}", $"\"actor\":{value}", Fate.Rejected("/actor", "Must be a string"));
            yield return Field($"a correlation id that is {kind}", $"\"correlationId\":{value}", Fate.Rejected("/correlationId", "Must be a string"));
            yield return Field($"an issue time that is {kind}", $"\"issuedAt\":{value}", Fate.Rejected("/issuedAt", "RFC 3339"));
        }

        yield return Field("an issue time that is a word", "\"issuedAt\":\"yesterday\"", Fate.Rejected("/issuedAt", "RFC 3339"));
        yield return Field("an issue time that is impossible", "\"issuedAt\":\"2026-02-30T00:00:00Z\"", Fate.Rejected("/issuedAt", "RFC 3339"));
        yield return Field("no action", "\"action\":", Fate.Rejected("/action", "Required"));
        yield return Field("an action that is null", "\"action\":null", Fate.Rejected("/action", "Required"));
        yield return Field("an action that is empty", "\"action\":\"\"", Fate.Rejected("/action", "1 to 256 characters"));
        yield return Field("an action with a slip of the pen", "\"action\":\"case.replac\"", Fate.Rejected("/action", "Did you mean \"case.replace\"?"));
        yield return Field("an action in capitals", "\"action\":\"CASE.REPLACE\"", Fate.Rejected("/action", "Unknown action"));
        yield return Field("an action that a database would mind", "\"action\":\"'; DROP TABLE case_data; --\"", Fate.Rejected("/action", "Unknown action"));
        foreach (var (kind, value) in new[] { ("a text", "\"2\""), ("a fraction", "1.5"), ("zero", "0"), ("negative", "-1"), ("2^63", "9223372036854775808"), ("true", "true"), ("an array", "[2]"), ("an object", "{}") })
        {
            yield return Field($"a proposed nonce that is {kind}", $"\"proposedNonce\":{value}", Fate.Rejected("/proposedNonce", "whole number"));
            yield return Field($"a proposed version that is {kind}", $"\"proposedVersion\":{value}", Fate.Rejected("/proposedVersion", "whole number"));
        }

        yield return Field("a nonce of 2.0", "\"proposedNonce\":2.0", Fate.Accepted);
        yield return Field("a nonce of 20e-1", "\"proposedNonce\":20e-1", Fate.Accepted);
        yield return Field("a blob action without a proposal", "\"proposedNonce\":", Fate.Rejected("/proposedVersion", "Required for case.replace"));
        yield return Field("a blob action with a null proposal", "\"proposedNonce\":null", Fate.Rejected("/proposedVersion", "Required for case.replace"));
        yield return Text("a note with a proposed version", target => target.Note("""{"body":"x"}""", "\"proposedVersion\":2"), Fate.Rejected("/proposedVersion", "Refused"));
        yield return Field("a field that nobody knows", "\"whatever\":{\"a\":[1]}", Fate.Accepted);
        yield return Text("white space everywhere", target => target.Command(AnyBody).Replace(",", " \t\r\n, ", StringComparison.Ordinal) + "\n", Fate.Accepted);
        yield return Text("escapes in all names", target => target.Command(AnyBody).Replace("\"commandId\"", "\"\\u0063ommandId\"", StringComparison.Ordinal).Replace("\"body\"", "\"\\u0062ody\"", StringComparison.Ordinal), Fate.Accepted);
        yield return Text("a case reference as a number", target => target.Command(AnyBody).Replace($"\"{target.CaseReference}\"", target.CaseReference.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal), Fate.Accepted);
        yield return Blob("a command in another slot's queue", AnyBody, Fate.Rejected("/caseReference", "belongs to slot")) with { SlotsAside = 1 };
    }

    private static IEnumerable<HostileMessage> Bodies()
    {
        foreach (var (kind, value) in new[] { ("null", "null"), ("an array", "[]"), ("a text", "\"{}\""), ("a number", "5"), ("true", "true") })
        {
            yield return Text($"a replacement that is {kind}", target => target.Command(value), Fate.Rejected("/body", "JSON object"));
            yield return Text($"a merge patch that is {kind}", target => target.Command(value, action: "case.merge"), Fate.Rejected("/body", "JSON object"));
            yield return Text($"a creation from {kind}", target => target.Command(value, action: "case.create"), Fate.Rejected("/body", "JSON object"));
            yield return Text($"a note that is {kind}", target => target.Note(value), Fate.Rejected("/body/body", "Required"));
        }

        foreach (var (kind, value) in new[] { ("null", "null"), ("an array", "[]"), ("an object", "{}"), ("a number", "5"), ("true", "true") })
        {
            yield return Text($"a note's text that is {kind}", target => target.Note($$"""{"body":{{value}}}"""), Fate.Rejected("/body/body", "Required"));
        }

        yield return Text("a note without a text", target => target.Note("""{"text":"x"}"""), Fate.Rejected("/body/body", "Required"));
        yield return Field("no body", "\"body\":", Fate.Rejected("/body", "Required"));
        yield return Blob("an empty blob", "{}", Fate.Accepted);
    }

    private static IEnumerable<HostileMessage> Envelopes()
    {
        static HostileMessage Enveloped(string name, Func<Target, string> text, Fate fate) => Text(name, text, fate) with { ContentType = "application/vnd.masstransit+json" };

        yield return Enveloped("an envelope", target => $$$"""{"messageId":"x","message":{{{target.Command(AnyBody)}}},"host":{}}""", Fate.Accepted);
        yield return Enveloped("an envelope that is no JSON", _ => "<xml/>", Fate.NotJson());
        yield return Enveloped("an envelope that is empty", _ => "", Fate.NotJson());
        yield return Enveloped("an envelope that is an array", _ => "[]", Fate.NotJson("envelope is a JSON object"));
        yield return Enveloped("an envelope without a message", _ => """{"messageType":[]}""", Fate.NotJson("has no \"message\""));
        yield return Enveloped("an envelope around null", _ => """{"message":null}""", Fate.NotJson("A command is a JSON object"));
        yield return Enveloped("an envelope around a text", target => $$$"""{"message":{{{System.Text.Json.JsonSerializer.Serialize(target.Command(AnyBody))}}}}""", Fate.NotJson("A command is a JSON object"));
        yield return Enveloped("an envelope cut in the middle", target => $$"""{"message":{{target.Command(AnyBody)}}""", Fate.NotJson());
        yield return Enveloped("a plain command labelled an envelope", target => target.Command(AnyBody), Fate.NotJson("has no \"message\""));
        yield return Text("an envelope labelled plain JSON", target => $$"""{"messageType":["x"],"message":{{target.Command(AnyBody)}}}""", Fate.NoId("looks like a MassTransit envelope"));
        yield return Enveloped("an envelope with a hostile message", target => $$$"""{"message":{{{target.Command("""{"a":1e309}""")}}}}""", Fate.Rejected("/body/a", "exponent"));
        yield return Enveloped("an envelope with half a surrogate pair in a name", target => $$$"""{"mess\ud800":1,"response\udc00":2,"message":{{{target.Command(AnyBody)}}}}""", Fate.Accepted);
        yield return Enveloped("an envelope with 500,000 levels beside the message", target => $$$"""{"headers":{{{new string('[', 500_000)}}}{{{new string(']', 500_000)}}},"message":{{{target.Command(AnyBody)}}}}""", Fate.Accepted);
        foreach (var (name, address) in new[]
        {
            ("a queue that does not exist", "queue:nobody-is-here"), ("no address at all", "%%%"), ("a NUL", "queue:a\\u0000b"), ("half a surrogate pair", "queue:\\ud800"),
            ("300 characters", "queue:" + new string('q', 300)), ("200 wide characters", "queue:" + string.Concat(Enumerable.Repeat("ü", 200))),
            ("255 escaped emoji", "rabbitmq://localhost/" + string.Concat(Enumerable.Repeat("%F0%9F%98%80", 120))), ("a megabyte", "queue:" + new string('q', 1_000_000)), ("the broker's own reply queue", "queue:amq.rabbitmq.reply-to.g2dkABBy.xx=="),
            ("the slot's own queue's exchange", "exchange:case-outcomes"),
        })
        {
            yield return Enveloped($"an envelope to be answered to {name}", target => $$$"""{"requestId":"\u0000 no id","responseAddress":"{{{address}}}","message":{{{target.Command(AnyBody)}}}}""", Fate.Accepted);
        }

        yield return Enveloped("an envelope with a request id of 5,000 characters", target => $$$"""{"requestId":"{{{new string('r', 5_000)}}}","responseAddress":"queue:nobody","message":{{{target.Command(AnyBody)}}}}""", Fate.Accepted);
        yield return Enveloped("an envelope whose addresses are numbers", target => $$$"""{"requestId":5,"responseAddress":{"a":1},"message":{{{target.Command(AnyBody)}}}}""", Fate.Accepted);
    }

    private static IEnumerable<HostileMessage> Properties()
    {
        static HostileMessage Odd(string name, Action<BasicProperties> properties, string? contentType = "application/json") =>
            Blob(name, AnyBody, Fate.Accepted) with { Properties = properties, ContentType = contentType };
        static Action<BasicProperties> Header(string name, object? value) => properties => properties.Headers![name] = value;

        yield return Odd("a message id that is no GUID", properties => properties.MessageId = "order-17");
        yield return Odd("no message id", properties => properties.MessageId = null);
        yield return Odd("the content type text/plain", _ => { }, "text/plain");
        yield return Odd("no content type", _ => { }, contentType: null);
        yield return Odd("a content type of 255 bytes", _ => { }, new string('x', 255));
        yield return Odd("a content encoding that is a lie", properties => properties.ContentEncoding = "gzip");
        yield return Odd("a correlation id that is no GUID", properties => properties.CorrelationId = "\0 \u001b[31m 漢");
        yield return Odd("a reply-to that does not exist", properties => properties.ReplyTo = "nobody-is-here");
        yield return Odd("a reply-to of 255 bytes with NUL", properties => properties.ReplyTo = "\0" + new string('q', 254));
        yield return Odd("a time far away", properties => properties.Timestamp = new AmqpTimestamp(long.MaxValue));
        yield return Odd("a time before time", properties => properties.Timestamp = new AmqpTimestamp(long.MinValue));
        yield return Odd("an expiry and a priority", properties => (properties.Expiration, properties.Priority) = ("3600000", 255));
        yield return Odd("a cluster id and a type", properties => (properties.ClusterId, properties.Type, properties.AppId) = ("c", "urn:message:Nobody:Nothing", "\0"));
        yield return Odd("a header that is a table of tables", Header("deep", Tables(20)));
        yield return Odd("a header that is a list of lists", Header("list", new List<object?> { 1, null, new List<object?> { true, new byte[] { 0, 255 } } }));
        yield return Odd("a binary header", Header("binary", new byte[] { 0, 1, 2, 254, 255 }));
        yield return Odd("a NUL in a header's text", Header("text", "a\0b"));
        yield return Odd("a NUL in a header's name", Header("na\0me", "x"));
        yield return Odd("a header of 60,000 characters", Header("big", new string('x', 60_000)));
        yield return Odd("a trace parent that is a number", Header("traceparent", 5));
        yield return Odd("a trace parent that is garbage", Header("traceparent", "\0\u001b[2J not a trace"));
        yield return Odd("a trace parent that is no UTF-8", Header("traceparent", new byte[] { 0xFF, 0xFE, 0x00 }));
        yield return Odd("a trace parent of 60,000 characters", Header("traceparent", new string('0', 60_000)));
        foreach (var name in new[] { "MT-Host-Info", "MT-MessageType", "MT-Request-Id", "MT-Fault-Message", "MT-Response-Address", "MT-Source-Address", "MT-Redelivery-Count", "Content-Type", "MessageId", "x-delivery-count", "x-death" })
        {
            yield return Odd($"a {name} header that is garbage", Header(name, "{{{ not : a valid \0 value"));
        }
    }

    private static Dictionary<string, object?> Tables(int levels) =>
        new(StringComparer.Ordinal) { ["n"] = levels, ["in"] = levels == 1 ? null : Tables(levels - 1) };

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text.EndsWith("\"}", StringComparison.Ordinal) ? text[..^1] : text);

    private static byte[] Compressed(string text)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return buffer.ToArray();
    }

    private static byte[] Noise(int length)
    {
        var noise = new byte[length];
        new Random(8).NextBytes(noise);
        return noise;
    }
}
