using Collectives.Membership.Coordination;
using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Membership.Tests.Coordination;

/// <summary>A coordinator's state machine with a virtual clock, and what it said to whom.</summary>
internal sealed class World : ICoordinatorOutputs
{
    private readonly Dictionary<long, List<ControlMessage>> _said = [];
    private readonly HashSet<long> _closed = [];

    public World(CoordinatorRules? rules = null)
    {
        Rules = rules ?? new CoordinatorRules();
        State = new CoordinatorState(Rules, this);
    }

    public CoordinatorRules Rules { get; }

    public CoordinatorState State { get; private set; }

    public long Now { get; private set; }

    public List<string> Notes { get; } = [];

    public Action<long, ControlMessage>? OnSend { get; set; }

    public Action<long>? OnClose { get; set; }

    public static MemberId Id(int number) => new((ulong)(number + 1) << 32, 1);

    /// <summary>A session and a registration in one; the session's number is the member's.</summary>
    public void Register(int member, uint min, uint group = 0, ulong epoch = 0, uint heartbeatMs = 0, string host = "", long? session = null,
        RegisterFlags flags = RegisterFlags.None, ulong known = 0, ulong highest = 0, ulong confirmed = 0, ushort coordinators = 1, bool looked = true)
    {
        if (looked && coordinators > 1) flags |= RegisterFlags.HasLooked;
        _closed.Remove(session ?? member);
        State.Connected(session ?? member, Id(member), group, epoch, "10.0.0." + member, Now);
        Say(session ?? member, new Register(min, heartbeatMs, flags, known, highest, confirmed, coordinators, host, 4000));
    }

    /// <summary>So many members register, which are to begin together. One looks at the other coordinators, if there are any, before they do.</summary>
    public void Gather(int members, ushort coordinators = 1)
    {
        for (int member = 0; member < members; member++) Register(member, (uint)members, coordinators: coordinators);
        if (coordinators > 1) Register(0, (uint)members, coordinators: coordinators);
    }

    /// <summary>All sessions are gone; another coordinator, which knows nothing, answers from now on.</summary>
    public void Restart() => State = new CoordinatorState(Rules, this);

    public void Say(long session, ControlMessage message) => State.Received(session, message, Now);

    public void Drop(long session) => State.Disconnected(session, "test", Now);

    /// <summary>All members of the epoch that was last announced to that session say that they are ready.</summary>
    public ulong AllReady(long session)
    {
        Roster roster = Last<Form>(session).Roster;
        foreach (RosterMember place in roster.Members) Say((long)(place.Id.High >> 32) - 1, new Ready(roster.Epoch));
        return roster.Epoch;
    }

    /// <summary>Those sessions answer the settlement that they were asked for last, with no operations in flight. Returns its epoch.</summary>
    public ulong SettleAll(params long[] sessions)
    {
        foreach (long session in sessions) Say(session, new Settled(Last<Settle>(session).Epoch, []));
        return Last<Verdict>(sessions[0]).Epoch;
    }

    /// <summary>Lets the time pass, tick by tick as they fall due; members in <paramref name="alive"/> keep sending heartbeats.</summary>
    public void Advance(int milliseconds, params long[] alive)
    {
        long end = Now + milliseconds;
        while (Now < end)
        {
            Now = Math.Clamp(State.NextDue, Now + 1, Math.Min(end, Now + 200));
            foreach (long session in alive) Say(session, Heartbeat.Instance);
            State.Tick(Now);
        }
    }

    public IReadOnlyList<ControlMessage> Said(long session) => _said.TryGetValue(session, out List<ControlMessage>? said) ? said : [];

    public T Last<T>(long session)
        where T : ControlMessage => Said(session).OfType<T>().Last();

    public int Count<T>(long session)
        where T : ControlMessage => Said(session).OfType<T>().Count();

    public bool IsClosed(long session) => _closed.Contains(session);

    public void Send(long session, ControlMessage message)
    {
        if (_closed.Contains(session)) return;
        if (!_said.TryGetValue(session, out List<ControlMessage>? said)) _said.Add(session, said = []);
        said.Add(message);
        OnSend?.Invoke(session, message);
    }

    public void Close(long session)
    {
        if (_closed.Add(session)) OnClose?.Invoke(session);
    }

    public void Note(string line) => Notes.Add(line);
}
