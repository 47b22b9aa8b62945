using Collectives.Algorithms;
using Collectives.Algorithms.Reduction;
using Collectives.Algorithms.Schedules;
using Collectives.Transport;

namespace Collectives.Communication.Operations;

/// <summary>What a call may ask for in the epoch that it comes to; the rest has been checked before.</summary>
internal sealed partial class OperationEngine
{
    private Fault Examine(Work work)
    {
        if (!_closed.IsNone) return _closed;
        if (_open.Count >= MaxOpen)
            return Invalid($"expected at most {MaxOpen} operations in flight, found one more: wait for some of them first");
        CallSignature signature = work.Signature;
        OperationOptions options = work.Options;
        if (options.Algorithm is Algorithm.Exchange or Algorithm.Star && signature.Bytes > ExchangePhase.MaxBytes)
            return Invalid($"options.algorithm: {AlgorithmNames.NameOf(options.Algorithm)} takes at most {ExchangePhase.MaxBytes} bytes, found {signature.Count} elements of {DataTypes.Name(signature.Type)}");
        Epoch epoch = _epoch!;
        bool isLarge = epoch.Lineage.Slots > LinkSchedule.FullMeshWorld;
        if (options.OnLate == OnLate.Proceed && isLarge)
            return Invalid($"options.on_late: COLL_ON_LATE_PROCEED takes at most {LinkSchedule.FullMeshWorld} members, found a world of {epoch.World}");
        if (signature.Collective == Collective.AllReduce) return Fault.None;
        int slots = epoch.Lineage.Slots;
        if (work.Slots != slots)
            return Invalid($"expected a call for the {slots} slots of epoch {epoch.Lineage.Origin}, found one for {work.Slots}: coll_comm_update must not run beside the calls that follow it");
        if (signature.Root >= slots) return Invalid($"root: expected a slot below {slots}, found {signature.Root}");
        if (signature.Collective == Collective.Pair)
        {
            if (signature.Extra >= slots) return Invalid($"expected the slot of another member, below {slots}, found {signature.Extra}");
            if (signature.Extra == signature.Root) return Invalid($"expected the slot of another member, found this member's own ({signature.Root})");
            if (options.Tag > OperationKey.MaxPairTag) return Invalid($"options.tag: expected at most {OperationKey.MaxPairTag} for a send or recv, found {options.Tag}");
            if (isLarge) return Invalid($"send and recv take at most {LinkSchedule.FullMeshWorld} members, found {slots}");
        }

        if (isLarge && signature.Collective == Collective.AllToAll && !work.Counts.IsEmpty)
            return Invalid($"all_to_all_v takes at most {LinkSchedule.FullMeshWorld} members, found {slots}");
        return Fault.None;
    }

    private static Fault Invalid(string message) => new(Status.InvalidArgument, message);

    private static Fault RootIsLost(Operation operation, int slot) => new(Status.PeerLost,
        $"{operation.Key} ({operation.Signature}): {operation.Epoch.Lineage.Describe(slot)} was lost, and the others cannot go on without it");
}
