using static System.Buffers.Binary.BinaryPrimitives;

namespace Collectives.Transport.Handshake;

/// <summary>
/// The first message on every connection, dialer to acceptor, 88 bytes: who dials, for what, and a nonce.
/// The size and the first six bytes are the same in all versions of the protocol, so that two versions can
/// still tell each other that they differ.
/// </summary>
public struct Hello
{
    public const int ByteCount = 88;

    /// <summary>"COLL" as the first four bytes of a stream.</summary>
    public const uint Magic = 0x4C4C4F43;

    public const ushort CurrentVersion = 1;

    /// <summary>Most lanes that a link may have.</summary>
    public const int MaxLanes = 64;

    public ushort Version;
    public HandshakePurpose Purpose;
    public uint Group;

    /// <summary>Position of this connection among the link's lanes; 0 in a coordinator session.</summary>
    public ushort Lane;

    /// <summary>Lanes of the link, 1 to 64; 0 in a coordinator session.</summary>
    public ushort Lanes;

    /// <summary>
    /// The epoch that a lane belongs to, or the one a session's member is active in (0: none). To a relay, the first half of the id of
    /// the member that the dialer is to be connected with.
    /// </summary>
    public ulong Epoch;

    public MemberId Member;

    /// <summary>The member that the dialer wants to reach; none at a coordinator, whose id nobody knows.</summary>
    public MemberId Peer;

    public Nonce Nonce;

    public static Hello ToCoordinator(uint group, ulong epoch, MemberId member) => new()
    {
        Version = CurrentVersion,
        Purpose = HandshakePurpose.CoordinatorSession,
        Group = group,
        Epoch = epoch,
        Member = member,
        Nonce = Nonce.Draw(),
    };

    /// <summary>A look at a coordinator's groups, under an id that is drawn for it.</summary>
    public static Hello ToStatus() => new()
    {
        Version = CurrentVersion,
        Purpose = HandshakePurpose.Status,
        Member = MemberId.Draw(),
        Nonce = Nonce.Draw(),
    };

    public static Hello ToPeer(uint group, ulong epoch, MemberId member, MemberId peer, int lane, int lanes) => new()
    {
        Version = CurrentVersion,
        Purpose = HandshakePurpose.Lane,
        Group = group,
        Lane = checked((ushort)lane),
        Lanes = checked((ushort)lanes),
        Epoch = epoch,
        Member = member,
        Peer = peer,
        Nonce = Nonce.Draw(),
    };

    public static Hello ToRelay(uint group, MemberId member, MemberId relay, MemberId other) => new()
    {
        Version = CurrentVersion,
        Purpose = HandshakePurpose.Relay,
        Group = group,
        Epoch = other.High,
        Member = member,
        Peer = relay,
        Nonce = Nonce.Draw(),
    };

    public readonly void Write(Span<byte> destination)
    {
        WriteUInt32LittleEndian(destination, Magic);
        WriteUInt16LittleEndian(destination[4..], Version);
        WriteUInt16LittleEndian(destination[6..], (ushort)Purpose);
        WriteUInt32LittleEndian(destination[8..], Group);
        WriteUInt16LittleEndian(destination[12..], Lane);
        WriteUInt16LittleEndian(destination[14..], Lanes);
        WriteUInt64LittleEndian(destination[16..], Epoch);
        Member.Write(destination[24..]);
        Peer.Write(destination[40..]);
        ((ReadOnlySpan<byte>)Nonce).CopyTo(destination[56..]);
    }

    /// <summary>False if the bytes are no hello of any version: too few, or another magic.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out Hello hello)
    {
        hello = default;
        if (source.Length < ByteCount || ReadUInt32LittleEndian(source) != Magic) return false;
        hello.Version = ReadUInt16LittleEndian(source[4..]);
        hello.Purpose = (HandshakePurpose)ReadUInt16LittleEndian(source[6..]);
        hello.Group = ReadUInt32LittleEndian(source[8..]);
        hello.Lane = ReadUInt16LittleEndian(source[12..]);
        hello.Lanes = ReadUInt16LittleEndian(source[14..]);
        hello.Epoch = ReadUInt64LittleEndian(source[16..]);
        hello.Member = MemberId.Read(source[24..]);
        hello.Peer = MemberId.Read(source[40..]);
        hello.Nonce = Nonce.Read(source[56..]);
        return true;
    }

    /// <summary>Whether lane and lanes are in the range that the purpose asks for, and the dialer has an id.</summary>
    public readonly bool IsWellFormed => !Member.IsNone && Purpose switch
    {
        HandshakePurpose.CoordinatorSession or HandshakePurpose.Status => Lane == 0 && Lanes == 0 && Peer.IsNone,
        HandshakePurpose.Relay => Lane == 0 && Lanes == 0 && !Peer.IsNone && Peer != Member,
        HandshakePurpose.Lane => Lanes is >= 1 and <= MaxLanes && Lane < Lanes && !Peer.IsNone && Peer != Member,
        _ => false,
    };
}
