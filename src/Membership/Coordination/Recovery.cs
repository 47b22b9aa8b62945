using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Membership.Coordination;

/// <summary>
/// What members say of an epoch that this coordinator does not know, because it was started after it, or was away while
/// another one led the group. It is taken up once most of the members of the highest epoch are here.
/// </summary>
internal sealed class Recovery
{
    private readonly Dictionary<MemberId, ulong> _claims = [];

    /// <summary>The epoch that this coordinator has led until all of its members were lost, or null. No older one is taken up.</summary>
    public Recalled? LastLed { get; set; }

    /// <summary>Who was asked for the highest epoch, if anybody.</summary>
    public MemberId? Asked { get; set; }

    /// <summary>What was said of the highest epoch.</summary>
    public Recalled? Account { get; private set; }

    public ulong Highest => _claims.Count == 0 ? 0 : Math.Max(_claims.Values.Max(), LastLed?.Roster.Epoch ?? 0);

    public bool WasLedHere => Account is not null && ReferenceEquals(Account, LastLed);

    public IEnumerable<MemberId> Claimants => _claims.Keys;

    public bool Has(MemberId member) => _claims.ContainsKey(member);

    public ulong EpochOf(MemberId member) => _claims.GetValueOrDefault(member);

    public void Claim(MemberId member, ulong epoch) => _claims[member] = epoch;

    /// <summary>False if it had claimed nothing.</summary>
    public bool Withdraw(MemberId member)
    {
        if (Asked == member) Asked = null;
        if (!_claims.Remove(member)) return false;
        if (Account?.Roster.Epoch != Highest) Account = null;
        return true;
    }

    /// <summary>A member to ask for the highest epoch, or null: it is known, or being asked for.</summary>
    public MemberId? ChooseToAsk()
    {
        if (Account?.Roster.Epoch == Highest || (Asked is { } asked && EpochOf(asked) == Highest)) return null;
        Account = null;
        Asked = null;
        if (LastLed?.Roster.Epoch == Highest)
        {
            Account = LastLed;
            return null;
        }

        Asked = _claims.First(claim => claim.Value == Highest).Key;
        return Asked;
    }

    /// <summary>False if the answer is none to what was asked. One that comes late, when another member is asked, is ignored.</summary>
    public bool Answer(MemberId member, Recalled account)
    {
        if (Asked != member) return true;
        if (account.Roster.Epoch != EpochOf(member) || account.Roster.RankOf(member) < 0) return false;
        if (account.Verdict is { } verdict && (verdict.Epoch != account.Roster.Epoch || verdict.Previous != account.Previous)) return false;
        Account = account;
        return true;
    }
}
