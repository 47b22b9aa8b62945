namespace Collectives.Simulation.Tests.Checks;

/// <summary>What happened in runs: shows that they get to the places that they are about.</summary>
internal sealed class Tally
{
    public long Runs { get; set; }

    /// <summary>Operations that have ended well, on each member.</summary>
    public long Ended { get; set; }

    /// <summary>Of these, those that were run more than once.</summary>
    public long RunAgain { get; set; }

    public long Failed { get; set; }

    public long Epochs { get; set; }

    /// <summary>Of these, those in another order than that of ranks, and those of several rings.</summary>
    public long Reordered { get; set; }

    public long WithSeveralRings { get; set; }

    public long Evicted { get; set; }

    /// <summary>Runs at whose end too few members were left for any coordinator to go on with.</summary>
    public long Stranded { get; set; }

    public void Add(Tally other)
    {
        Runs += other.Runs;
        Ended += other.Ended;
        RunAgain += other.RunAgain;
        Failed += other.Failed;
        Epochs += other.Epochs;
        Reordered += other.Reordered;
        WithSeveralRings += other.WithSeveralRings;
        Evicted += other.Evicted;
        Stranded += other.Stranded;
    }

    public override string ToString() =>
        $"{Runs} runs: {Ended} results, {RunAgain} of them not at the first attempt, {Failed} errors, {Epochs} epochs ({Reordered} reordered, {WithSeveralRings} of several rings), {Evicted} evictions, {Stranded} stranded";
}
