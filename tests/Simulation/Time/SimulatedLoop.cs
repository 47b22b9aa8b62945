using Collectives.Transport.Progress;

namespace Collectives.Simulation.Tests.Time;

/// <summary>
/// The loop of one simulated process. What is posted to it is run in order, some time later, as by a thread that has to be
/// woken and does not get the processor at once.
/// </summary>
internal sealed class SimulatedLoop(Timeline timeline) : ILoop
{
    // As ProgressLoop has them.
    private const int BusyTickMs = 20, IdleTickMs = 250;

    private readonly Queue<ILoopMessage> _inbox = new();
    private readonly List<ILoopTicker> _tickers = [];
    private readonly List<Action> _flushes = [];
    private int _busy;
    private long _nextTickMs;
    private long _passAtUs = long.MaxValue;
    private bool _isRunning;

    /// <summary>How long a pass takes to come about.</summary>
    public Delay Pace { get; set; }

    /// <summary>Its process does not run at the moment.</summary>
    public bool IsStopped { get; private set; }

    public bool IsDead { get; private set; }

    /// <summary>Called after each message.</summary>
    public Action? Observe { get; set; }

    /// <summary>Something that a thread of the process may be waiting for has ended.</summary>
    public Action? Ended { get; set; }

    public long NowMs => timeline.NowMs;

    public ref int Busy => ref _busy;

    public void Add(ILoopTicker ticker) => _tickers.Add(ticker);

    public void AddFlush(Action flush) => _flushes.Add(flush);

    public void Post(ILoopMessage message, bool thenWait = false) => PostLater(message);

    public void PostLater(ILoopMessage message)
    {
        if (IsDead) return;
        _inbox.Enqueue(message);
        if (!_isRunning) PlanPass(Pace.Draw(timeline));
    }

    /// <summary>By a thread of the process, which drives the loop. Only for what needs nobody else.</summary>
    public bool Wait(Completion completion, long timeoutMs)
    {
        if (!completion.HasEnded) Pass();
        return completion.HasEnded ? true : throw new InvalidOperationException("a wait that only others can end, in a simulation");
    }

    public void End(Completion completion)
    {
        completion.End();
        Ended?.Invoke();
    }

    public void Stop() => IsStopped = true;

    public void Resume()
    {
        IsStopped = false;
        PlanPass(0);
    }

    /// <summary>For good.</summary>
    public void Kill()
    {
        IsDead = true;
        _inbox.Clear();
    }

    /// <summary>Begins to look at its tickers.</summary>
    public void Start() => PlanPass(0);

    private void PlanPass(long delayUs)
    {
        long atUs = timeline.NowUs + delayUs;
        if (IsDead || atUs >= _passAtUs) return;
        _passAtUs = atUs;
        timeline.After(delayUs, () =>
        {
            if (_passAtUs != atUs || timeline.NowUs != atUs) return;
            _passAtUs = long.MaxValue;
            if (!IsDead && !IsStopped) Pass();
        });
    }

    private void Pass()
    {
        _isRunning = true;
        while (_inbox.TryDequeue(out ILoopMessage? message))
        {
            message.Run();
            Observe?.Invoke();
        }

        // It may have died of the last one, with its words unsaid.
        if (IsDead) return;
        if (NowMs >= _nextTickMs)
        {
            _nextTickMs = NowMs + BusyTickMs;
            // A farewell adds itself.
            for (int i = 0; i < _tickers.Count; i++) _tickers[i].Tick(NowMs);
            Observe?.Invoke();
        }

        foreach (Action flush in _flushes) flush();
        _isRunning = false;
        PlanPass(_inbox.Count > 0 ? Pace.Draw(timeline) : (_busy > 0 ? BusyTickMs : IdleTickMs) * 1000L);
    }
}
