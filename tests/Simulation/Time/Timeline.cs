namespace Collectives.Simulation.Tests.Time;

/// <summary>
/// Virtual time, and all that is to happen in it, in one thread: the same seed gives the same run, to the last event. Things
/// that are due at the same time happen in the order in which they were planned.
/// </summary>
internal sealed class Timeline(int seed)
{
    private readonly PriorityQueue<Action, (long DueUs, long Number)> _planned = new();
    private long _number;

    public Random Random { get; } = new(seed);

    /// <summary>Not 0, which would pass for "never" somewhere.</summary>
    public long NowUs { get; private set; } = 1_000_000_000;

    public long NowMs => NowUs / 1000;

    /// <summary>Events so far.</summary>
    public long Steps { get; private set; }

    public void After(long delayUs, Action happens) => _planned.Enqueue(happens, (NowUs + Math.Max(0, delayUs), _number++));

    public void At(long dueUs, Action happens) => After(dueUs - NowUs, happens);

    /// <summary>The next event. False if nothing is planned before that time, which it then is.</summary>
    public bool Step(long untilUs)
    {
        if (!_planned.TryPeek(out _, out (long DueUs, long Number) next) || next.DueUs > untilUs)
        {
            NowUs = Math.Max(NowUs, untilUs);
            return false;
        }

        Action happens = _planned.Dequeue();
        NowUs = next.DueUs;
        Steps++;
        happens();
        return true;
    }

    public bool Chance(double probability) => Random.NextDouble() < probability;

    public T Pick<T>(IReadOnlyList<T> among) => among[Random.Next(among.Count)];
}
