using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;

namespace CaseWorker.Persistence;

/// <summary>
/// A key that is not revoked. Its text, <c>cwk_ID_SECRET</c>, is shown once and kept nowhere: the table has the secret's SHA-256. That is
/// enough, since the secret is 192 random bits and no word that could be guessed.
/// </summary>
internal sealed record ApiKey(string Id, string Name, string Scope)
{
    private const string Prefix = "cwk_";
    private const int IdLength = 8;
    private const int SecretLength = 48;

    public const string IdClaim = "caseworker:key";

    public static (string Id, string Text) New()
    {
        var id = RandomNumberGenerator.GetHexString(IdLength, lowercase: true);
        return (id, $"{Prefix}{id}_{RandomNumberGenerator.GetHexString(SecretLength, lowercase: true)}");
    }

    /// <summary>The id within a key's text; null if it is none.</summary>
    public static string? IdOf(string text) =>
        text.Length == Prefix.Length + IdLength + 1 + SecretLength && text.StartsWith(Prefix, StringComparison.Ordinal) && text[Prefix.Length + IdLength] == '_'
            ? text.Substring(Prefix.Length, IdLength)
            : null;

    public static byte[] HashOf(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    public ClaimsPrincipal ToPrincipal(string scheme)
    {
        var claims = AccessScope.Includes(Scope).Select(scope => new Claim(ClaimTypes.Role, scope)).Append(new Claim(ClaimTypes.Name, Name)).Append(new Claim(IdClaim, Id));
        return new ClaimsPrincipal(new ClaimsIdentity(claims, scheme));
    }
}
