using System.Security.Cryptography;

namespace CaseWorker.Json;

/// <summary>A UUID (version 8, RFC 9562) derived from another UUID and a salt: the same input gives the same UUID.</summary>
internal static class DerivedId
{
    public static Guid Of(Guid id, ReadOnlySpan<byte> salt = default)
    {
        Span<byte> input = stackalloc byte[16 + salt.Length];
        id.TryWriteBytes(input, bigEndian: true, out _);
        salt.CopyTo(input[16..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input, hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}
