using Collectives.Membership;
using Collectives.Membership.Messages;
using Collectives.Membership.Session;
using Collectives.Simulation.Tests.Wires;
using Collectives.Transport;

namespace Collectives.Simulation.Tests.Members;

/// <summary>A member's session: the real protocol (<see cref="SessionState"/>) on simulated connections, as by a thread of its own.</summary>
internal sealed class SimulatedSession : ICoordinatorSession, ISessionOutputs
{
    private readonly World _world;
    private readonly Func<bool> _isStopped;
    private readonly SessionSettings _settings;
    private readonly SessionState _state;
    private readonly Queue<ControlMessage> _submitted = new();
    private long _tickAtMs = long.MaxValue;
    private readonly Dictionary<ulong, MemberId> _probed = [];
    private ControlLine? _line;
    private Roster? _roster;

    public SimulatedSession(World world, SessionSettings settings, ICoordinatorListener listener, Func<bool> isStopped)
    {
        (_world, _settings, _isStopped) = (world, settings, isStopped);
        string[] names = world.Coordinators.Select(coordinator => coordinator.Name).ToArray();
        _state = new SessionState(settings, names, listener, this);
    }

    public MemberId Id => _settings.Member;

    public bool IsStopped => _isStopped();

    public bool IsDead { get; private set; }

    public SessionPhase Phase => _state.Phase;

    /// <summary>The first registration has succeeded, or never will.</summary>
    public Action<Fault>? Started { get; set; }

    public void Begin()
    {
        Turn(() => _state.Begin(_world.Now));
        if (_world.Lines is not null) ReportLater();
    }

    /// <summary>The member's process is gone.</summary>
    public void Kill(bool isSilent, bool isReset)
    {
        IsDead = true;
        if (isSilent) _line?.FallSilent();
        else _line?.LoseMember(isReset);
        _line = null;
    }

    /// <summary>The connection breaks, and both sides live.</summary>
    public void Reset() => _line?.Reset();

    /// <summary>As SessionLoop does when its thread comes to itself.</summary>
    public void Resume() => Turn(() =>
    {
        DrainSubmitted();
        _line?.Down.Pump();
        _state.Tick(_world.Now);
    });

    public void Ready(Ready ready) =>
        Submit(_world.Lines is { } lines && _roster?.Epoch == ready.Epoch ? ready with { RoundTrips = lines.FarFrom(Id, _roster) } : ready);

    /// <summary>A simulated link knows of no rate: the lines do, after a while.</summary>
    public void Probed(Probed answer)
    {
        if (_world.Lines is not { } lines || !_probed.Remove(answer.Number, out MemberId peer))
        {
            Submit(answer);
            return;
        }

        _world.Timeline.After(_world.Timeline.Random.Next(5_000, 120_000), () =>
            Submit(answer with { Rate = (ulong)lines.Rate(Id, peer, _world.Now), RoundTripUs = lines.RoundTripUs(Id, peer) }));
    }

    public void Unreachable(ulong epoch, MemberId member, string reason, bool isUp = false) => Submit(new Unreachable(epoch, member, reason, isUp));

    public void Links(Links links) => Submit(links);

    public void Update(ulong epoch, ulong operations) => Submit(new Update(epoch, operations));

    public void Settled(Settled answer) => Submit(answer);

    public void Late(Late late) => Submit(late);

    public void Inquired(Inquired answer) => Submit(answer);

    public void Recalled(Recalled answer) => Submit(answer);

    public void Leave() => Submit(Membership.Messages.Leave.Instance);

    /// <summary>What comes over the connection; null: its end.</summary>
    public void Hear(ControlLine line, ControlMessage? message)
    {
        if (_line != line) return;
        if (message is not null)
        {
            _world.Trace?.Add($"{Id} hears {Words.Of(message)}");
            if (message is Form form) _roster = form.Roster;
            else if (message is Probe probe) _probed[probe.Number] = probe.Peer;
            Turn(() => _state.Received(message, _world.Now));
            return;
        }

        HangUp();
        Turn(() => _state.Closed(new Fault(Status.Coordinator, "the other side closed the connection"), _world.Now));
    }

    /// <summary>The coordinator has taken the connection.</summary>
    public void Open(ControlLine line)
    {
        if (_line == line) Turn(() => _state.Opened(_world.Now));
    }

    /// <summary>Nobody listens there, or the connection was lost on the way.</summary>
    public void FailToDial(ControlLine line)
    {
        if (_line != line) return;
        HangUp();
        Turn(() => _state.DialFailed(new Fault(Status.Coordinator, "connection refused"), _world.Now));
    }

    void ISessionOutputs.Dial(int coordinator, ulong epoch)
    {
        SimulatedCoordinator at = _world.Coordinators[coordinator];
        ControlLine line = new(_world.Timeline, _world.Reach, _world.Shape.Control, this, at);
        _line = line;
        _world.Timeline.After(_world.Shape.Control.Draw(_world.Timeline), () => at.Accept(line, _settings.Group, epoch));
    }

    void ISessionOutputs.Send(ControlMessage message) => _line?.Up.Send(ControlFrame.Encode(message));

    void ISessionOutputs.HangUp() => HangUp();

    void ISessionOutputs.Started(Fault fault) => Started?.Invoke(fault);

    private void ReportLater() => _world.Timeline.After(_world.Timeline.Random.Next(500_000, 1_500_000), () =>
    {
        if (IsDead || _state.Phase == SessionPhase.Ended) return;
        if (!IsStopped && _roster is not null) Submit(_world.Lines!.Report(Id, _roster, _world.Now));
        ReportLater();
    });

    private void HangUp()
    {
        _line?.CloseByMember();
        _line = null;
    }

    private void Submit(ControlMessage message)
    {
        _submitted.Enqueue(message);
        _world.Timeline.After(_world.Shape.Wake.Draw(_world.Timeline), () =>
        {
            if (!IsStopped) Turn(DrainSubmitted);
        });
    }

    private void DrainSubmitted()
    {
        while (_submitted.TryDequeue(out ControlMessage? message))
        {
            _world.Trace?.Add($"{Id} says {Words.Of(message)}");
            _state.Submit(message, _world.Now);
        }
    }

    /// <summary>Something for the session's thread to do; then it sleeps until the next is due.</summary>
    private void Turn(Action act)
    {
        if (IsDead) return;
        act();
        long dueMs = _state.NextDue;
        if (dueMs >= _tickAtMs || dueMs == long.MaxValue) return;
        _tickAtMs = dueMs;
        _world.Timeline.At(dueMs * 1000, () =>
        {
            if (_tickAtMs == dueMs) _tickAtMs = long.MaxValue;
            if (!IsStopped) Turn(() => _state.Tick(_world.Now));
        });
    }
}
