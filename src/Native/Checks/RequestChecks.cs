using Collectives.Algorithms;
using Collectives.Algorithms.Reduction;
using Collectives.Communication;
using Collectives.Transport;

namespace Collectives.Native.Checks;

/// <summary>From a request to what the communicator takes: ranges checked, buffers that this member has no use for left out.</summary>
internal static unsafe class RequestChecks
{
    public static bool TryRead(in Request request, in EpochInfo epoch, out CollectiveCall call, out Fault fault)
    {
        call = request.Call;
        return ElementTypes.TryGetSize((int)call.Type, out ulong elementSize, out fault)
            && (!ElementTypes.IsReduced(call.Collective) || ElementTypes.IsKnownOp((int)call.Op, out fault))
            && (call.Collective == Collective.Pair
                ? TryReadPair(request, epoch, elementSize, ref call, out fault)
                : TryReadCollective(request, epoch, elementSize, ref call, out fault));
    }

    private static bool TryReadPair(in Request request, in EpochInfo epoch, ulong elementSize, ref CollectiveCall call, out Fault fault)
    {
        string argument = request.Receives ? "from" : "to";
        if (!IsSlot(request.Other, argument, epoch, out fault))
        {
            return false;
        }

        if (request.Other == (uint)epoch.Slot)
        {
            fault = Invalid($"{argument}: expected the slot of another member, found {request.Other}, which is this member's own");
            return false;
        }

        call = call with
        {
            Root = request.Receives ? (int)request.Other : epoch.Slot,
            Partner = request.Receives ? epoch.Slot : (int)request.Other,
        };
        Buffers buffers = new()
        {
            Send = call.Send,
            SendElements = request.Receives ? 0 : call.Count,
            Receive = call.Receive,
            ReceiveElements = request.Receives ? call.Count : 0,
            ElementSize = elementSize,
            SendName = "buffer",
            ReceiveName = "buffer",
        };
        return buffers.AreValid(out fault);
    }

    private static bool TryReadCollective(
        in Request request, in EpochInfo epoch, ulong elementSize, ref CollectiveCall call, out Fault fault)
    {
        fault = Fault.None;
        bool isRoot = request.Root == (uint)epoch.Slot;
        if (HasRoot(call.Collective))
        {
            if (!IsSlot(request.Root, "root", epoch, out fault))
            {
                return false;
            }

            call = call with { Root = (int)request.Root };
        }

        if (!TryMeasure(request, epoch, elementSize, isRoot, out Buffers buffers, out fault) || !buffers.AreValid(out fault))
        {
            return false;
        }

        call = call with
        {
            Send = buffers.SendElements > 0 ? call.Send : null,
            Receive = buffers.ReceiveElements > 0 ? call.Receive : null,
        };
        return true;
    }

    /// <summary>How long the buffers have to be on this member.</summary>
    private static bool TryMeasure(
        in Request request, in EpochInfo epoch, ulong elementSize, bool isRoot, out Buffers buffers, out Fault fault)
    {
        CollectiveCall call = request.Call;
        buffers = Of(call, elementSize, call.Count, call.Count, 0);
        fault = Fault.None;
        switch (call.Collective)
        {
            case Collective.AllReduce:
                return true;
            case Collective.Barrier:
                buffers = Of(call, elementSize, 0, 0, null);
                return true;
            case Collective.Broadcast:
                buffers = Of(call, elementSize, isRoot ? call.Count : 0, call.Count, 0);
                return true;
            case Collective.Reduce:
                buffers = Of(call, elementSize, call.Count, isRoot ? call.Count : 0, 0);
                return true;
        }

        string name = call.Collective == Collective.AllToAll ? "send_counts" : "counts";
        if (!TryCut(request, name, call.Counts, epoch, elementSize, out Parts parts, out fault))
        {
            return false;
        }

        long at = (long)parts.Before;
        switch (call.Collective)
        {
            case Collective.ReduceScatter:
                buffers = Of(call, elementSize, parts.Total, parts.Own, at);
                return true;
            case Collective.AllGather:
                buffers = Of(call, elementSize, parts.Own, parts.Total, -at);
                return true;
            case Collective.Gather:
                buffers = Of(call, elementSize, parts.Own, isRoot ? parts.Total : 0, -at);
                return true;
            case Collective.Scatter:
                buffers = Of(call, elementSize, isRoot ? parts.Total : 0, parts.Own, at);
                return true;
            default:
                if (!TryCut(request, "recv_counts", call.ReceiveCounts, epoch, elementSize, out Parts received, out fault))
                {
                    return false;
                }

                buffers = Of(call, elementSize, parts.Total, received.Total, request.HasCounts ? null : 0);
                return true;
        }
    }

    private static bool TryCut(
        in Request request, string argument, ulong* counts, in EpochInfo epoch, ulong elementSize, out Parts parts, out Fault fault) =>
        request.HasCounts
            ? Parts.TryMake(counts, argument, epoch.Slots, epoch.Slot, elementSize, out parts, out fault)
            : Parts.TryMakeEven(request.Call.Count, epoch.Slots, epoch.Slot, elementSize, out parts, out fault);

    private static Buffers Of(in CollectiveCall call, ulong elementSize, ulong sent, ulong received, long? inPlaceAt) => new()
    {
        Send = call.Send,
        SendElements = sent,
        Receive = call.Receive,
        ReceiveElements = received,
        ElementSize = elementSize,
        InPlaceAt = inPlaceAt,
    };

    private static bool HasRoot(Collective collective) =>
        collective is Collective.Broadcast or Collective.Reduce or Collective.Gather or Collective.Scatter;

    private static bool IsSlot(uint slot, string argument, in EpochInfo epoch, out Fault fault)
    {
        fault = slot < (uint)epoch.Slots
            ? Fault.None
            : Invalid($"{argument}: expected a member's slot (0..{epoch.Slots - 1}), found {slot}");
        return fault.IsNone;
    }

    private static Fault Invalid(string message) => new(Status.InvalidArgument, message);
}
