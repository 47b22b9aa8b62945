using Collectives.Membership.Messages;
using Collectives.Membership.Session;
using Collectives.Membership.Tests.EndToEnd;
using Collectives.Transport;

namespace Collectives.Membership.Tests.Session;

/// <summary>The member's side with a virtual clock.</summary>
public sealed class SessionStateTests : ISessionOutputs
{
    private readonly List<string> _done = [];
    private readonly List<ControlMessage> _sent = [];
    private readonly Listener _listener = new();
    private Fault? _started;

    [Fact]
    public void TheListIsDialedInOrderThenRestsThenAgain()
    {
        SessionState session = Begin();
        session.DialFailed(Unreachable, 10);
        session.DialFailed(Unreachable, 20);
        Assert.Equal(SessionPhase.Resting, session.Phase);
        session.Tick(session.NextDue);
        Assert.Equal(["dial 0 epoch 0", "dial 1 epoch 0", "dial 0 epoch 0"], _done);
    }

    [Fact]
    public void ANewcomerSaysWhetherItHasLookedEverywhereAndIsAtAStandby()
    {
        SessionState session = Begin();
        var elsewhere = new Refused(RefusedCode.NoMajority, "no epoch is led from here");
        session.Opened(10);
        session.Received(elsewhere, 10);
        session.Opened(20);
        session.Received(elsewhere, 20);
        session.Tick(session.NextDue);
        session.Opened(50);
        Assert.Equal([RegisterFlags.None, RegisterFlags.AtStandby, RegisterFlags.HasLooked], _sent.OfType<Register>().Select(register => register.Flags));
    }

    [Fact]
    public void RefusedByAllEndsAtOnceAndUnreachableAtTheDeadline()
    {
        SessionState session = Begin();
        session.DialFailed(new Fault(Status.Refused, "another token"), 10);
        Assert.Null(_started);
        session.DialFailed(new Fault(Status.Refused, "another token"), 20);
        Assert.Equal(Status.Refused, _started!.Value.Status);

        _started = null;
        session = Begin();
        session.DialFailed(Unreachable, 10);
        session.Tick(1000);
        Assert.Equal(Status.Coordinator, _started!.Value.Status);
        Assert.Contains("a:1: refused there; b:2: no answer yet", _started.Value.Message);
        Assert.Equal(SessionPhase.Ended, session.Phase);
    }

    [Fact]
    public void HeartbeatsFollowTheAgreedSilenceAndItsEndIsNoticed()
    {
        SessionState session = Attached(heartbeatMs: 300);
        session.Tick(100);
        Assert.Equal(["Heartbeat"], _done);
        session.Received(Heartbeat.Instance, 150);
        session.Tick(449);
        Assert.Equal(SessionPhase.Attached, session.Phase);
        session.Tick(450);
        Assert.Equal(SessionPhase.Dialing, session.Phase);
        Assert.Equal(["Heartbeat", "Heartbeat", "hang up", "dial 0 epoch 0"], _done);
    }

    [Fact]
    public void AfterALossItPresentsItsEpochAndRepeatsItsOpenUpdate()
    {
        SessionState session = Attached();
        session.Received(new Activate(5), 1);
        session.Submit(new Update(5, 2), 2);
        session.Closed(Unreachable, 3);
        session.Submit(new Ready(6), 4);
        session.Opened(5);
        session.Received(new Registered(3000, 0), 6);
        Assert.Equal(["Update", "dial 0 epoch 5", "Register", "Update"], _done);

        session.Received(new Activate(5), 7);
        _done.Clear();
        session.Closed(Unreachable, 8);
        session.Opened(9);
        session.Received(new Registered(3000, 0), 10);
        Assert.Equal(["dial 0 epoch 5", "Register"], _done);
    }

    [Fact]
    public void AnUpdateIsAskedForAgainIfTheEpochThatFormedForItIsDropped()
    {
        SessionState session = Attached();
        session.Received(new Activate(5), 1);
        session.Submit(new Update(5, 2), 2);
        session.Received(new Form(new Roster(6, [new RosterMember(new MemberId(1, 1), "h", 1)], 2), 1000), 3);
        _done.Clear();
        session.Closed(Unreachable, 4);
        session.Opened(5);
        session.Received(new Registered(3000, 0), 6);
        Assert.Equal(["dial 0 epoch 5", "Register", "Update"], _done);
    }

    [Fact]
    public void ItCountsTheUpdatesThatHaveConfirmedItsEpoch()
    {
        SessionState session = Attached();
        session.Received(new Activate(5), 1);
        for (ulong number = 1; number <= 2; number++)
        {
            session.Submit(new Update(5, 2), 2);
            Assert.Equal(number, _sent.OfType<Update>().Last().Number);
            session.Received(new Activate(5), 3);
        }

        // An answer that nobody has asked for, and a refusal, are not counted.
        session.Received(new Activate(5), 4);
        session.Submit(new Update(5, 3), 5);
        session.Received(new Refused(RefusedCode.Mismatch, "x"), 6);
        // The count goes on over a loss, and is part of what a coordinator is told.
        session.Received(new Verdict(6, 5, [], [], []), 7);
        session.Submit(new Update(6, 4), 8);
        Assert.Equal(new Update(6, 4, 3), _sent[^1]);
        session.Closed(Unreachable, 9);
        session.Opened(10);
        Assert.Equal(2u, _sent.OfType<Register>().Last().Confirmed);
        session.Received(new Registered(3000, 0), 11);
        Assert.Equal(new Update(6, 4, 3), _sent[^1]);

        session.Received(new Activate(7), 12);
        session.Submit(new Update(7, 5), 13);
        Assert.Equal(new Update(7, 5, 1), _sent[^1]);
    }

    [Fact]
    public void AConfirmedEpochStandsStillAsBefore()
    {
        SessionState session = Attached();
        session.Received(new Activate(5), 1);
        session.Received(new Inquire(6, new OperationName(5, 1)), 2);
        session.Received(new Activate(5), 3);
        session.Closed(Unreachable, 4);
        session.Opened(5);
        Assert.Equal(RegisterFlags.StandsStill, _sent.OfType<Register>().Last().Flags);
    }

    [Fact]
    public async Task EvictionAndLeavingEndIt()
    {
        SessionState session = Attached();
        session.Received(new Evicted(LossReason.Silent, "x"), 1);
        Assert.Equal((SessionPhase.Ended, long.MaxValue), (session.Phase, session.NextDue));
        await _listener.Next<Evicted>();
        session.Tick(100_000);
        Assert.Equal(["hang up"], _done);

        session = Attached();
        session.Submit(Leave.Instance, 1);
        Assert.Equal(["Leave", "hang up"], _done);
        Assert.Equal(SessionPhase.Ended, session.Phase);
    }

    void ISessionOutputs.Dial(int coordinator, ulong epoch) => _done.Add($"dial {coordinator} epoch {epoch}");

    void ISessionOutputs.Send(ControlMessage message)
    {
        _done.Add(message.Kind.ToString());
        _sent.Add(message);
    }

    void ISessionOutputs.HangUp() => _done.Add("hang up");

    void ISessionOutputs.Started(Fault fault) => _started = fault;

    private static Fault Unreachable => new(Status.Coordinator, "refused there");

    private SessionState Begin()
    {
        var settings = new SessionSettings { Coordinators = "a:1,b:2", Member = new MemberId(1, 1), Port = 1, DeadlineMs = 1000 };
        var session = new SessionState(settings, ["a:1", "b:2"], _listener, this);
        session.Begin(0);
        return session;
    }

    private SessionState Attached(uint heartbeatMs = 3000)
    {
        SessionState session = Begin();
        session.Opened(0);
        session.Received(new Registered(heartbeatMs, 0), 0);
        Assert.True(_started!.Value.IsNone);
        _done.Clear();
        return session;
    }
}
