using Collectives.Communication;
using Collectives.Communication.Operations;
using Collectives.Membership.Session;
using Collectives.Simulation.Tests.Time;
using Collectives.Transport;
using Collectives.Transport.InProcess;

namespace Collectives.Simulation.Tests.Members;

/// <summary>
/// A process with one communicator: what <see cref="Communicator"/> ties together, on a simulated loop, links and session, and the
/// program that uses it.
/// </summary>
internal sealed class SimulatedMember : IDisposable
{
    private const int ScratchBlocks = 8;
    private const int SharedFromBytes = 40;

    private Epoch? _seen;

    public SimulatedMember(World world, int index, int minMembers)
    {
        (World, Index) = (world, index);
        Id = new MemberId(((ulong)world.Timeline.Random.Next(1, 256) << 56) | ((ulong)index << 32), 1);
        Loop = new SimulatedLoop(world.Timeline) { Pace = world.Shape.Wake, Observe = Observe };
        // Of its small buffers, some are divided and some are not.
        Engine = new OperationEngine(Loop, ScratchBlocks, ScratchBlocks) { SharedFromBytes = SharedFromBytes };
        Network = new InProcessNetwork(Loop, Engine, Id, world.Fabric, connectMs: 4000, reconnectMs: Math.Max(1, world.Shape.HeartbeatMs / 2));
        Flow = new MembershipFlow(Loop, Engine, Network, Id);
        SessionSettings settings = new()
        {
            Coordinators = "",
            Member = Id,
            MinMembers = minMembers,
            Port = Network.Port,
            HeartbeatMs = world.Shape.HeartbeatMs,
        };
        Session = new SimulatedSession(world, settings, Flow, () => IsStopped) { Started = HearStarted };
        Program = new MemberProgram(this);
        Loop.Ended = Program.Poke;
    }

    public World World { get; }
    public int Index { get; }
    public MemberId Id { get; }
    public SimulatedLoop Loop { get; }
    public OperationEngine Engine { get; }
    public InProcessNetwork Network { get; }
    public MembershipFlow Flow { get; }
    public SimulatedSession Session { get; }
    public MemberProgram Program { get; }
    public List<Call> Calls { get; } = [];

    public bool IsDead { get; private set; }

    public bool IsStopped { get; private set; }

    /// <summary>It is about to leave while the others go on.</summary>
    public bool IsLeaving => Program.IsToLeave;

    /// <summary>It has, and others may have died at the same time: what it has returned binds nobody.</summary>
    public bool HasLeftOthers => !World.Shape.BindsLeavers && Program is { IsToLeave: true, HasEnded: true };

    /// <summary>It dies after so many more messages in which an operation is in flight: anywhere in the middle of one. 0: not.</summary>
    public int DiesAfter { get; set; }

    public void Begin()
    {
        if (IsDead) return;
        World.Trace?.Add($"{this} begins");
        Loop.Start();
        Session.Begin();
    }

    /// <summary>The process or, silently, its machine is gone. What it has sent last gets through, or not.</summary>
    public void Kill(string how, bool isSilent)
    {
        if (IsDead || Program.HasEnded) return;
        World.Trace?.Add($"{this} {how}");
        IsDead = true;
        Loop.Kill();
        Session.Kill(isSilent, isReset: World.Timeline.Chance(0.5));
        foreach (SimulatedMember other in World.Members)
        {
            if (other != this && !other.IsDead) World.Timeline.After(isSilent ? World.UserTimeoutMs * 1000L : World.Shape.Link.Draw(World.Timeline), () => other.Network.Cut(Id));
        }
    }

    public void Stop()
    {
        IsStopped = true;
        Loop.Stop();
    }

    public void Resume()
    {
        if (!IsStopped || IsDead) return;
        World.Trace?.Add($"{this} runs again");
        IsStopped = false;
        Loop.Resume();
        Session.Resume();
        Program.Poke();
    }

    public void Dispose()
    {
        foreach (Call call in Calls) call.Dispose();
        Engine.Dispose();
        Flow.Dispose();
    }

    public override string ToString() => Id.ToString();

    private void HearStarted(Fault fault) => World.Timeline.After(World.Shape.Wake.Draw(World.Timeline), () =>
    {
        if (!IsDead && fault.IsNone) Flow.Attach(Session);
    });

    /// <summary>Sees every epoch that the member has been active in.</summary>
    private void Observe()
    {
        if (!ReferenceEquals(Engine.Epoch, _seen))
        {
            World.Judge.HearEpoch(this, _seen, Engine.Epoch!);
            _seen = Engine.Epoch;
        }

        if (DiesAfter > 0 && Engine.OpenOperations > 0 && --DiesAfter == 0) Kill("dies amid an operation", isSilent: false);
    }
}
