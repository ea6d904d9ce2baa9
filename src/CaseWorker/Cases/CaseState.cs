using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using CaseWorker.Contracts;
using CaseWorker.Json;

namespace CaseWorker.Cases;

/// <summary>A case as decisions see it.</summary>
/// <param name="Reference">The case's key.</param>
/// <param name="Blob">Its JSON object.</param>
/// <param name="Version">1 at creation, +1 when the JSON really changes.</param>
/// <param name="Nonce">The number of its last event.</param>
/// <param name="LastEvent">Its last event where it is at hand; the store fetches it when a conflict has to name it.</param>
internal sealed record CaseState(long Reference, CaseBlob Blob, long Version, long Nonce, LastEvent? LastEvent = null);

/// <summary>A case's JSON object as text, as a value, or both: each is made from the other when it is first asked for.</summary>
internal sealed class CaseBlob
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = JsonLimits.MaxDepth + 1 };
    private string? text;
    private JsonElement? value;

    private CaseBlob()
    {
    }

    public string Text => text ??= value!.Value.GetRawText();

    public JsonElement Value => value ??= JsonElement.Parse(text!, Options);

    /// <summary>Bytes of its text, which need not be made for that.</summary>
    public int Utf8Length => value is { } json ? JsonMarshal.GetRawUtf8Value(json).Length : Encoding.UTF8.GetByteCount(text!);

    public static CaseBlob Of(string text) => new() { text = text };

    public static CaseBlob Of(JsonElement value) => new() { value = value };

    public static CaseBlob Of(ReadOnlySpan<byte> utf8) => new() { value = JsonElement.Parse(utf8, Options) };

    /// <summary>Compares values, not text: key order, white space, escapes and the spelling of numbers do not count.</summary>
    public bool HasSameValueAs(CaseBlob other) => JsonElement.DeepEquals(Value, other.Value);
}
