using System.Runtime.CompilerServices;
using Collectives.Communication.Recording;
using Collectives.Transport;
using Collectives.Transport.Wire;

namespace Collectives.Communication.Operations;

/// <summary>Between links and operations: which operation a frame is for, and whose turn it is to send.</summary>
internal sealed unsafe partial class OperationEngine : ILinkClient
{
    private readonly List<Peer?> _peers = [];

    /// <summary>Links come up and are lost; the communicator's business.</summary>
    public ILinkListener? LinkListener { get; set; }

    public IReadOnlyList<Peer?> Peers => _peers;

    /// <summary>The peer behind the link, made on first use.</summary>
    public Peer PeerOf(MemberId member, ILink link)
    {
        foreach (Peer? known in _peers)
        {
            if (known is not null && ReferenceEquals(known.Link, link)) return known;
        }

        int index = _peers.IndexOf(null);
        Peer peer = new(member, link);
        link.Tag = index < 0 ? _peers.Count : index;
        if (index < 0) _peers.Add(peer);
        else _peers[index] = peer;
        return peer;
    }

    public void Remove(Peer peer)
    {
        foreach (Delivery delivery in _deliveries.Values.ToArray()) delivery.Forget(peer);
        _early.Drop((_, from) => ReferenceEquals(from, peer));
        // A peer is removed when its link is lost, and again when its epoch is over; its place may be another's by then.
        if (ReferenceEquals(_peers[peer.Link.Tag], peer)) _peers[peer.Link.Tag] = null;
    }

    public bool TryTake(ILink link, ref OutgoingFrame frame) => _peers[link.Tag] is { } peer && peer.TryTake(ref frame);

    public Placement Place(ILink link, in FrameHeader header)
    {
        Peer peer = _peers[link.Tag]!;
        OperationKey key = KeyOf(header);
        if (header.Kind is < FrameKind.Segment or > FrameKind.GiveUp or FrameKind.Acknowledge) return Placement.Refuse($"a frame of unknown kind {(byte)header.Kind}");
        if (header.Kind != FrameKind.Segment && header.Length > 0) return Placement.Refuse($"a {header.Kind} frame with a payload");
        if (FindDelivery(key, peer, header) is not null) return Placement.Discard;
        if (Find(key, header) is { } operation)
        {
            int rank = operation.Epoch.RankOf(peer);
            if (rank < 0) return Placement.Refuse($"{key}: a frame of a member that has no part in it");
            operation.NoteFrom(rank);
            if (header.Kind != FrameKind.Segment) return Placement.Discard;
            if (header.Signature == operation.SignatureHash)
            {
                Placement placement = operation.Place(header, rank);
                if (placement.Owner is not null) operation.OpenPlacements++;
                return placement;
            }

            operation.Refuse();
            return Placement.Discard;
        }

        // Of the past, or of an epoch or operation that this member has not come to yet.
        if (!IsStale(header.Epoch, key)) return _early.Place(new RunKey(header.Epoch, key), peer, header);
        AnswerLate(peer, header, key);
        return Placement.Discard;
    }

    public void Arrive(ILink link, in FrameHeader header, in Placement placement)
    {
        Peer peer = _peers[link.Tag]!;
        OperationKey key = KeyOf(header);
        if (placement.Owner is Peer)
        {
            ArriveEarly(peer, key, header, placement);
            return;
        }

        if (placement.Owner is Operation owner)
        {
            if (!owner.IsOpen || owner.Generation != placement.OwnerGeneration)
            {
                Forsake(placement);
                FramesDropped++;
                return;
            }

            owner.OpenPlacements--;
            owner.RxBytes += FrameHeader.ByteCount + header.Length;
            owner.Arrive(header, owner.Epoch.RankOf(peer), placement);
            return;
        }

        if (FindDelivery(key, peer, header) is { } delivery)
        {
            if (header.Kind == FrameKind.Fetch) delivery.Ask(peer);
            else if (header.Kind == FrameKind.Done) delivery.Forget(peer);
            return;
        }

        if (header.Kind == FrameKind.Segment || Find(key, header) is not { } operation)
        {
            FramesDropped++;
            return;
        }

        ArriveControl(operation, operation.Epoch.RankOf(peer), header);
    }

    public void Forsake(in Placement placement)
    {
        switch (placement.Owner)
        {
            case Operation operation:
                if (operation.IsOpen && operation.Generation == placement.OwnerGeneration) operation.OpenPlacements--;
                if (placement.Lease >= 0) Scratch.Release(placement.Lease);
                break;
            case Peer peer:
                _early.Free(peer, placement);
                break;
        }
    }

    public bool IsWanted(in OutgoingFrame frame)
    {
        if (frame.Owner is Delivery delivery) return delivery.IsOpen;
        if (frame.Owner is not Operation { IsOpen: true } operation || operation.Generation != frame.OwnerGeneration) return false;
        operation.WasSentTwice = true;
        return true;
    }

    public void Retire(in OutgoingFrame frame)
    {
        if (frame.Lease >= 0) Scratch.Release(frame.Lease);
    }

    public void LaneOpened(ILink link, int lane) => Recorder.Link(FlightEventKind.LaneOpened, link.Peer, lane);

    public void LaneBroken(ILink link, int lane, Fault fault) => Recorder.Link(FlightEventKind.LaneBroken, link.Peer, lane, fault.Message);

    public void LinkUp(ILink link) => LinkListener?.LinkUp(_peers[link.Tag]!);

    // Lanes are being made again; until the link is lost, operations just wait.
    public void LinkDown(ILink link)
    {
        if (_peers[link.Tag] is { } peer) LinkListener?.LinkDown(peer);
    }

    public void LinkLost(ILink link, Fault fault) => LinkListener?.LinkLost(_peers[link.Tag]!, fault);

    private static OperationKey KeyOf(in FrameHeader header) => new(header.Epoch - header.SinceOrigin, header.Operation);

    /// <summary>The operation, if it runs in the frame's epoch, or stands still there and may still hear that others are done.</summary>
    /// <remarks>Of a pair both have to say so, and one of them never tells the coordinator that it holds anything: what is decided then may be that it fails.</remarks>
    private Operation? Find(OperationKey key, in FrameHeader header)
    {
        if (!_open.TryGetValue(key, out Operation? operation) || operation.Epoch.Number != header.Epoch) return null;
        return !operation.IsFrozen || (operation is { HoldsResult: true, Follows: false, IsPair: false } && header.Kind == FrameKind.Done) ? operation : null;
    }

    /// <summary>Whether the operation does not run in that epoch, and never will any more.</summary>
    private bool IsStale(ulong epoch, OperationKey key)
    {
        if (_open.TryGetValue(key, out Operation? operation)) return epoch < operation.LeastEpoch;
        if (_epoch is null || key.Origin > _epoch.Lineage.Origin) return false;
        return key.Origin < _epoch.Lineage.Origin || _epoch.Lineage.HasBegun(key) || epoch < _epoch.Least;
    }

    /// <summary>The operation that the frame was early for has begun.</summary>
    public void Redeem(Peer peer, in FrameHeader header, in Placement early)
    {
        Placement placement = Place(peer.Link, header);
        // A frame that breaks the protocol has no lane left to cost; it is dropped, and the operation ends by its deadline.
        if (!placement.Violation.IsNone)
        {
            _early.Free(peer, early);
            return;
        }

        if (early.Lease >= 0 && placement.Lease >= 0)
        {
            // Both are scratch blocks: the one that has the payload takes the other's place.
            _early.TakeLease(peer, early);
            Scratch.Release(placement.Lease);
            placement.Lease = early.Lease;
            placement.Destination = early.Destination;
        }
        else
        {
            if (placement.Destination != null)
                Unsafe.CopyBlockUnaligned(placement.Destination, early.Destination, header.Length);
            _early.Free(peer, early);
        }

        Arrive(peer.Link, header, placement);
    }

    private void ArriveEarly(Peer peer, OperationKey key, in FrameHeader header, in Placement placement)
    {
        if (Find(key, header) is not null || FindDelivery(key, peer, header) is not null)
        {
            // Begun while the payload was on its way in.
            Redeem(peer, header, placement);
        }
        else if (IsStale(header.Epoch, key))
        {
            FramesDropped++;
            _early.Free(peer, placement);
        }
        else
        {
            _early.Hold(new RunKey(header.Epoch, key), peer, header, placement);
        }
    }

    private void ArriveControl(Operation operation, int rank, in FrameHeader header)
    {
        operation.RxBytes += FrameHeader.ByteCount;
        if (header.Kind == FrameKind.Refuse)
        {
            int caller = (int)Math.Min(header.Chunk, int.MaxValue);
            if (caller < operation.Epoch.World) operation.HearRefusal(caller, CallSignature.Read(header));
            return;
        }

        if (header.Signature != operation.SignatureHash)
        {
            operation.Refuse();
            return;
        }

        switch (header.Kind)
        {
            case FrameKind.Begin:
                operation.HearBegin(rank);
                break;
            case FrameKind.Done when header.Argument == EndedWell:
                HearEnd(operation, header);
                break;
            case FrameKind.Done when !operation.HearDone(header, rank):
            case FrameKind.Fetch when !operation.HearFetch(header, rank):
                FramesDropped++;
                break;
            case FrameKind.GiveUp:
                HearGiveUp(operation, rank, header);
                break;
        }
    }
}
