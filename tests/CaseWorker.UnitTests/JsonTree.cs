using System.Globalization;
using System.Text;

namespace CaseWorker.UnitTests;

/// <summary>A JSON value apart from its spelling, and every spelling of it. Written without System.Text.Json, so as to judge it.</summary>
internal abstract record JsonTree
{
    private static readonly string[] Keys = ["a", "b", "c", "é", "😀", "", "a/b", "~", "\"", "\\", "\u0001", "longer key"];

    public sealed record Object(IReadOnlyList<(string Key, JsonTree Value)> Properties) : JsonTree;

    public sealed record Array(IReadOnlyList<JsonTree> Items) : JsonTree;

    /// <summary>Mantissa times ten to the exponent.</summary>
    public sealed record Number(long Mantissa, int Exponent) : JsonTree;

    public sealed record Text(string Value) : JsonTree;

    public sealed record Literal(string Word) : JsonTree;

    public static Object RandomObject(Random random, int depth = 3) => new(
        [.. Keys.OrderBy(_ => random.Next()).Take(random.Next(0, 5)).ToArray().Select(key => (key, RandomValue(random, depth - 1)))]);

    public static JsonTree RandomValue(Random random, int depth) => random.Next(depth > 0 ? 7 : 5) switch
    {
        0 => new Literal(random.Next(3) switch { 0 => "null", 1 => "true", _ => "false" }),
        1 or 2 => new Number(random.Next(-1200, 1200), random.Next(-4, 5)),
        3 => new Text(Keys[random.Next(Keys.Length)] + Keys[random.Next(Keys.Length)]),
        4 => new Text(random.Next(10).ToString(CultureInfo.InvariantCulture)),
        5 => new Array([.. Enumerable.Range(0, random.Next(4)).Select(_ => RandomValue(random, depth - 1))]),
        _ => RandomObject(random, depth),
    };

    /// <summary>One text for one value: keys sorted, numbers as decimals.</summary>
    public string Meaning() => this switch
    {
        Object o => "{" + string.Join(',', o.Properties.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => Quote(p.Key) + ":" + p.Value.Meaning())) + "}",
        Array a => "[" + string.Join(',', a.Items.Select(item => item.Meaning())) + "]",
        Number n => (n.Mantissa * Power(n.Exponent)).ToString("0.##########", CultureInfo.InvariantCulture),
        Text t => Quote(t.Value),
        Literal l => l.Word,
        _ => throw new NotSupportedException(),
    };

    /// <summary>Another way to write the same: key order, white space, escapes and number spelling are drawn.</summary>
    public string Spell(Random random)
    {
        var text = new StringBuilder();
        Spell(text, random);
        return text.ToString();
    }

    /// <summary>The same tree with one value somewhere replaced by another one.</summary>
    public JsonTree WithOneChange(Random random) => this switch
    {
        Object { Properties: { Count: > 0 } properties } when random.Next(4) > 0 => new Object(ReplaceOne(properties, random, p => (p.Key, p.Value.WithOneChange(random)))),
        Object o when random.Next(2) == 0 => new Object([.. o.Properties, ("new key", new Literal("null"))]),
        Object { Properties.Count: > 0 } o => new Object([.. o.Properties.Skip(1)]),
        Array { Items: { Count: > 0 } items } when random.Next(3) > 0 => new Array(ReplaceOne(items, random, item => item.WithOneChange(random))),
        Array a => new Array([.. a.Items, new Literal("null")]),
        Number n when random.Next(2) == 0 => new Text(n.Meaning()),
        Number n => n with { Mantissa = n.Mantissa + 1 },
        Text t => new Text(t.Value + " "),
        Literal { Word: "null" } => new Literal("false"),
        _ => new Literal("null"),
    };

    private void Spell(StringBuilder text, Random random)
    {
        Space(text, random);
        switch (this)
        {
            case Object o:
                text.Append('{');
                Join(text, o.Properties.OrderBy(_ => random.Next()).ToArray(), property =>
                {
                    Space(text, random);
                    Quote(text, property.Key, random);
                    Space(text, random);
                    text.Append(':');
                    property.Value.Spell(text, random);
                });
                text.Append('}');
                break;
            case Array a:
                text.Append('[');
                Join(text, a.Items, item => item.Spell(text, random));
                text.Append(']');
                break;
            case Number n:
                text.Append(SpellNumber(n, random));
                break;
            case Text t:
                Quote(text, t.Value, random);
                break;
            case Literal l:
                text.Append(l.Word);
                break;
        }

        Space(text, random);
    }

    private static string SpellNumber(Number number, Random random)
    {
        switch (random.Next(3))
        {
            case 0:
                return (number.Mantissa * Power(number.Exponent)).ToString("0.##########", CultureInfo.InvariantCulture);
            case 1:
                var zeros = random.Next(4);
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{number.Mantissa * (long)Math.Pow(10, zeros)}{(random.Next(2) == 0 ? "" : ".00")}{(random.Next(2) == 0 ? "e" : "E")}{number.Exponent - zeros}");
            default:
                return string.Create(CultureInfo.InvariantCulture, $"{number.Mantissa / 1000m:0.000}e{(number.Exponent + 3 >= 0 ? "+0" : "")}{number.Exponent + 3}");
        }
    }

    private static decimal Power(int exponent) => exponent >= 0 ? (decimal)Math.Pow(10, exponent) : 1m / (decimal)Math.Pow(10, -exponent);

    private static void Space(StringBuilder text, Random random)
    {
        if (random.Next(6) == 0)
        {
            text.Append(" \t\n\r"[random.Next(4)]);
        }
    }

    private static void Join<T>(StringBuilder text, IEnumerable<T> items, Action<T> write)
    {
        var isFirst = true;
        foreach (var item in items)
        {
            if (!isFirst)
            {
                text.Append(',');
            }

            write(item);
            isFirst = false;
        }
    }

    private static string Quote(string value)
    {
        var text = new StringBuilder();
        Quote(text, value, random: null);
        return text.ToString();
    }

    private static void Quote(StringBuilder text, string value, Random? random)
    {
        text.Append('"');
        foreach (var rune in value.EnumerateRunes())
        {
            if (rune.Value < ' ' || random?.Next(4) == 0)
            {
                // Both halves of a pair are escaped, or none: one alone is no character.
                foreach (var unit in rune.ToString())
                {
                    text.Append("\\u").Append(((int)unit).ToString(random?.Next(2) == 0 ? "X4" : "x4", CultureInfo.InvariantCulture));
                }
            }
            else if (rune.Value is '"' or '\\' || (rune.Value == '/' && random?.Next(2) == 0))
            {
                text.Append('\\').Append(rune);
            }
            else
            {
                text.Append(rune);
            }
        }

        text.Append('"');
    }

    private static T[] ReplaceOne<T>(IReadOnlyList<T> items, Random random, Func<T, T> change)
    {
        var at = random.Next(items.Count);
        return [.. items.Select((item, i) => i == at ? change(item) : item)];
    }
}
