using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace Collectives.Transport;

/// <summary>A member's 128-bit identity: drawn at random when its communicator is created, the same in every epoch.</summary>
public readonly record struct MemberId(ulong High, ulong Low) : IComparable<MemberId>
{
    public const int ByteCount = 16;

    public bool IsNone => (High | Low) == 0;

    public static MemberId Draw()
    {
        Span<byte> bytes = stackalloc byte[ByteCount];
        RandomNumberGenerator.Fill(bytes);
        return Read(bytes);
    }

    public static MemberId Read(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt64LittleEndian(source), BinaryPrimitives.ReadUInt64LittleEndian(source[8..]));

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, High);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], Low);
    }

    public int CompareTo(MemberId other) => High != other.High ? High.CompareTo(other.High) : Low.CompareTo(other.Low);

    /// <summary>All of it, in hexadecimal; begins with what ToString gives.</summary>
    public string ToHex() => string.Create(CultureInfo.InvariantCulture, $"{High:x16}{Low:x16}");

    /// <summary>The first 32 bits in hexadecimal: enough to tell the members of a roster apart in a message.</summary>
    public override string ToString() => (High >> 32).ToString("x8", CultureInfo.InvariantCulture);
}
