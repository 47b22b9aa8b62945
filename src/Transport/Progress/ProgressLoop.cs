using System.Collections.Concurrent;
using System.Diagnostics;
using Collectives.Transport.Interop;

namespace Collectives.Transport.Progress;

/// <summary>
/// Moves everything that belongs to a communicator: whoever owns the loop has its links and operations to
/// itself. Ownership is taken for the length of one pass and never kept across a sleep, so
///
/// - a thread that waits for an operation drives the loop itself, and a small operation involves no other
///   thread at all (a hand-over costs tens of microseconds, several times the operation);
/// - the loop's own background thread moves operations while nobody waits, and keeps out of the way
///   (parked on a futex) while somebody drives;
/// - a thread that starts an operation makes its first pass itself.
///
/// Hand-overs: <see cref="_owned"/> is taken by compare-exchange and given up by exchange; messages are
/// enqueued before the attempt to own the loop and looked for after giving it up, so one side sees the other.
/// </summary>
public sealed class ProgressLoop : IDisposable
{
    private const int BusyTickMs = 20, IdleTickMs = 250, ParkMs = 5;

    /// <summary>A yield that takes longer has let another thread work; one that only spins as well takes a few microseconds.</summary>
    private const int IdleYieldUs = 10;

    /// <summary>A driver sleeps after that many times the spin, even if others have used all of it.</summary>
    private const int LentSpins = 20;

    private readonly EpollPoller _poller;
    private readonly ConcurrentQueue<ILoopMessage> _inbox = new();
    private readonly List<ILoopTicker> _tickers = [];
    private readonly List<Action> _flushes = [];
    private readonly FutexWord _parked = new();
    private readonly EventDescriptor _wake;
    private readonly Drain _drain;
    private readonly long _spinTicks;
    private readonly long _idleYieldTicks = Stopwatch.Frequency * IdleYieldUs / 1_000_000;
    private Thread? _background;
    private int _owned;
    private int _driver;
    private int _driverSleeps;
    private int _drives;
    private int _busy;
    private long _nextTick;
    private volatile bool _stopping;
    private bool _broken;

    private ProgressLoop(EpollPoller poller, EventDescriptor wake, int spinUs)
    {
        _poller = poller;
        _wake = wake;
        _spinTicks = Math.Max(0, spinUs) * (Stopwatch.Frequency / 1_000_000);
        _drain = new Drain(wake);
        _poller.Add(wake.Fd, _drain, write: false);
    }

    public EpollPoller Poller => _poller;

    /// <summary>
    /// Told once, by the loop's owner, of an exception that nobody expected: it is to end what threads wait for. A loop that
    /// nobody has told what to do then, or that fails again, ends the process: its callers would wait for ever.
    /// </summary>
    public Action<Exception>? Failed { get; set; }

    /// <summary>Things in progress: while above 0 the loop ticks more often and its background thread stays awake.</summary>
    public ref int Busy => ref _busy;

    public static Fault Create(string name, int spinUs, out ProgressLoop? loop)
    {
        loop = null;
        Fault fault = EpollPoller.Create(out EpollPoller? poller);
        if (!fault.IsNone) return fault;
        fault = EventDescriptor.Create(out EventDescriptor? wake);
        if (!fault.IsNone)
        {
            poller!.Dispose();
            return fault;
        }

        loop = new ProgressLoop(poller!, wake!, spinUs);
        loop._background = new Thread(loop.Run, 256 * 1024) { IsBackground = true, Name = name };
        loop._background.Start();
        return Fault.None;
    }

    /// <summary>Before the loop has work.</summary>
    public void Add(ILoopTicker ticker) => _tickers.Add(ticker);

    /// <summary>Called at the end of each pass, to send what the pass made ready.</summary>
    public void AddFlush(Action flush) => _flushes.Add(flush);

    /// <summary>
    /// Has the message run, by this thread at once if the loop is free, else by its owner. With
    /// <paramref name="thenWait"/> the caller is about to drive the loop, and the background thread is left asleep.
    /// </summary>
    public void Post(ILoopMessage message, bool thenWait = false)
    {
        _inbox.Enqueue(message);
        if (TryEnter())
        {
            PassInbox();
            Exit();
        }

        if (!thenWait && Volatile.Read(ref _driver) == 0) Unpark();
    }

    /// <summary>Has the owner run the message, never the calling thread: for those that own another loop themselves.</summary>
    public void PostLater(ILoopMessage message)
    {
        _inbox.Enqueue(message);
        // Threads that sleep watch the descriptor; one that owns the loop looks at the inbox when it gives it up.
        _wake.Signal();
        if (Volatile.Read(ref _driver) == 0) Unpark();
    }

    /// <summary>Drives the loop, or sleeps while another thread drives it, until the end or the deadline.</summary>
    /// <param name="timeoutMs">Negative: without limit.</param>
    /// <returns>Whether the end has come.</returns>
    public bool Wait(Completion completion, long timeoutMs)
    {
        long start = Stopwatch.GetTimestamp();
        while (!completion.HasEnded)
        {
            long left = timeoutMs < 0 ? long.MaxValue : timeoutMs - (long)Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (left <= 0 || _stopping) return completion.HasEnded;
            if (Interlocked.CompareExchange(ref _driver, 1, 0) == 0)
            {
                Drive(completion, left);
            }
            else
            {
                // The driver may leave at any moment without knowing of us: the background thread takes over
                // then, and the bounded sleep covers the moment in between.
                completion.Sleep(Math.Min(left, IdleTickMs));
            }
        }

        return true;
    }

    /// <summary>The loop's owner tells a driver that sleeps that something it waits for has ended.</summary>
    public void End(Completion completion)
    {
        completion.End();
        // Completion.End's exchange orders it before this read; the driver's exchange orders its look at the
        // completion after its write of _driverSleeps.
        if (Volatile.Read(ref _driverSleeps) != 0) _wake.Signal();
    }

    /// <summary>Stops the background thread. Nobody may post or wait any more.</summary>
    public void Dispose()
    {
        _stopping = true;
        _wake.Signal();
        Unpark();
        _background?.Join();
        SpinWait spin = default;
        while (!TryEnter()) spin.SpinOnce();
        RunInbox();
        _poller.Dispose();
        _wake.Dispose();
        _parked.Dispose();
    }

    private void Drive(Completion completion, long timeoutMs)
    {
        long start = Stopwatch.GetTimestamp();
        long lastProgress = start;
        long lent = 0;
        while (!completion.HasEnded && !_stopping)
        {
            bool progress = false;
            if (TryEnter())
            {
                progress = Pass();
                Exit();
            }

            if (completion.HasEnded) break;
            long now = Stopwatch.GetTimestamp();
            if (progress)
            {
                lastProgress = now;
                lent = 0;
                continue;
            }

            if (now - lastProgress - lent < _spinTicks && lent < LentSpins * _spinTicks)
            {
                lent += Spin(now);
                continue;
            }

            long leftMs = timeoutMs - (long)Stopwatch.GetElapsedTime(start, now).TotalMilliseconds;
            if (leftMs <= 0) break;
            Interlocked.Exchange(ref _driverSleeps, 1);
            if (!completion.HasEnded) _poller.WaitReady((int)Math.Min(leftMs, BusyTickMs));
            Volatile.Write(ref _driverSleeps, 0);
            lastProgress = Stopwatch.GetTimestamp() - _spinTicks;
            lent = 0;
        }

        Volatile.Write(ref _drives, _drives + 1);
        Interlocked.Exchange(ref _driver, 0);
        if (Volatile.Read(ref _busy) > 0) Unpark();
    }

    /// <summary>
    /// Lets others have the processor for a moment. Returns the time that one of them used, which is none that this
    /// thread has wasted by spinning: with more members than cores, the others' work is what this one waits for.
    /// </summary>
    private long Spin(long now)
    {
        Libc.Yield();
        long away = Stopwatch.GetTimestamp() - now;
        return away < _idleYieldTicks ? 0 : away;
    }

    private void Run()
    {
        while (!_stopping)
        {
            _poller.WaitReady(Volatile.Read(ref _busy) > 0 ? BusyTickMs : IdleTickMs);
            if (_stopping) return;
            if (Volatile.Read(ref _driver) != 0)
            {
                Park();
            }
            else if (TryEnter())
            {
                Pass();
                Exit();
            }
            else
            {
                Libc.Yield();
            }
        }
    }

    /// <summary>Keeps the background thread off the processor until nobody has driven for a while.</summary>
    private void Park()
    {
        int seen;
        do
        {
            seen = Volatile.Read(ref _drives);
            _parked.Exchange(1);
            if (_stopping) break;
            _parked.Wait(1, ParkMs);
            // Unparked: somebody left work behind.
            if (_parked.Value == 0 && Volatile.Read(ref _driver) == 0) break;
        }
        while (!_stopping && (Volatile.Read(ref _driver) != 0 || Volatile.Read(ref _drives) != seen));
        _parked.Value = 0;
    }

    private void Unpark()
    {
        if (_parked.Value != 0 && _parked.Exchange(0) != 0) _parked.WakeAll();
    }

    private bool TryEnter() => Interlocked.CompareExchange(ref _owned, 1, 0) == 0;

    private void Exit()
    {
        do
        {
            Interlocked.Exchange(ref _owned, 0);
            if (_inbox.IsEmpty || !TryEnter()) return;
            PassInbox();
        }
        while (true);
    }

    private bool Pass()
    {
        try
        {
            bool progress = RunInbox();
            progress |= _poller.Dispatch();
            long now = Environment.TickCount64;
            if (now >= _nextTick)
            {
                _nextTick = now + BusyTickMs;
                foreach (ILoopTicker ticker in _tickers) ticker.Tick(now);
            }

            Flush();
            return progress;
        }
        catch (Exception bug)
        {
            Fail(bug);
            return true;
        }
    }

    private void PassInbox()
    {
        try
        {
            RunInbox();
            Flush();
        }
        catch (Exception bug)
        {
            Fail(bug);
        }
    }

    private void Fail(Exception bug)
    {
        if (_broken || Failed is null) Environment.FailFast("collectives: the progress loop failed", bug);
        _broken = true;
        try
        {
            Failed(bug);
        }
        catch (Exception another)
        {
            Environment.FailFast("collectives: the progress loop failed, and then again", new AggregateException(bug, another));
        }
    }

    private void Flush()
    {
        foreach (Action flush in _flushes) flush();
    }

    private bool RunInbox()
    {
        bool any = false;
        while (_inbox.TryDequeue(out ILoopMessage? message))
        {
            message.Run();
            any = true;
        }

        return any;
    }

    private sealed class Drain(EventDescriptor wake) : IPollable
    {
        public void OnReady(bool readable, bool writable) => wake.Drain();
    }
}
