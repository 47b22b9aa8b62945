using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Membership.Topology;

/// <summary>
/// A new order on trial: what the operations reach in it is compared with what they reached before. A matrix of links can't know
/// everything: two links may share a line that carries only one of them.
/// </summary>
/// <param name="Before">Bytes sent per second by a member; 0: not known, and the order is kept.</param>
/// <param name="Starts">Each member's last report when the trial began.</param>
internal sealed record OrderTrial(MemberOrder Former, MemberOrder Chosen, double Before, IReadOnlyDictionary<MemberId, WorkReport> Starts)
{
    /// <summary>Noise of the measurement.</summary>
    private const double Tolerance = 0.93;

    public static OrderTrial Begin(MemberOrder former, MemberOrder chosen, IReadOnlyDictionary<MemberId, WorkHistory> work) =>
        new(former, chosen, Mean(work.Values.Select(history => history.Latest())), work.ToDictionary(one => one.Key, one => one.Value.Last));

    /// <summary>Null: too early to say.</summary>
    public bool? IsWorse(IReadOnlyDictionary<MemberId, WorkHistory> work)
    {
        if (Before == 0) return false;
        double[] after = [.. work.Where(one => Starts.ContainsKey(one.Key)).Select(one => one.Value.Since(Starts[one.Key]))];
        return after.Length == 0 || after.Any(rate => rate == 0) ? null : Mean(after) < Tolerance * Before;
    }

    /// <summary>Of those that are known.</summary>
    private static double Mean(IEnumerable<double> rates) => rates.Where(rate => rate > 0).DefaultIfEmpty(0).Average();
}
