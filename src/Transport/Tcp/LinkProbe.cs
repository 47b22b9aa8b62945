using System.Security.Cryptography;
using Collectives.Transport.Memory;
using Collectives.Transport.Wire;

namespace Collectives.Transport.Tcp;

/// <summary>
/// Fills a link of which nothing is known, for as long as it takes to see what it carries: a few round trips, until what the peer's
/// kernel acknowledges grows no more. Its frames carry nothing, are thrown away by the receiver, and leave only where a lane has
/// nothing else to send.
/// </summary>
internal sealed unsafe class LinkProbe
{
    private const int MostFrameBytes = 64 * 1024, LeastFrameBytes = 4 * 1024;

    /// <summary>A frame takes a lane about so long: after the probe no more than that is still to be sent.</summary>
    private const int FrameMs = 5;

    private const int LeastSpanMs = 60;

    /// <summary>
    /// On the way at once: a little to begin with, so that a slow line is not blocked for long; then as much as what comes back shows to be
    /// too much, since TCP doubles what it sends with each round trip.
    /// </summary>
    private const int LeastAllowedBytes = 256 * 1024, AllowedTimes = 4, LeastAllowedMs = 40;

    /// <summary>A rate that grows by less from one span to the next is what the line carries.</summary>
    private const double Settled = 1.12;

    // Random, and for all links of the process: what lies on the way may compress.
    private static readonly byte* s_filler = Filler();

    private readonly Action<double> _measured;
    private readonly long _endMs;
    private long _fromMs = -1, _fromBytes, _firstBytes = -1;
    private long _filledBytes, _acknowledgedBytes;
    private double _allowedBytes = LeastAllowedBytes;
    private double _previous, _beforePrevious, _best;

    public LinkProbe(long nowMs, int limitMs, Action<double> measured)
    {
        _endMs = nowMs + limitMs;
        _measured = measured;
    }

    /// <summary>Lanes to send on: many find their share in fewer round trips than one, and no loss or window holds all of them.</summary>
    public const int Lanes = 16;

    /// <param name="acknowledgedBytes">By the kernels of the peer, over all lanes.</param>
    /// <returns>Whether the probe goes on.</returns>
    public bool Observe(long nowMs, long acknowledgedBytes, double roundTripMs)
    {
        if (_firstBytes < 0) _firstBytes = acknowledgedBytes;
        _acknowledgedBytes = acknowledgedBytes - _firstBytes;
        if (_fromMs >= 0 && nowMs > _fromMs)
        {
            double current = (acknowledgedBytes - _fromBytes) * 1000.0 / (nowMs - _fromMs);
            _allowedBytes = Math.Max(LeastAllowedBytes, AllowedTimes * Math.Max(current, _previous) * Math.Max(roundTripMs, LeastAllowedMs) / 1000);
        }

        if (_fromMs < 0)
        {
            // What was sent first comes back a round trip later.
            if (acknowledgedBytes > _firstBytes) (_fromMs, _fromBytes) = (nowMs, acknowledgedBytes);
        }
        else if (nowMs - _fromMs >= Math.Max(roundTripMs, LeastSpanMs))
        {
            double rate = (acknowledgedBytes - _fromBytes) * 1000.0 / (nowMs - _fromMs);
            (_fromMs, _fromBytes) = (nowMs, acknowledgedBytes);
            // Two spans together: acknowledgements come in bursts.
            _best = Math.Max(_best, _previous > 0 ? (rate + _previous) / 2 : 0);
            bool settled = _beforePrevious > 0 && rate < Settled * _previous && _previous < Settled * _beforePrevious;
            (_beforePrevious, _previous) = (_previous, rate);
            if (settled) return false;
        }

        return nowMs < _endMs;
    }

    /// <summary>False: enough is on its way for now.</summary>
    public bool TryFill(ref OutgoingFrame frame)
    {
        if (_filledBytes - _acknowledgedBytes > _allowedBytes) return false;
        frame = new OutgoingFrame { Lease = OutgoingFrame.NoLease, Payload = s_filler };
        frame.Header.Kind = FrameKind.Filler;
        frame.Header.Length = (uint)Math.Clamp((int)(_previous / Lanes / 1000 * FrameMs) & ~0xFFF, LeastFrameBytes, MostFrameBytes);
        _filledBytes += frame.ByteCount;
        return true;
    }

    /// <summary>Tells what was measured, in bytes per second; 0: nothing got through.</summary>
    public double End()
    {
        double rate = Math.Max(_best, _previous);
        _measured(rate);
        return rate;
    }

    private static byte* Filler()
    {
        byte* bytes = NativeBlock.Allocate(MostFrameBytes);
        RandomNumberGenerator.Fill(new Span<byte>(bytes, MostFrameBytes));
        return bytes;
    }
}
