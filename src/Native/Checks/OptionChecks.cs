using System.Globalization;
using Collectives.Algorithms;
using Collectives.Algorithms.Reduction;
using Collectives.Communication;
using Collectives.Native.Structs;
using Collectives.Transport;

namespace Collectives.Native.Checks;

/// <summary>From coll_options to what the communicator takes: defaults filled in, ranges checked.</summary>
internal static unsafe class OptionChecks
{
    private const int MostPriority = 100;
    private const uint LastTagOfPairs = 65535;
    private const int RecoverInput = 0;
    private const int RecoverNone = 1;
    private const int OnLossRetry = 0;
    private const int OnLossFail = 1;

    public static bool TryRead(Options* source, in CollectiveCall call, out OperationOptions options, out Fault fault)
    {
        fault = Fault.None;
        Options given = default;
        options = default;
        if (source != null && !Sized.TryRead(source, "options", out given, out fault))
        {
            return false;
        }

        fault = Check(given, call);
        options.Tag = given.Tag;
        options.Algorithm = (Algorithm)given.Algorithm;
        options.KeepInput = given.Recover == RecoverInput;
        options.Weight = given.Weight == 0 ? 1 : given.Weight;
        options.DeadlineMs = given.DeadlineMs;
        options.FailOnLoss = given.OnLoss == OnLossFail;
        options.OnLate = (OnLate)given.OnLate;
        options.MinParticipants = (int)Math.Max(1, given.MinParticipants);
        options.Contribution = (byte*)given.Contribution;
        options.Priority = given.Priority;
        return fault.IsNone;
    }

    private static Fault Check(in Options given, in CollectiveCall call)
    {
        uint lastTag = call.Collective == Collective.Pair ? LastTagOfPairs : int.MaxValue;
        if (given.Tag > lastTag)
        {
            return Invalid($"options.tag: expected 0..{lastTag}, found {given.Tag}");
        }

        Fault fault = AlgorithmChecks.Check(call.Collective, given.Algorithm);
        if (!fault.IsNone)
        {
            return fault;
        }

        if (given.Priority is < -MostPriority or > MostPriority)
        {
            return Invalid($"options.priority: expected -{MostPriority}..{MostPriority}, found {given.Priority}");
        }

        if (given.Recover is not (RecoverInput or RecoverNone))
        {
            return Invalid($"options.recover: expected COLL_RECOVER_INPUT (0) or COLL_RECOVER_NONE (1), found {given.Recover}");
        }

        if (given.OnLoss is not (OnLossRetry or OnLossFail))
        {
            return Invalid($"options.on_loss: expected COLL_ON_LOSS_RETRY (0) or COLL_ON_LOSS_FAIL (1), found {given.OnLoss}");
        }

        if (given.OnLate is < 0 or > (int)OnLate.Proceed)
        {
            return Invalid($"options.on_late: expected a COLL_ON_LATE_ value (0..{(int)OnLate.Proceed}), found {given.OnLate}");
        }

        if (given.OnLate == (int)OnLate.Proceed && call.Collective != Collective.AllReduce)
        {
            return Invalid($"options.on_late: expected COLL_ON_LATE_WAIT (0) or _EVICT (1), since only coll_all_reduce has COLL_ON_LATE_PROCEED, found {given.OnLate}");
        }

        if (given.MinParticipants > Membership.Roster.MaxMembers)
        {
            return Invalid($"options.min_participants: expected 0..{Membership.Roster.MaxMembers}, found {given.MinParticipants}");
        }

        if (given.DeadlineMs < 0)
        {
            return Invalid($"options.deadline_ms: expected milliseconds, or 0 for the communicator's, found {given.DeadlineMs}");
        }

        return CheckWeight(given.Weight, call);
    }

    private static Fault CheckWeight(double weight, in CollectiveCall call)
    {
        if (weight is 0 or 1)
        {
            return Fault.None;
        }

        string found = weight.ToString(CultureInfo.InvariantCulture);
        if (!double.IsFinite(weight) || weight < 0)
        {
            return Invalid($"options.weight: expected a finite number above 0, found {found}");
        }

        // A weight that had no effect would be a silently wrong result, so it is refused instead.
        return ElementTypes.IsReduced(call.Collective) && ElementTypes.IsFloatingPoint(call.Type) && call.Op is ReduceOp.Sum or ReduceOp.Avg
            ? Fault.None
            : Invalid("options.weight: expected 0 or 1, since only COLL_SUM and COLL_AVG of floating-point types are weighted, "
                + $"found {found} in {CollectiveNames.NameOf(call.Collective)} with type {(int)call.Type} and op {(int)call.Op}");
    }

    private static Fault Invalid(string message) => new(Status.InvalidArgument, message);
}
