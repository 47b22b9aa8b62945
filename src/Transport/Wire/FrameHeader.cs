using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Collectives.Transport.Wire;

/// <summary>
/// The 64 bytes before every payload on a lane, little-endian as they stand in memory (docs/wire.md). A
/// segment needs nothing else to be placed, so any lane may carry it, in any order, twice if need be.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = ByteCount)]
public struct FrameHeader
{
    public const int ByteCount = 64;
    public const uint MagicValue = 0x314D_4643; // "CFM1"

    /// <summary>No frame carries more; a longer one is refused before anything is read.</summary>
    public const int MaxPayload = 4 << 20;

    public uint Magic;
    public FrameKind Kind;
    public SegmentPhase Phase;

    /// <summary>
    /// Of segments: what the next admission point would change, the most that any of those knew whose input is in the payload. Members
    /// that wait (15 bits), and in the highest bit whether a better order of the members is known.
    /// </summary>
    public ushort Admission;

    /// <summary>The epoch that the sender runs the operation in. Runs in other epochs are none of its business.</summary>
    public ulong Epoch;

    public ulong Operation;

    /// <summary>Hash of the sender's call (count, type, op ...), so that a differing call is noticed with its first frame.</summary>
    public uint Signature;

    public uint Chunk;

    /// <summary>Where the payload starts, in bytes from the start of the chunk.</summary>
    public ulong Offset;

    /// <summary>Bytes of payload that follow.</summary>
    public uint Length;

    /// <summary>Frames received on this lane so far, modulo 2^32, acknowledges not counted.</summary>
    public uint Received;

    /// <summary>By kind: the accumulated weight (f64 bits) of a segment.</summary>
    public ulong Argument;

    /// <summary>How many epochs before <see cref="Epoch"/> the operation was begun in; 0 unless members were lost since.</summary>
    public ushort SinceOrigin;

    /// <summary>Of segments: how often the operation has been run again, the most by any whose input is in the payload.</summary>
    public ushort Retries;

    /// <summary>CRC-32C of the 60 bytes before it.</summary>
    public uint Checksum;

    public void Seal()
    {
        Magic = MagicValue;
        Checksum = ComputeChecksum();
    }

    /// <summary>Whether these 64 bytes are a header at all. What the fields mean is the operation's to check.</summary>
    public readonly bool IsSound() =>
        Magic == MagicValue && Checksum == ComputeChecksum() && Length <= MaxPayload;

    private readonly unsafe uint ComputeChecksum()
    {
        fixed (FrameHeader* self = &this)
        {
            byte* bytes = (byte*)self;
            uint crc = uint.MaxValue;
            for (int at = 0; at < 56; at += 8) crc = BitOperations.Crc32C(crc, Unsafe.ReadUnaligned<ulong>(bytes + at));
            return ~BitOperations.Crc32C(crc, Unsafe.ReadUnaligned<uint>(bytes + 56));
        }
    }
}
