#if !NET9_0_OR_GREATER
using System.Buffers.Binary;
#endif

namespace CaseWorker.Client;

/// <summary>Makes ids that are ordered by time (UUID version 7).</summary>
internal static class CommandIds
{
#if NET9_0_OR_GREATER
    public static Guid New() => Guid.CreateVersion7();
#else
    public static Guid New()
    {
        Span<byte> bytes = stackalloc byte[16];
        Guid.NewGuid().TryWriteBytes(bytes, bigEndian: true, out _);
        var random = BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]);
        BinaryPrimitives.WriteInt64BigEndian(bytes, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() << 16);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[6..], (ushort)(0x7000 | (random & 0x0FFF)));
        return new Guid(bytes, bigEndian: true);
    }
#endif
}
