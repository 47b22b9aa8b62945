namespace Collectives.Transport.Tcp;

/// <summary>
/// How many lanes a link sends on, found by trying: more lanes, for as long as they carry more. One connection over a long
/// line is held back by its window or by losses, and several carry several times as much; once the line is full, more of
/// them only cost, and after a while it is tried whether fewer do as well. (Parallel streams chosen by measured gain: Hacker, Athey, Noble, "The end-to-end performance effects of parallel
/// TCP sockets on a lossy wide-area network", IPDPS 2002.)
///
/// Only times count in which all lanes had something to send: nothing is learnt of a line while the operations leave it idle.
/// Times in milliseconds of any clock.
/// </summary>
internal sealed class LaneTuner
{
    /// <summary>More lanes stay if they carry that much more.</summary>
    private const double WorthIt = 1.05;

    /// <summary>Fewer lanes are enough if they carry that share.</summary>
    private const double AsGood = 0.97;

    /// <summary>A rate that grows by less from one span to the next has settled.</summary>
    private const double Settled = 1.08;

    /// <summary>A rate below that share of the best one says that the line has changed.</summary>
    private const double Changed = 0.7;

    /// <summary>Slow start takes a few round trips to show; bounds how long a rate that goes on growing is waited for.</summary>
    private const int LeastSpans = 3, MostSpans = 12;

    /// <summary>New lanes disturb those that are there while they look for their share: nothing is given up before that.</summary>
    private const int PatientSpans = 9;

    private const long OpenWithinMs = 5_000;
    private const long FirstHoldMs = 20_000, LongestHoldMs = 320_000;

    private readonly int _most;
    private HungrySpans _timed;
    private double _previousRate;
    private int _spans;
    private bool _trying, _opening, _fewerNext;
    private int _before;
    private double _rateBefore, _best;
    private long _openByMs, _holdUntilMs, _holdMs = FirstHoldMs;

    public LaneTuner(int most) => _most = most;

    /// <summary>How many lanes to send on.</summary>
    public int Lanes { get; private set; } = 1;

    /// <summary>The rate that was found last while all lanes had something to send, in bytes per second; 0: none yet.</summary>
    public double Rate { get; private set; }

    /// <summary>To be called every few milliseconds.</summary>
    /// <param name="bytes">That have arrived over the link in all.</param>
    /// <param name="hungry">All lanes in use are full, and more is waiting for them.</param>
    /// <param name="open">Lanes that are open.</param>
    /// <param name="roundTripMs">Of the lanes in use, as the kernel says.</param>
    public void Observe(long nowMs, long bytes, bool hungry, int open, double roundTripMs)
    {
        if (_opening) WaitForLanes(nowMs, open);
        if (_timed.Observe(nowMs, bytes, hungry, roundTripMs, counts: !_opening, out double rate)) EndSpan(nowMs, rate);
    }

    private void WaitForLanes(long nowMs, int open)
    {
        if (open < Lanes)
        {
            if (nowMs < _openByMs) return;
            // The peer takes no more of them, or nothing gets through.
            Lanes = Math.Max(_before, Math.Min(open, Lanes));
            if (Lanes == _before) _trying = false;
            Hold(nowMs);
        }

        _opening = false;
        StartSpans();
    }

    private void EndSpan(long nowMs, double rate)
    {
        bool settled = ++_spans >= LeastSpans && (rate <= Settled * _previousRate || _spans >= MostSpans);
        double previous = _previousRate;
        Rate = _previousRate = rate;
        if (!settled) return;
        rate = (rate + previous) / 2; // one span alone is noisy
        if (_trying)
        {
            bool fewer = Lanes < _before, failed = rate < (fewer ? AsGood : WorthIt) * _rateBefore;
            if (failed && _spans < PatientSpans) return;
            _trying = false;
            if (failed)
            {
                (Lanes, _best) = (_before, _rateBefore);
                Hold(nowMs);
                StartSpans();
                return;
            }

            _holdMs = FirstHoldMs;
            _best = rate;
            _fewerNext = fewer;
            if (fewer) Hold(nowMs);
            else TryMore(nowMs, rate);
            return;
        }

        bool changed = rate <= Changed * _best;
        if (nowMs < _holdUntilMs && !changed)
        {
            _best = Math.Max(_best, rate);
            return;
        }

        _best = rate;
        if (_fewerNext && !changed && Lanes > 1) TryFewer(rate);
        else TryMore(nowMs, rate);
    }

    private void TryFewer(double rate)
    {
        (_before, _rateBefore, _trying, _fewerNext) = (Lanes, rate, true, false);
        Lanes = (Lanes + 1) / 2;
        StartSpans();
    }

    private void TryMore(long nowMs, double rate)
    {
        _fewerNext = true;
        if (Lanes >= _most)
        {
            Hold(nowMs);
            return;
        }

        // A line that needs two nearly always needs four.
        (_before, _rateBefore) = (Lanes, rate);
        Lanes = Math.Min(_most, Lanes == 1 ? 4 : Lanes * 2);
        (_trying, _opening, _openByMs) = (true, true, nowMs + OpenWithinMs);
    }

    private void Hold(long nowMs)
    {
        _holdUntilMs = nowMs + _holdMs;
        _holdMs = Math.Min(2 * _holdMs, LongestHoldMs);
    }

    private void StartSpans()
    {
        _spans = 0;
        _previousRate = 0;
        _timed.Restart();
    }
}
