using System.Globalization;
using System.Text;

namespace CaseWorker.Json;

/// <summary>A JSON number read as digits and a decimal exponent, without ever becoming a float.</summary>
internal readonly ref struct JsonNumber
{
    private readonly bool negative;
    private readonly ReadOnlySpan<byte> whole;
    private readonly ReadOnlySpan<byte> fraction;
    private readonly int exponent;

    /// <param name="token">The token exactly as in valid JSON.</param>
    public JsonNumber(ReadOnlySpan<byte> token)
    {
        negative = token[0] == '-';
        var digits = negative ? token[1..] : token;
        var e = digits.IndexOfAny((byte)'e', (byte)'E');
        exponent = e < 0 ? 0 : ReadExponent(digits[(e + 1)..]);
        var mantissa = e < 0 ? digits : digits[..e];
        var point = mantissa.IndexOf((byte)'.');
        whole = (point < 0 ? mantissa : mantissa[..point]).TrimStart((byte)'0');
        fraction = point < 0 ? default : mantissa[(point + 1)..];
    }

    /// <summary>Digits without leading zeros; a fraction's trailing zeros count, since PostgreSQL stores them.</summary>
    public int SignificantDigits => whole.Length > 0 ? whole.Length + fraction.Length : fraction.TrimStart((byte)'0').Length;

    /// <summary>The larger of the written exponent and that of the first significant digit, without sign.</summary>
    public long Magnitude
    {
        get
        {
            var first = whole.Length > 0 ? whole.Length - 1 : -(fraction.Length - fraction.TrimStart((byte)'0').Length) - 1;
            return Math.Max(Math.Abs((long)exponent), Math.Abs((long)first + exponent));
        }
    }

    /// <summary>One spelling for one value: <c>1</c>, <c>1.0</c> and <c>1e0</c> all give <c>1</c>; <c>1200</c> gives <c>12e2</c>.</summary>
    public string Canonical()
    {
        var all = (Encoding.ASCII.GetString(whole) + Encoding.ASCII.GetString(fraction)).TrimStart('0');
        var kept = all.TrimEnd('0');
        if (kept.Length == 0)
        {
            return "0";
        }

        var scale = (long)exponent - fraction.Length + (all.Length - kept.Length);
        var sign = negative ? "-" : "";
        return scale == 0 ? sign + kept : string.Create(CultureInfo.InvariantCulture, $"{sign}{kept}e{scale}");
    }

    /// <summary>1.0 and 1e0 are the whole number 1, as in JSON Schema. Nothing is rounded.</summary>
    public bool TryGetInt64(out long value) =>
        long.TryParse(Canonical(), NumberStyles.AllowLeadingSign | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value);

    /// <summary>Saturates far outside the limit, so that a million digits of exponent cost nothing.</summary>
    private static int ReadExponent(ReadOnlySpan<byte> text)
    {
        const int beyond = 1_000_000;
        var minus = text[0] == '-';
        var value = 0;
        foreach (var digit in text[0] is (byte)'-' or (byte)'+' ? text[1..] : text)
        {
            value = Math.Min(beyond, (value * 10) + (digit - '0'));
        }

        return minus ? -value : value;
    }
}
