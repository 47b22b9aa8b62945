namespace Collectives.Simulation.Tests.Time;

/// <summary>How long something takes, in microseconds: mostly from the short range, now and then much longer.</summary>
internal readonly record struct Delay(int LeastUs, int MostUs, double Rare, int LongestUs)
{
    public long Draw(Timeline timeline) =>
        timeline.Chance(Rare) ? timeline.Random.Next(MostUs, LongestUs + 1) : timeline.Random.Next(LeastUs, MostUs + 1);
}
