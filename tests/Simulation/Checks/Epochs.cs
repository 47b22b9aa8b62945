using Collectives.Communication.Operations;
using Collectives.Membership;
using Collectives.Transport;

namespace Collectives.Simulation.Tests.Checks;

/// <summary>
/// The epochs that members have been active in: a number has one roster and one epoch before it, and those in which anything
/// has ended form one line. Members may be alone in an epoch that the others never hear of, as long as nothing ends there.
/// </summary>
internal sealed class Epochs
{
    private readonly SortedDictionary<ulong, Roster> _rosters = [];
    private readonly Dictionary<ulong, ulong> _before = [];
    private readonly SortedSet<ulong> _ended = [];

    public int Count => _rosters.Count;

    /// <summary>Epochs in another order than that of ranks, and those of several rings.</summary>
    public int Reordered => _rosters.Values.Count(roster => roster.Rings.Length > 0);

    public int WithSeveralRings => _rosters.Values.Count(roster => roster.Rings.Length > 1);

    public Roster RosterOf(ulong number) =>
        _rosters.TryGetValue(number, out Roster? roster) ? roster : throw new ViolationException($"nobody has been active in epoch {number}");

    public bool Knows(Roster roster) => _rosters.TryGetValue(roster.Epoch, out Roster? known) && known.Members.AsSpan().SequenceEqual(roster.Members.AsSpan());

    /// <summary>A member is active in it, and was in the other one before, if in any.</summary>
    public void Hear(Epoch? before, Epoch epoch)
    {
        if (!_rosters.TryAdd(epoch.Number, epoch.Roster) && (!_rosters[epoch.Number].Members.AsSpan().SequenceEqual(epoch.Roster.Members.AsSpan()) || !_rosters[epoch.Number].Rings.AsSpan().SequenceEqual(epoch.Roster.Rings.AsSpan())))
            throw new ViolationException($"there are two epochs {epoch.Number}: {_rosters[epoch.Number]} and {epoch.Roster}");
        if (before is null) return;
        if (before.Number >= epoch.Number) throw new ViolationException($"epoch {before.Number} is followed by {epoch.Number}");
        if (!_before.TryAdd(epoch.Number, before.Number) && _before[epoch.Number] != before.Number)
            throw new ViolationException($"epoch {epoch.Number} follows {_before[epoch.Number]}, and elsewhere {before.Number}");
    }

    /// <summary>Whether the others have gone on from that epoch without the member, as far as anybody has heard.</summary>
    public bool IsLeftBehind(MemberId member, ulong number)
    {
        foreach ((ulong next, ulong before) in _before)
        {
            if (before >= number && next > number && _rosters[next].RankOf(member) < 0) return true;
        }

        return false;
    }

    /// <summary>An operation has ended well in it.</summary>
    public void HearEnd(ulong number) => _ended.Add(number);

    public void Conclude()
    {
        ulong last = 0;
        foreach (ulong number in _ended)
        {
            ulong ancestor = number;
            while (ancestor > last && _before.TryGetValue(ancestor, out ulong before)) ancestor = before;
            // One to which nobody came from another one begins a line: a group of newcomers, once the others are gone.
            if (ancestor < last) throw new ViolationException($"operations have ended in epochs {last} and {number}, and neither follows from the other");
            last = number;
        }
    }
}
