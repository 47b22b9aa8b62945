using Collectives.Simulation.Tests.Members;
using Collectives.Simulation.Tests.Time;

namespace Collectives.Simulation.Tests.Wires;

/// <summary>A connection that a member makes to a coordinator; the handshake is one message there and one back.</summary>
internal sealed class ControlLine
{
    private readonly SimulatedSession _member;
    private readonly SimulatedCoordinator _coordinator;

    public ControlLine(Timeline timeline, Reach reach, Delay delay, SimulatedSession member, SimulatedCoordinator coordinator)
    {
        (_member, _coordinator) = (member, coordinator);
        Up = new ControlPipe(timeline, delay, toCoordinator: true,
            () => coordinator.IsPaused || reach.IsApart(member.Id, coordinator.Id), message => coordinator.Hear(this, message));
        Down = new ControlPipe(timeline, delay, toCoordinator: false,
            () => member.IsStopped || reach.IsApart(member.Id, coordinator.Id), message => member.Hear(this, message));
        reach.Healed += Up.Pump;
        reach.Healed += Down.Pump;
    }

    public ControlPipe Up { get; }

    public ControlPipe Down { get; }

    public SimulatedSession Member => _member;

    public SimulatedCoordinator Coordinator => _coordinator;

    /// <summary>The session's number at the coordinator, once it has been accepted there.</summary>
    public long Number { get; set; }

    /// <summary>The member hears and says no more.</summary>
    public bool IsClosedByMember { get; private set; }

    /// <summary>The coordinator hears and says no more.</summary>
    public bool IsClosedByCoordinator { get; private set; }

    public void CloseByMember()
    {
        IsClosedByMember = true;
        Down.Drop();
        Up.Send(null);
    }

    /// <summary>After what was sent.</summary>
    public void CloseByCoordinator()
    {
        if (IsClosedByCoordinator) return;
        IsClosedByCoordinator = true;
        Down.Send(null);
    }

    /// <summary>The member's process is gone: what it has sent last gets through, or not.</summary>
    public void LoseMember(bool isReset)
    {
        IsClosedByMember = true;
        Down.Drop();
        if (isReset) Up.Break();
        else Up.Send(null);
    }

    /// <summary>The coordinator's process is gone.</summary>
    public void LoseCoordinator(bool isReset)
    {
        IsClosedByCoordinator = true;
        Up.Drop();
        if (isReset) Down.Break();
        else Down.Send(null);
    }

    /// <summary>A machine is gone, and nothing says so to the other side.</summary>
    public void FallSilent()
    {
        Up.Drop();
        Down.Drop();
    }

    /// <summary>Both sides live and lose the connection.</summary>
    public void Reset()
    {
        Up.Break();
        Down.Break();
    }

    public override string ToString() => $"session {Number} of {_member.Id}";
}
