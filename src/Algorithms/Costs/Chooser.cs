using Collectives.Algorithms.Costs.Families;

namespace Collectives.Algorithms.Costs;

/// <summary>
/// Chooses the algorithms of an epoch's calls: the one with the shortest predicted time, and of those that are as good as equal the one
/// with the lower number. All that it depends on is agreed on by all members, and computed in the same order everywhere, so that they choose alike.
/// Not for several threads at once: it remembers what it has been asked.
/// </summary>
/// <param name="rings">Of the roster; none: one in the order of ranks.</param>
public sealed class Chooser(LinkModel links, MachineModel machine, IReadOnlyList<RingWay> rings, AlgorithmSet allowed)
{
    /// <summary>The model is not so sure of itself that less would be a difference.</summary>
    private const double AsGoodAs = 1.05;

    /// <summary>Sizes are told apart by an eighth: what is asked for each time with another one is remembered all the same.</summary>
    private const int StepsPerDoubling = 8;

    private const int MaxRemembered = 4096;

    private static readonly ICostFamily[] s_families =
    [
        new RingFamily(), new ExchangeFamily(), new StarFamily(), new TwoWayRingFamily(), new TreeFamily(), new HalvingFamily(), new DirectFamily(),
        new HierarchicalFamily(),
    ];

    private readonly WorldShape _shape = new(links.World, rings.Count == 0 ? [RingWay.InRankOrder(links.World)] : rings, Costs.Sites.Of(links));
    private readonly Dictionary<ChoiceQuestion, Candidate[]> _remembered = [];

    public Chooser(LinkModel links, IReadOnlyList<RingWay> rings, AlgorithmSet allowed)
        : this(links, MachineModel.Default, rings, allowed)
    {
    }

    /// <summary>The ranks of each group of members that are near each other.</summary>
    public int[][] Sites => _shape.Sites;

    /// <summary>Whether members tell each other that they are done with few frames rather than in few hops.</summary>
    public bool IsDoneSparing { get; } = CostModel.IsDoneSparing(links, machine);

    /// <summary>Auto if there is but one way to do it, or none that is allowed.</summary>
    public Choice Choose(in ChoiceQuestion question) => question.Collective.HasChoice() ? Best(Remembered(question)) : default;

    /// <summary>Of one that the caller has chosen; 0: nothing is known.</summary>
    public double Predict(in ChoiceQuestion question, Algorithm algorithm)
    {
        if (!question.Collective.HasChoice()) return 0;
        foreach (Candidate candidate in Remembered(question))
        {
            if (candidate.Algorithm == algorithm) return candidate.Seconds;
        }

        return 0;
    }

    /// <summary>All that may be chosen, by their numbers, with what the choice looks at; for the very size that is asked for.</summary>
    public IEnumerable<Candidate> Explain(ChoiceQuestion question) => question.Collective.HasChoice() ? Candidates(question) : [];

    /// <summary>Of those that are as good as equal the first.</summary>
    private static Choice Best(Candidate[] candidates)
    {
        double least = double.PositiveInfinity;
        foreach (Candidate candidate in candidates) least = Math.Min(least, candidate.Seconds);
        foreach (Candidate candidate in candidates)
        {
            if (candidate.Seconds <= least * AsGoodAs) return new Choice(candidate.Algorithm, candidate.Seconds);
        }

        return default;
    }

    private Candidate[] Remembered(in ChoiceQuestion question)
    {
        ChoiceQuestion rounded = Rounded(question);
        if (_remembered.TryGetValue(rounded, out Candidate[]? candidates)) return candidates;
        if (_remembered.Count == MaxRemembered) _remembered.Clear();
        candidates = [.. Candidates(rounded)];
        _remembered.Add(rounded, candidates);
        return candidates;
    }

    private IEnumerable<Candidate> Candidates(ChoiceQuestion question)
    {
        foreach (ICostFamily family in s_families)
        {
            if (!allowed.Has(family.Algorithm) || !family.Offers(question, _shape)) continue;
            yield return _shape.HasAllLinks
                ? CostModel.Predict(family.Algorithm, family.Blocks(question, _shape), question.Bytes, links, machine)
                : LargeWorld.Predict(family.Algorithm, question, links, machine);
        }
    }

    /// <summary>Up to the next step, which no bound of an algorithm lies within: these are powers of two.</summary>
    private static ChoiceQuestion Rounded(in ChoiceQuestion question)
    {
        if (question.Bytes <= StepsPerDoubling) return question;
        int shift = Math.Max(0, System.Numerics.BitOperations.Log2((ulong)question.Bytes) - System.Numerics.BitOperations.Log2(StepsPerDoubling));
        return question with { Bytes = ((question.Bytes - 1 >> shift) + 1) << shift };
    }
}
