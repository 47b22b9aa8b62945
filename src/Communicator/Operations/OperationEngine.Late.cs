using Collectives.Membership.Messages;
using Collectives.Transport;
using Collectives.Transport.Wire;

namespace Collectives.Communication.Operations;

/// <summary>Operations that some members have called and others have not when their deadline has passed.</summary>
internal sealed unsafe partial class OperationEngine
{
    /// <summary>Results for late members are kept so long.</summary>
    private const long DeliveryMs = 300_000;

    private readonly Dictionary<OperationKey, Delivery> _deliveries = [];

    /// <summary>Stops the operation, whether it has been called yet or not, and says how far it came.</summary>
    public OperationProgress Inquire(OperationKey key)
    {
        if (_open.TryGetValue(key, out Operation? operation))
        {
            if (operation.Keeper is not null) return OperationProgress.NotConcerned;
            operation.Freeze();
            return ProgressOf(operation);
        }

        if (_lineages.Find(lineage => lineage.Origin == key.Origin) is not { } known || known.Tickets.ContainsKey(key)) return OperationProgress.NotConcerned;
        // Between two others: this member never calls it, and is not late.
        if (key.IsPaired && _epoch is { } epoch && known.SlotOf(epoch.Roster[epoch.Rank].Id) is var slot && slot != key.From && slot != key.To) return OperationProgress.NotConcerned;
        if (known.IsDoomed(key, out _)) return OperationProgress.GivenUp;
        if (known.HasBegun(key)) return OperationProgress.Ended;
        known.AskedFor.Add(key);
        return OperationProgress.NotBegun;
    }

    /// <summary>The operation that stands still for an inquiry, if it has been called here.</summary>
    public Operation? StandingStill(OperationKey key)
    {
        _lineages.Find(lineage => lineage.Origin == key.Origin)?.AskedFor.Remove(key);
        return _open.TryGetValue(key, out Operation? operation) && operation.IsFrozen ? operation : null;
    }

    /// <summary>It has failed on the others before it was called here.</summary>
    public void FailWhenCalled(OperationKey key, Fault fault)
    {
        if (_lineages.Find(lineage => lineage.Origin == key.Origin) is { } known && !known.HasBegun(key)) known.Doom(key, fault);
    }

    /// <summary>It goes on among the members of that epoch.</summary>
    public void GoOn(Operation operation, Epoch next, bool forward)
    {
        operation.Epoch.OpenOperations--;
        next.OpenOperations++;
        operation.Renew(Loop.NowMs);
        if (!forward && operation.HasRun) _phases.TakeBack(operation.PutBack());
        if (forward) GoForward(operation, next);
        else Run(operation, next);
        // What came early for it, if it has ended meanwhile, is answered.
        DropStaleFrames();
    }

    /// <summary>It goes on without these, who get its result from here when they call it.</summary>
    public void KeepFor(OperationKey key, Epoch epoch, IEnumerable<Peer> late)
    {
        Delivery delivery = new(this, key, epoch, Loop.NowMs + DeliveryMs);
        foreach (Peer peer in late) delivery.Await(peer);
        if (_deliveries.Remove(key, out Delivery? former)) former.End();
        _deliveries.Add(key, delivery);
    }

    /// <summary>The others have gone on without this member: its call, made meanwhile or still to come, gets their result.</summary>
    /// <param name="delivery">The member that keeps the result, at rank 0, and this one.</param>
    public void BeLate(OperationKey key, Epoch delivery, Operation? called)
    {
        if (called is null)
        {
            delivery.Lineage.Tickets[key] = delivery;
            return;
        }

        called.Epoch.OpenOperations--;
        delivery.OpenOperations++;
        Run(called, delivery, new LatePhase(this));
    }

    /// <summary>Members are lost: results that they have kept for this one are gone.</summary>
    public void LoseKeepers(IReadOnlySet<MemberId> lost)
    {
        Fault gone = new(Status.PeerLost, "this member called too late to take part, and the member that had kept the result for it was lost");
        foreach (Operation operation in _list.Where(operation => operation.Keeper is { } keeper && lost.Contains(keeper)).ToArray()) Fail(operation, gone);
        foreach (Lineage lineage in _lineages)
        {
            foreach (OperationKey key in lineage.Tickets.Where(each => lost.Contains(each.Value.Roster[0].Id)).Select(each => each.Key).ToArray())
            {
                lineage.Tickets.Remove(key);
                lineage.Doom(key, gone);
            }
        }
    }

    public void EndDelivery(Delivery delivery)
    {
        if (_deliveries.Remove(delivery.Key)) delivery.End();
    }

    /// <summary>A late member has asked for a result that it will not get.</summary>
    public void TellGone(Peer peer, OperationKey key, ulong epoch)
    {
        OutgoingFrame frame = new() { Lease = OutgoingFrame.NoLease };
        frame.Header.Epoch = epoch;
        frame.Header.SinceOrigin = (ushort)(epoch - key.Origin);
        frame.Header.Operation = key.Number;
        FillGiveUp(ref frame, Status.Deadline);
        peer.Link.Post(frame);
    }

    private void DropOldDeliveries(long nowMs)
    {
        foreach (Delivery delivery in _deliveries.Values.Where(delivery => nowMs >= delivery.UntilMs).ToArray()) EndDelivery(delivery);
    }

    private Delivery? FindDelivery(OperationKey key, Peer peer, in FrameHeader header) =>
        _deliveries.Count > 0 && _deliveries.TryGetValue(key, out Delivery? delivery) && delivery.EpochNumber == header.Epoch && delivery.Has(peer) ? delivery : null;
}
