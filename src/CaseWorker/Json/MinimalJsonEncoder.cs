using System.Text;
using System.Text.Encodings.Web;

namespace CaseWorker.Json;

/// <summary>
/// Escapes only what JSON requires: quotation mark, backslash and control characters (RFC 8259, section 7). .NET's relaxed encoder still writes
/// every character beyond U+FFFF as twelve bytes instead of four, so that a text grows by being written again. Never for use inside HTML.
/// </summary>
internal sealed class MinimalJsonEncoder : JavaScriptEncoder
{
    private const string HexDigits = "0123456789ABCDEF";

    private MinimalJsonEncoder()
    {
    }

    public static MinimalJsonEncoder Instance { get; } = new();

    public override int MaxOutputCharactersPerInputCharacter => 6;

    public override bool WillEncode(int unicodeScalar) => unicodeScalar is '"' or '\\' or < 0x20 || !Rune.IsValid(unicodeScalar);

    public override unsafe int FindFirstCharacterToEncode(char* text, int textLength)
    {
        var characters = new ReadOnlySpan<char>(text, textLength);
        for (var at = 0; at < characters.Length;)
        {
            if (Rune.DecodeFromUtf16(characters[at..], out var rune, out var length) is not System.Buffers.OperationStatus.Done || WillEncode(rune.Value))
            {
                return at;
            }

            at += length;
        }

        return -1;
    }

    public override unsafe bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
    {
        Span<char> escaped = stackalloc char[6];
        numberOfCharactersWritten = Escape(unicodeScalar, escaped);
        var target = new Span<char>(buffer, bufferLength);
        if (escaped[..numberOfCharactersWritten].TryCopyTo(target))
        {
            return true;
        }

        numberOfCharactersWritten = 0;
        return false;
    }

    private static int Escape(int scalar, Span<char> target)
    {
        target[0] = '\\';
        switch (scalar)
        {
            case '"' or '\\':
                target[1] = (char)scalar;
                return 2;
            case '\n':
                target[1] = 'n';
                return 2;
            case '\r':
                target[1] = 'r';
                return 2;
            case '\t':
                target[1] = 't';
                return 2;
            default:
                target[1] = 'u';
                target[2] = HexDigits[(scalar >> 12) & 0xF];
                target[3] = HexDigits[(scalar >> 8) & 0xF];
                target[4] = HexDigits[(scalar >> 4) & 0xF];
                target[5] = HexDigits[scalar & 0xF];
                return 6;
        }
    }
}
