using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Collectives.Transport.Handshake;
using Collectives.Transport.Wire;

namespace Collectives.Transport.Tcp;

/// <summary>
/// Fills a link of which nothing is known, for as long as it takes to see what it carries: a few round trips, until what reaches the
/// peer's kernel grows no more. Its frames carry nothing, are thrown away by the receiver, and leave only where a lane has
/// nothing else to send.
/// </summary>
internal sealed unsafe class LinkProbe
{
    private const int MostFrameBytes = 64 * 1024, LeastFrameBytes = 4 * 1024;

    /// <summary>A frame takes a lane about so long: after the probe no more than that is still to be sent.</summary>
    private const int FrameMs = 5;

    private const int LeastSpanMs = 40;

    /// <summary>Lanes that are not open by then will not be.</summary>
    private const int LanesWithinMs = 1000;

    /// <summary>
    /// On the way at once: a little to begin with, so that a slow line is not blocked for long; then as much as what comes back shows to be
    /// too much, since TCP doubles what it sends with each round trip.
    /// </summary>
    private const int LeastAllowedBytes = 256 * 1024, AllowedTimes = 4, LeastAllowedMs = 40;

    /// <summary>A rate that grows by less from one span to the next is what the line carries.</summary>
    private const double Settled = 1.12;

    /// <summary>Or rates that differ by less, for two round trips: bursts of two of them can look alike for a shorter time.</summary>
    private const double Steady = 0.85;

    // Random, and for all links of the process: what lies on the way may compress.
    private static readonly byte[] s_filler = Filler();

    private readonly Action<double> _measured;
    private readonly long _beginByMs;
    private readonly int _limitMs;
    private long _endMs = long.MaxValue;
    private long _fromMs = -1, _fromBytes, _firstBytes;
    private readonly long[] _filledBytes = new long[Hello.MaxLanes], _deliveredBytes = new long[Hello.MaxLanes];
    private int _noted, _open = 1;
    private double _allowedBytes = LeastAllowedBytes;
    // Of the last spans, the latest first; two of them make a round trip.
    private double _rate, _second, _third, _fourth;
    private double _best;

    public LinkProbe(long nowMs, int limitMs, Action<double> measured)
    {
        _beginByMs = nowMs + LanesWithinMs;
        _limitMs = limitMs;
        _measured = measured;
    }

    /// <summary>Lanes to send on: many find their share in fewer round trips than one, and no loss or window holds all of them.</summary>
    public const int Lanes = 16;

    /// <summary>What has reached the peer's kernel on a lane; to be told of all open lanes before <see cref="Observe"/>.</summary>
    public void NoteLane(int lane, long deliveredBytes)
    {
        _deliveredBytes[lane] = deliveredBytes;
        _noted++;
    }

    /// <param name="deliveredBytes">Over all lanes.</param>
    /// <param name="areOpen">All lanes are open: while they come one by one, what they carry grows for that reason.</param>
    /// <returns>Whether the probe goes on.</returns>
    public bool Observe(long nowMs, long deliveredBytes, bool areOpen, double roundTripMs)
    {
        // Fewer than wanted where the caller has said how many there are to be, or where some did not open.
        (_open, _noted) = (Math.Max(1, _noted), 0);
        if (_endMs == long.MaxValue)
        {
            if (!areOpen && nowMs < _beginByMs) return true;
            (_endMs, _firstBytes) = (nowMs + _limitMs, deliveredBytes);
            _deliveredBytes.CopyTo(_filledBytes, 0);
        }

        long got = deliveredBytes - _firstBytes;
        if (_fromMs < 0)
        {
            // What was sent first comes back a round trip later.
            if (got > LeastFrameBytes) (_fromMs, _fromBytes) = (nowMs, deliveredBytes);
            _allowedBytes = Math.Max(_allowedBytes, AllowedTimes * got);
            return nowMs < _endMs;
        }

        if (nowMs == _fromMs) return true;
        double current = (deliveredBytes - _fromBytes) * 1000.0 / (nowMs - _fromMs);
        _allowedBytes = Math.Max(_allowedBytes, AllowedTimes * Math.Max(current, _rate) * Math.Max(roundTripMs, LeastAllowedMs) / 1000);
        if (nowMs - _fromMs < Math.Max(roundTripMs / 2, LeastSpanMs)) return nowMs < _endMs;

        (_fromMs, _fromBytes) = (nowMs, deliveredBytes);
        double before = _second + _third, beforeThat = _third + _fourth;
        (_rate, _second, _third, _fourth) = (current, _rate, _second, _third);
        // What is delivered is told in bursts, once a round trip, as long as TCP speeds up.
        _best = Math.Max(_best, _second > 0 ? (_rate + _second) / 2 : 0);
        double least = Math.Min(Math.Min(_rate, _second), Math.Min(_third, _fourth)), most = Math.Max(Math.Max(_rate, _second), Math.Max(_third, _fourth));
        bool hasSettled = least > 0 && (least > Steady * most || (_rate + _second < Settled * before && _second + _third < Settled * beforeThat));
        return !hasSettled && nowMs < _endMs;
    }

    /// <summary>Whether there is anything to send yet.</summary>
    private bool HasBegun => _endMs != long.MaxValue;

    /// <summary>False: enough is on its way on that lane for now.</summary>
    public bool TryFill(int lane, ref OutgoingFrame frame)
    {
        if (!HasBegun || _filledBytes[lane] - _deliveredBytes[lane] > _allowedBytes / _open) return false;
        frame = new OutgoingFrame { Lease = OutgoingFrame.NoLease, Payload = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(s_filler)) };
        frame.Header.Kind = FrameKind.Filler;
        frame.Header.Length = (uint)Math.Clamp((int)(_rate / _open / 1000 * FrameMs) & ~0xFFF, LeastFrameBytes, MostFrameBytes);
        _filledBytes[lane] += frame.ByteCount;
        return true;
    }

    /// <summary>Tells what was measured, in bytes per second; 0: nothing got through.</summary>
    public double End()
    {
        double rate = Math.Max(_best, _rate);
        _measured(rate);
        return rate;
    }

    private static byte[] Filler()
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(MostFrameBytes, pinned: true);
        RandomNumberGenerator.Fill(bytes);
        return bytes;
    }
}
