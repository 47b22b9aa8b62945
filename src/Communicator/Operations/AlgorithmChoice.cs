using Collectives.Algorithms;
using Collectives.Algorithms.Costs;
using Collectives.Algorithms.Schedules;

namespace Collectives.Communication.Operations;

/// <summary>
/// Which algorithm runs, and how long it is expected to take. All members must decide alike, so it depends on nothing
/// but what they agree on: the call and the roster.
/// </summary>
internal static class AlgorithmChoice
{
    /// <summary>The wanted one if it can be had in that epoch, else the one that is predicted to be the fastest.</summary>
    public static Choice Choose(in CallSignature call, Epoch epoch)
    {
        if (epoch.World == 1) return new Choice(Algorithm.Direct, 0);
        ChoiceQuestion question = QuestionOf(call, epoch);
        if (call.Algorithm == Algorithm.Auto)
        {
            Choice choice = epoch.Chooser.Choose(question);
            return choice.Algorithm != Algorithm.Auto ? choice : new Choice(Algorithm.Direct, 0);
        }

        Algorithm wanted = Had(call.Algorithm, call.Collective, epoch.World);
        return new Choice(wanted, epoch.Chooser.Predict(question, wanted));
    }

    /// <summary>Some need a link between any two members, which larger worlds don't have.</summary>
    private static Algorithm Had(Algorithm wanted, Collective collective, int world)
    {
        if (world <= LinkSchedule.FullMeshWorld || wanted is Algorithm.Ring or Algorithm.TwoWayRing or Algorithm.Tree) return wanted;
        // A root's blocks go straight to their members and from there on.
        if (wanted == Algorithm.Halving && collective is not (Collective.Broadcast or Collective.Reduce)) return wanted;
        return collective switch
        {
            Collective.AllReduce => Algorithm.Ring,
            Collective.Broadcast or Collective.Reduce => Algorithm.Tree,
            _ => Algorithm.Halving,
        };
    }

    private static ChoiceQuestion QuestionOf(in CallSignature call, Epoch epoch)
    {
        bool hasParts = call.Collective is Collective.ReduceScatter or Collective.AllGather && call.Extra == 0;
        long bytes = (long)call.Bytes * (hasParts ? epoch.World : 1);
        bool hasRoot = call.Collective is Collective.Broadcast or Collective.Reduce;
        return new ChoiceQuestion(call.Collective, bytes, hasRoot ? Math.Max(0, epoch.RankOfSlot(call.Root)) : 0);
    }
}
