using System.Collections.Immutable;
using Collectives.Transport;

namespace Collectives.Membership.Messages;

/// <summary>
/// A member's first message. Its id, its group and the epoch that it is active in stand in the handshake's
/// hello, which is authenticated.
/// </summary>
/// <param name="MinMembers">Members that the group's first epoch needs, 1 to 4096.</param>
/// <param name="HeartbeatMs">Silence that means death, in both directions; 0 takes the coordinator's.</param>
/// <param name="Flags">Bits; unknown ones are ignored.</param>
/// <param name="KnownEpoch">The active epoch of the group that a member which waits has heard of; 0 for none.</param>
/// <param name="Highest">The highest number that it has heard of in its group, of an epoch, one that formed or a settlement.</param>
/// <param name="Confirmed">Updates that have confirmed its epoch, since that was formed: others may still wait for the same answer.</param>
/// <param name="Coordinators">Addresses in its list. With more than one, no minority goes on.</param>
/// <param name="Host">Where others dial this member; empty takes the address that the coordinator sees.</param>
public sealed record Register(
    uint MinMembers, uint HeartbeatMs, RegisterFlags Flags, ulong KnownEpoch, ulong Highest, ulong Confirmed, ushort Coordinators, string Host,
    ushort Port) : ControlMessage
{
    public override MessageKind Kind => MessageKind.Register;

    internal override void Write(PayloadWriter writer)
    {
        writer.U32(MinMembers);
        writer.U32(HeartbeatMs);
        writer.U64((ulong)Flags);
        writer.U64(KnownEpoch);
        writer.U64(Highest);
        writer.U64(Confirmed);
        writer.U16(Coordinators);
        writer.U16(Port);
        writer.Text(Host, MaxHostByteCount);
    }

    internal static Register Read(ref PayloadReader reader)
    {
        uint minMembers = reader.U32();
        uint heartbeatMs = reader.U32();
        var flags = (RegisterFlags)reader.U64();
        ulong knownEpoch = reader.U64();
        ulong highest = reader.U64();
        ulong confirmed = reader.U64();
        ushort coordinators = reader.U16();
        ushort port = reader.U16();
        return new Register(minMembers, heartbeatMs, flags, knownEpoch, highest, confirmed, coordinators, reader.Text(MaxHostByteCount), port);
    }
}

[Flags]
public enum RegisterFlags : ulong
{
    None = 0,

    /// <summary>The member was asked for a settlement, has heard no verdict, and its operations stand still.</summary>
    StandsStill = 1,

    /// <summary>A newcomer that has asked all coordinators of its list, and that none has taken in: it waits where it is now.</summary>
    HasLooked = 2,

    /// <summary>The coordinator is not the first of the member's list; those before it did not take the member in.</summary>
    AtStandby = 4,

    /// <summary>When it asked all coordinators of its list (<see cref="HasLooked"/>), one could not be reached: it may have led a group whose members do not know yet.</summary>
    HasMissed = 8,

    /// <summary>The members of its group are to stay in the order of their ranks, whatever their links carry.</summary>
    KeepsOrder = 16,
}

/// <summary>All links of the forming epoch are up.</summary>
/// <param name="RoundTrips">Of the links, in worlds up to <see cref="Roster.MaxRingWorld"/>: what the epoch begins with follows from them (<see cref="LinkTable"/>).</param>
public sealed record Ready(ulong Epoch, ImmutableArray<PeerRoundTrip> RoundTrips) : ControlMessage
{
    public Ready(ulong epoch)
        : this(epoch, [])
    {
    }

    public override MessageKind Kind => MessageKind.Ready;

    internal override void Write(PayloadWriter writer)
    {
        writer.U64(Epoch);
        writer.U32((uint)RoundTrips.Length);
        foreach (PeerRoundTrip link in RoundTrips)
        {
            writer.Member(link.Peer);
            writer.U32(link.RoundTripUs);
        }
    }

    internal static Ready Read(ref PayloadReader reader)
    {
        ulong epoch = reader.U64();
        var links = ImmutableArray.CreateBuilder<PeerRoundTrip>(reader.Count(Roster.MaxRingWorld, MemberId.ByteCount + 4));
        while (links.Count < links.Capacity)
        {
            MemberId peer = reader.Member();
            links.Add(new PeerRoundTrip(peer, reader.U32()));
        }

        return new Ready(epoch, links.MoveToImmutable());
    }

    // A record would compare the array by reference.
    public bool Equals(Ready? other) => other is not null && Epoch == other.Epoch && RoundTrips.SequenceEqual(other.RoundTrips);

    public override int GetHashCode() => HashCode.Combine(Epoch, RoundTrips.Length);
}

/// <summary>How long a round trip to that member takes; near members stay below <see cref="LinkState.FarMicroseconds"/>.</summary>
public readonly record struct PeerRoundTrip(MemberId Peer, uint RoundTripUs);

/// <summary>The link to a member of that epoch, forming or active, cannot be made or is gone.</summary>
/// <param name="IsUp">The link is there, and the other end does not do over it what is waited for: no other way to it helps.</param>
public sealed record Unreachable(ulong Epoch, MemberId Member, string Text, bool IsUp = false) : ControlMessage
{
    public override MessageKind Kind => MessageKind.Unreachable;

    internal override void Write(PayloadWriter writer)
    {
        writer.U64(Epoch);
        writer.Member(Member);
        writer.U8(IsUp ? (byte)1 : (byte)0);
        writer.Text(Text, MaxTextByteCount);
    }

    internal static Unreachable Read(ref PayloadReader reader)
    {
        ulong epoch = reader.U64();
        MemberId member = reader.Member();
        bool isUp = reader.U8() != 0;
        return new Unreachable(epoch, member, reader.Text(MaxTextByteCount), isUp);
    }
}

/// <summary>The member is at its admission point, and has started that many operations so far.</summary>
/// <param name="Number">
/// Its updates since the epoch was formed, from 1; the session counts them. One that the others have had their answer to is
/// answered at once.
/// </param>
public sealed record Update(ulong Epoch, ulong Operations, ulong Number = 1) : ControlMessage
{
    public override MessageKind Kind => MessageKind.Update;

    internal override void Write(PayloadWriter writer)
    {
        writer.U64(Epoch);
        writer.U64(Operations);
        writer.U64(Number);
    }

    internal static Update Read(ref PayloadReader reader)
    {
        ulong epoch = reader.U64();
        ulong operations = reader.U64();
        return new Update(epoch, operations, reader.U64());
    }
}

/// <summary>The member goes, on purpose.</summary>
public sealed record Leave : ControlMessage
{
    public static readonly Leave Instance = new();

    public override MessageKind Kind => MessageKind.Leave;

    internal override void Write(PayloadWriter writer)
    {
    }
}
