using Collectives.Algorithms;
using Collectives.Communication;
using Collectives.Transport;

namespace Collectives.Native.Checks;

/// <summary>Which algorithms a collective has.</summary>
internal static class AlgorithmChecks
{
    private static readonly Algorithm[] s_ofAllReduce = Enum.GetValues<Algorithm>();
    private static readonly Algorithm[] s_ofParts = [Algorithm.Auto, Algorithm.Ring, Algorithm.Halving, Algorithm.Direct];
    private static readonly Algorithm[] s_ofRoots = [Algorithm.Auto, Algorithm.Ring, Algorithm.Tree, Algorithm.Halving, Algorithm.Direct];
    private static readonly Algorithm[] s_ofOthers = [Algorithm.Auto];

    public static Fault Check(Collective collective, int algorithm)
    {
        Algorithm[] all = Of(collective);
        if (Array.IndexOf(all, (Algorithm)algorithm) >= 0)
        {
            return Fault.None;
        }

        string names = string.Join(", ", all.Select(one => $"{AlgorithmNames.NameOf(one)} ({(int)one})"));
        return new Fault(Status.InvalidArgument,
            $"options.algorithm: expected one that {CollectiveNames.NameOf(collective)} has, which are {names}, found {AlgorithmNames.NameOf((Algorithm)algorithm)}");
    }

    private static Algorithm[] Of(Collective collective) => collective switch
    {
        Collective.AllReduce => s_ofAllReduce,
        Collective.ReduceScatter or Collective.AllGather => s_ofParts,
        Collective.Broadcast or Collective.Reduce => s_ofRoots,
        _ => s_ofOthers,
    };
}
