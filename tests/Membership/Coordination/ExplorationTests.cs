namespace Collectives.Membership.Tests.Coordination;

/// <summary>
/// Random interleavings of everything that members do, with a virtual clock, and what must hold in all of
/// them. A failure names its seed, which replays it.
/// </summary>
public sealed class ExplorationTests
{
    private const int Seeds = 4000;
    private const int StepsPerSeed = 120;

    [Fact]
    public void TheInvariantsHoldInRandomRuns()
    {
        int activations = 0, updates = 0, settlements = 0, verdicts = 0, evictions = 0, reorders = 0, reorderedVerdicts = 0, tables = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            var run = new RandomRun(seed);
            for (int step = 0; step < StepsPerSeed; step++) run.Step();
            run.Settle();
            // From here on most members are in an order of their own.
            for (int step = 0; step < StepsPerSeed && run.IsFar; step++) run.Step();
            if (run.IsFar) run.Settle();
            activations += run.Activations;
            updates += run.Updates;
            settlements += run.Settlements;
            verdicts += run.Verdicts;
            evictions += run.Evictions;
            reorders += run.Reorders;
            reorderedVerdicts += run.ReorderedVerdicts;
            tables += run.AgreedTables;
        }

        // The runs get to the interesting places, and often.
        Assert.True(activations > Seeds && updates > Seeds && settlements > Seeds / 2 && verdicts > Seeds / 2 && evictions > Seeds / 2,
            $"{activations} activations, {updates} updates, {settlements} settlements, {verdicts} verdicts, {evictions} evictions");
        Assert.True(reorders > Seeds && reorderedVerdicts > Seeds / 20, $"{reorders} forms of epochs in another order, {reorderedVerdicts} verdicts on them");
        Assert.True(tables > Seeds, $"{tables} epochs that began with a table of links");
    }
}
