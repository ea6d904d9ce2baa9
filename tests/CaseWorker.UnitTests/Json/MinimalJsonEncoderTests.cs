using System.Text;
using System.Text.Json;
using CaseWorker.Cases;
using CaseWorker.Json;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Json;

public sealed class MinimalJsonEncoderTests
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = MinimalJsonEncoder.Instance };

    [Theory]
    [InlineData("plain")]
    [InlineData("Ł ß 漢")]
    [InlineData("😀 𝄞 👩‍👩‍👧")]
    [InlineData("<a href='x'>&amp;</a>")]
    [InlineData("\u007f\u0085\u2028\u2029\uffff")]
    public void Text_stays_as_it_is(string text) => JsonSerializer.Serialize(text, Options).ShouldBe($"\"{text}\"");

    [Theory]
    [InlineData("\"", "\\\"")]
    [InlineData("\\", "\\\\")]
    [InlineData("\n\r\t", "\\n\\r\\t")]
    [InlineData("\b\f\u0001\u001f", "\\u0008\\u000C\\u0001\\u001F")]
    public void Only_what_JSON_requires_is_escaped(string text, string escaped) => JsonSerializer.Serialize(text, Options).ShouldBe($"\"{escaped}\"");

    [Fact]
    public void Every_character_is_read_back_as_it_was()
    {
        var all = new StringBuilder();
        for (var scalar = 1; scalar <= 0x10FFFF; scalar += scalar < 0x3000 ? 1 : 97)
        {
            if (Rune.IsValid(scalar))
            {
                all.Append(new Rune(scalar));
            }
        }

        JsonSerializer.Deserialize<string>(JsonSerializer.Serialize(all.ToString(), Options)).ShouldBe(all.ToString());
    }

    /// <summary>A merge writes the whole blob again: it must not become larger for characters that it leaves as they are.</summary>
    [Fact]
    public void A_merge_does_not_grow_a_blob_of_emoji()
    {
        var blob = $$"""{"text":"{{string.Concat(Enumerable.Repeat("😀", 90_000))}}"}""";
        var merged = MergePatch.Apply(CaseBlob.Of(blob), JsonElement.Parse("""{"x":1}"""));
        merged.Utf8Length.ShouldBe(Encoding.UTF8.GetByteCount(blob) + ",\"x\":1".Length);
    }
}
