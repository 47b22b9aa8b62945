using System.Collections.Immutable;
using Collectives.Membership.Messages;

namespace Collectives.Membership.Observation;

/// <summary>
/// What a member has reported, and the rates that follow from two reports. A report follows a heartbeat, unless there is
/// nothing new: two heartbeats without one between them say that nothing had moved when the first was sent.
/// </summary>
internal sealed class MemberReports
{
    private const long Never = long.MinValue;

    private Report _last = Report.Empty;
    private ImmutableArray<LinkRates> _rates = [];
    private long _reportedAt = Never;
    private long _beatAt = Never;

    // The latest time at which the last report is known to have been true.
    private long _trueAt = Never;
    private bool _reportedSinceBeat;

    public void Beat(long now)
    {
        if (!_reportedSinceBeat && _beatAt != Never)
        {
            _trueAt = Math.Max(_trueAt, _beatAt);
            _rates = _rates.Any(rates => rates != default) ? [.. _rates.Select(_ => default(LinkRates))] : _rates;
        }

        _reportedSinceBeat = false;
        _beatAt = now;
    }

    public void Take(Report report, long now)
    {
        var rates = ImmutableArray.CreateBuilder<LinkRates>(report.Links.Length);
        foreach (LinkReport link in report.Links) rates.Add(_trueAt == Never || now <= _trueAt ? default : RatesOf(link, now - _trueAt));
        (_last, _rates) = (report, rates.MoveToImmutable());
        _reportedAt = _trueAt = now;
        _reportedSinceBeat = true;
    }

    public ImmutableArray<LinkSnapshot> Links() => [.. _last.Links.Select((link, i) => new LinkSnapshot(link, _rates[i]))];

    /// <summary>Their ages as of now.</summary>
    public ImmutableArray<OperationReport> Operations(long now) =>
        [.. _last.Operations.Select(one => one with { AgeMs = (uint)Math.Min(one.AgeMs + Math.Max(0, now - _reportedAt), uint.MaxValue) })];

    /// <summary>Milliseconds since the last report; -1: there was none.</summary>
    public long AgeMs(long now) => _reportedAt == Never ? -1 : now - _reportedAt;

    private LinkRates RatesOf(in LinkReport link, long elapsedMs)
    {
        LinkReport before = default;
        foreach (LinkReport one in _last.Links)
            if (one.Peer == link.Peer)
                before = one;
        return new LinkRates(PerSecond(before.TxBytes, link.TxBytes, elapsedMs), PerSecond(before.RxBytes, link.RxBytes, elapsedMs));
    }

    /// <summary>A link that was made anew counts from zero again.</summary>
    private static double PerSecond(ulong before, ulong after, long elapsedMs) =>
        (after >= before ? after - before : after) * 1000.0 / elapsedMs;
}

/// <summary>Bytes per second, headers included, between a member's last two reports.</summary>
public readonly record struct LinkRates(double Tx, double Rx);
