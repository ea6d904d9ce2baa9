using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CaseWorker.Json;

namespace CaseWorker.Formatting;

/// <summary>Bytes and JSON as text for people. Foreign text is only ever shown as text, and without what could turn it round.</summary>
internal static class PayloadText
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = JsonLimits.MaxDepth + 4,
    };

    /// <summary>Indented where it is JSON, else as it is; bytes that are no UTF-8 become a replacement character each.</summary>
    public static string Of(byte[] bytes) => Of(Encoding.UTF8.GetString(bytes));

    public static string Of(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = Indented.MaxDepth });
            return SafeText.Lines(JsonSerializer.Serialize(json.RootElement, Indented));
        }
        catch (JsonException)
        {
            return SafeText.Lines(text);
        }
    }

    public static string Of(JsonElement json) => SafeText.Lines(JsonSerializer.Serialize(json, Indented));
}
