using Collectives.Membership.Messages;
using Collectives.Membership.Session;
using Collectives.Transport;

namespace Collectives.Membership.Coordination;

/// <summary>
/// The coordinator without sockets, threads or a clock of its own: events come in with the time, in
/// milliseconds, and what follows from them goes to the outputs. It knows sessions and their silence; what a
/// group does with its members is GroupState's.
/// </summary>
public sealed class CoordinatorState(CoordinatorRules rules, ICoordinatorOutputs outputs, long startedAt = 0)
{
    /// <summary>A tick that comes so much too late means that this process slept, not that the members did.</summary>
    private const int OversleptMs = 500;

    private readonly Dictionary<long, Attachment> _attachments = [];
    private readonly Dictionary<uint, GroupState> _groups = [];
    private readonly EndedGroups _ended = new();
    private ulong _epochFloor;
    private long _order;
    private long _sweepAt = long.MinValue;

    /// <summary>When Tick has something to do next. An event may bring it forward.</summary>
    public long NextDue { get; private set; } = long.MaxValue;

    public int SessionCount => _attachments.Count;

    /// <summary>Members stand still, and wait for a verdict.</summary>
    public bool IsSettling => _groups.Values.Any(group => group.Settling is not null || group.IsInquiring);

    internal IReadOnlyDictionary<uint, GroupState> Groups => _groups;

    /// <summary>A session whose two sides have proved themselves to each other.</summary>
    public void Connected(long session, MemberId member, uint group, ulong epoch, string observedHost, long now)
    {
        if (_attachments.Count >= rules.MaxSessions)
        {
            outputs.Send(session, new Refused(RefusedCode.Registration, $"this coordinator holds {rules.MaxSessions} sessions and takes no more"));
            outputs.Close(session);
            return;
        }

        _attachments.Add(session, new Attachment(session, member, group, epoch, observedHost, rules.HeartbeatMs, now));
        if (_sweepAt == long.MinValue) _sweepAt = now;
        NextDue = Math.Min(NextDue, _sweepAt = Math.Min(_sweepAt, now + SweepMs(rules.HeartbeatMs)));
    }

    public void Disconnected(long session, string why, long now)
    {
        if (!_attachments.Remove(session, out Attachment? gone)) return;
        if (gone.Member is not null) Lose(gone, LossReason.Disconnected, $"its session with the coordinator ended ({why})", now);
    }

    public void Received(long session, ControlMessage message, long now)
    {
        if (!_attachments.TryGetValue(session, out Attachment? from)) return;
        from.LastHeard = now;
        if (message is Register register)
        {
            Register(from, register, now);
        }
        else if (from.Member is null)
        {
            Refuse(from, RefusedCode.Protocol, $"expected Register as a session's first message, found {message.Kind}");
        }
        else
        {
            switch (message)
            {
                case Ready ready:
                    from.Group!.Ready(from.Member, ready, now);
                    break;
                case Unreachable complaint:
                    from.Group!.Complain(from.Member, complaint, now);
                    break;
                case Links links:
                    from.Group!.NoteLinks(from.Member, links, now);
                    break;
                case Update update:
                    from.Group!.Update(from.Member, update, now);
                    break;
                case Settled settled:
                    from.Group!.Settled(from.Member, settled, now);
                    break;
                case Recalled recalled:
                    from.Group!.Recalled(from.Member, recalled, now);
                    break;
                case Late late:
                    from.Group!.Late(from.Member, late, now);
                    break;
                case Probed probed:
                    from.Group!.Probed(from.Member, probed, now);
                    break;
                case Inquired inquired:
                    from.Group!.Inquired(from.Member, inquired, now);
                    break;
                case Heartbeat:
                    from.Member.Reports.Beat(now);
                    break;
                case Report report:
                    from.Group!.Report(from.Member, report, now);
                    break;
                case Leave:
                    _attachments.Remove(session);
                    outputs.Close(session);
                    Lose(from, LossReason.Left, "it left", now);
                    return;
            }

            Touched(from.Group!);
        }
    }

    public void Tick(long now)
    {
        if (now < NextDue) return;
        if (now >= _sweepAt) Sweep(now);
        foreach (GroupState group in _groups.Values.Where(group => group.NextDue <= now).ToArray())
        {
            group.Tick(now);
            Touched(group);
        }

        NextDue = _attachments.Count == 0 ? long.MaxValue : _sweepAt;
        foreach (GroupState group in _groups.Values) NextDue = Math.Min(NextDue, group.NextDue);
    }

    // ---- registration

    private void Register(Attachment from, Register register, long now)
    {
        string problem = from.Member is not null ? "it has registered already" : Check(register, from.ObservedHost);
        if (problem.Length > 0)
        {
            Refuse(from, RefusedCode.Registration, "registration refused: " + problem);
            if (from.Member is not null) Lose(from, LossReason.Disconnected, problem, now);
            return;
        }

        from.HeartbeatMs = register.HeartbeatMs == 0 ? rules.HeartbeatMs : (int)register.HeartbeatMs;
        from.BeatAt = now + (from.HeartbeatMs / 3);
        _sweepAt = Math.Min(_sweepAt, now + SweepMs(from.HeartbeatMs));
        NextDue = Math.Min(NextDue, _sweepAt);

        _groups.TryGetValue(from.GroupNumber, out GroupState? group);
        MemberState? known = group?.Members.GetValueOrDefault(from.MemberId);
        if (from.PresentedEpoch != 0 && known is { Standing: Standing.Active } && group!.IsActiveIn(from.PresentedEpoch))
        {
            Resume(from, group, known, register, now);
            return;
        }

        if (known is not null)
        {
            EndFormerSession(known);
            if (from.PresentedEpoch == 0 || !group!.IsReturning(known.Id)) group!.Lose(known, LossReason.Restarted, "it registered anew", now);
            Touched(group);
        }

        if (from.PresentedEpoch == 0) Admit(from, register, now);
        else Return(from, register, now);
    }

    private void Admit(Attachment from, Register register, long now)
    {
        if (register.Coordinators > 1 && (register.Flags & RegisterFlags.HasLooked) == 0 && _groups.GetValueOrDefault(from.GroupNumber) is not { IsHome: true })
        {
            Refuse(from, RefusedCode.NoMajority, $"no epoch of group {from.GroupNumber} is led from here, but one may be from another coordinator of the list");
            return;
        }

        GroupState group = Enter(from, register, now);
        outputs.Send(from.Session, new Registered((uint)from.HeartbeatMs, group.Active?.Number ?? 0));
        group.Join(from.Member!, register.KnownEpoch, HoldMs(from, register), now);
        Touched(group);
    }

    /// <summary>A member that is active in an epoch which is not the active one here: it, or this coordinator, was away.</summary>
    private void Return(Attachment from, Register register, long now)
    {
        GroupState group = Enter(from, register, now);
        bool isBack = group.CanReinstate(from.MemberId, from.PresentedEpoch);
        if (group.HasGoneOnWithout(from.MemberId, from.PresentedEpoch) && !isBack)
        {
            _attachments.Remove(from.Session);
            string text = $"group {from.GroupNumber}: member {from.MemberId} says that it is active in epoch {from.PresentedEpoch}; "
                + "the others have gone on without it since its session with the coordinator ended";
            outputs.Send(from.Session, new Evicted(LossReason.Disconnected, text));
            outputs.Close(from.Session);
            outputs.Note(text);
            Touched(group);
            return;
        }

        outputs.Send(from.Session, new Registered((uint)from.HeartbeatMs, group.Active?.Number ?? 0));
        if (isBack) group.Reinstate(from.Member!, from.PresentedEpoch, now);
        else group.Claim(from.Member!, from.PresentedEpoch, now);
        Touched(group);
    }

    /// <summary>
    /// At a standby, or if another coordinator of the list is gone, as long as members take to notice that it is, and to come here: a newcomer
    /// that was just refused there is sooner.
    /// </summary>
    private int HoldMs(Attachment from, Register register) =>
        register.Coordinators == 1 ? 0
        : (register.Flags & (RegisterFlags.AtStandby | RegisterFlags.HasMissed)) != 0 ? from.HeartbeatMs + rules.HoldMs
        : rules.HoldMs;

    private GroupState Enter(Attachment from, Register register, long now)
    {
        if (!_groups.TryGetValue(from.GroupNumber, out GroupState? group))
        {
            group = new GroupState(from.GroupNumber, _epochFloor, _ended.Take(from.GroupNumber), startedAt + rules.HoldMs, rules, outputs);
            _groups.Add(from.GroupNumber, group);
        }

        var place = new RosterMember(from.MemberId, register.Host.Length > 0 ? register.Host : from.ObservedHost, register.Port);
        from.Group = group;
        from.Member = new MemberState(place, (int)register.MinMembers, _order++)
        {
            Session = from.Session,
            Since = now,
            HasStandby = register.Coordinators > 1,
            IsAtStandby = (register.Flags & RegisterFlags.AtStandby) != 0,
            StandsStill = (register.Flags & RegisterFlags.StandsStill) != 0,
            Confirmed = register.Confirmed,
        };
        group.Note(register);
        return group;
    }

    private void Resume(Attachment from, GroupState group, MemberState known, Register register, long now)
    {
        EndFormerSession(known);
        from.Group = group;
        from.Member = known;
        known.Session = from.Session;
        known.HasStandby = register.Coordinators > 1;
        group.Note(register);
        known.Links = null;
        known.StandsStill = (register.Flags & RegisterFlags.StandsStill) != 0;
        known.Confirmed = register.Confirmed;
        outputs.Send(from.Session, new Registered((uint)from.HeartbeatMs, group.Active!.Number));
        group.Brief(known, from.PresentedEpoch, now);
        Touched(group);
    }

    /// <summary>The old connection may be half open: the member noticed its end, this side did not.</summary>
    private void EndFormerSession(MemberState known)
    {
        if (!known.IsHere) return;
        _attachments.Remove(known.Session);
        outputs.Close(known.Session);
    }

    private static string Check(Register register, string observedHost)
    {
        if (register.MinMembers is < 1 or > Roster.MaxMembers)
            return $"min_members: expected 1 to {Roster.MaxMembers}, found {register.MinMembers}";
        if (register.Port == 0) return "port: expected 1 to 65535, found 0";
        if (register.HeartbeatMs != 0 && register.HeartbeatMs is < SessionSettings.MinHeartbeatMs or > SessionSettings.MaxHeartbeatMs)
            return $"heartbeat_ms: expected {SessionSettings.MinHeartbeatMs} to {SessionSettings.MaxHeartbeatMs}, found {register.HeartbeatMs}";
        return AdvertisedHost.Problem(register.Host, observedHost) is { Length: > 0 } problem ? "advertised address: " + problem : "";
    }

    private void Refuse(Attachment from, RefusedCode code, string text)
    {
        _attachments.Remove(from.Session);
        outputs.Send(from.Session, new Refused(code, text));
        outputs.Close(from.Session);
    }

    // ---- silence

    private void Sweep(long now)
    {
        bool overslept = now > _sweepAt + OversleptMs;
        int shortest = rules.HeartbeatMs;
        List<Attachment>? silent = null;
        foreach (Attachment one in _attachments.Values)
        {
            shortest = Math.Min(shortest, one.HeartbeatMs);
            if (overslept) one.LastHeard = now;
            if (now - one.LastHeard > one.HeartbeatMs) (silent ??= []).Add(one);
            if (now < one.BeatAt) continue;
            outputs.Send(one.Session, Heartbeat.Instance);
            one.BeatAt = now + (one.HeartbeatMs / 3);
        }

        foreach (Attachment one in silent ?? [])
        {
            // An earlier loss of this sweep may have ended it already.
            if (!_attachments.Remove(one.Session)) continue;
            string text = $"nothing was heard of it for {now - one.LastHeard} ms, its heartbeat allows {one.HeartbeatMs} ms";
            outputs.Close(one.Session);
            if (one.Member is not null) Lose(one, LossReason.Silent, text, now);
        }

        _sweepAt = now + SweepMs(shortest);
    }

    /// <summary>Often enough that a silence is noticed within a tenth of its length, or a quarter of a second.</summary>
    private static int SweepMs(int heartbeatMs) => Math.Clamp(heartbeatMs / 10, 10, 250);

    // ---- groups

    private void Lose(Attachment gone, LossReason reason, string text, long now)
    {
        gone.Group!.Lose(gone.Member!, reason, text, now);
        Touched(gone.Group);
    }

    private void Touched(GroupState group)
    {
        if (group.HasEvicted) DetachGone(group);
        NextDue = Math.Min(NextDue, group.NextDue);
        if (!group.IsEmpty) return;
        // An empty group is forgotten, its epoch numbers are not: no group that comes later repeats them.
        if (!_groups.Remove(group.Group)) return;
        _epochFloor = Math.Max(_epochFloor, group.LastEpoch);
        if (group.LastLed is { } lastLed) _ended.Add(group.Group, lastLed);
    }

    /// <summary>A group's own evictions end the sessions of those evicted.</summary>
    private void DetachGone(GroupState group)
    {
        group.HasEvicted = false;
        foreach (Attachment one in _attachments.Values.Where(one => one.Group == group && !group.Members.ContainsKey(one.MemberId)).ToArray())
            _attachments.Remove(one.Session);
    }
}
