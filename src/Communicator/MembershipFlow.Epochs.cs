using Collectives.Algorithms.Schedules;
using Collectives.Communication.Operations;
using Collectives.Membership;
using Collectives.Membership.Messages;
using Collectives.Transport;
using Collectives.Transport.Faults;

namespace Collectives.Communication;

/// <summary>Epochs as they form, become active and end, and the links that they need.</summary>
internal sealed partial class MembershipFlow
{
    /// <summary>A roster to connect to; a later one replaces it.</summary>
    private void Prepare(Form form)
    {
        if (!_closed.IsNone || form.Roster.Epoch <= _engine.Epoch?.Number) return;
        if (form.Roster.Equals(_forming?.Roster))
        {
            // A coordinator that this member is new to, or back at, does not know yet what it has said.
            _saidReady = false;
            CheckReady();
            return;
        }

        Epoch epoch = new(form.Roster, _self);
        if (epoch.Rank < 0) return;
        FaultHook.Pass(FaultPoint.Forming);
        if (_forming is not null) Retire(_forming);
        _forming = epoch;
        _saidReady = false;
        _epochs.Add(epoch);
        Connect(epoch);
        CheckReady();
    }

    /// <summary>Takes the links that the epoch needs, and makes those that are missing.</summary>
    private void Connect(Epoch epoch)
    {
        for (int rank = 0; rank < epoch.World; rank++)
        {
            if (!LinkSchedule.Needs(epoch.Rank, rank, epoch.World)) continue;
            RosterMember member = epoch.Roster[rank];
            Peer peer = _engine.PeerOf(member.Id, _network.Open(member.Id, member.Host, member.Port));
            epoch.Attach(rank, peer);
            peer.Uses++;
        }
    }

    private void CheckReady()
    {
        if (_forming is null || _saidReady || _session is null) return;
        foreach (Peer? peer in _forming.Peers)
        {
            if (peer is { Link.IsUp: false }) return;
        }

        FaultHook.Pass(FaultPoint.Ready);
        _saidReady = true;
        SayReady(_forming);
    }

    private void Begin(Activate activate)
    {
        if (!_closed.IsNone) return;
        if (_forming?.Number == activate.Epoch)
        {
            Epoch? previous = _engine.Epoch;
            (_previous, _hasFailures, _verdict) = (previous?.Number ?? 0, false, null);
            _engine.Activate(Agreed(_forming, activate.Links));
            _forming = null;
            if (previous is not null) Retire(previous);
            FaultHook.Pass(FaultPoint.Active);
        }
        else if (_forming is not null && _engine.Epoch?.Number == activate.Epoch)
        {
            // The epoch stays. What formed under a coordinator that is gone will never be.
            Retire(_forming);
            _forming = null;
        }

        Publish();
        if (_changing) EndChange(Fault.None);
    }

    /// <summary>The epoch with what its members agree on of their links. Nothing has begun in it yet.</summary>
    private Epoch Agreed(Epoch forming, LinkTable links)
    {
        if (links.World != forming.World) return forming;
        Epoch agreed = new(forming.Roster with { Links = links }, _self);
        for (int rank = 0; rank < agreed.World; rank++)
        {
            if (forming.Peers[rank] is { } peer) agreed.Attach(rank, peer);
        }

        _epochs[_epochs.IndexOf(forming)] = agreed;
        return agreed;
    }

    /// <summary>The epoch is over; links that no other epoch uses are closed once its operations have ended.</summary>
    private void Retire(Epoch epoch)
    {
        if (epoch.OpenOperations > 0)
        {
            epoch.WhenIdle = () => Post(() => Retire(epoch));
            return;
        }

        if (!_epochs.Remove(epoch)) return;
        foreach (Peer? peer in epoch.Peers)
        {
            if (peer is null || --peer.Uses > 0) continue;
            _network.Close(peer.Link);
            _engine.Remove(peer);
            _lostLinks.Remove(peer);
        }

        _network.RetainRelays(member => _epochs.Exists(each => each.Roster.RankOf(member) >= 0));
    }

    private IEnumerable<string> MissingLinks(Epoch epoch)
    {
        for (int rank = 0; rank < epoch.World; rank++)
        {
            if (epoch.Peers[rank] is { Link.IsUp: false }) yield return epoch.Describe(rank);
        }
    }
}
