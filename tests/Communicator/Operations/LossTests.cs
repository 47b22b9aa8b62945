using Collectives.Algorithms.Reduction;
using Collectives.Communication.Operations;
using Collectives.Communication.Tests.Support;
using Collectives.Membership;
using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Communication.Tests.Operations;

/// <summary>What members say of their operations when one is lost, and what becomes of these; tests/Simulation has the whole of it.</summary>
public sealed unsafe class LossTests
{
    private static readonly Fault s_loss = new(Status.PeerLost, "lost");

    [Fact]
    public void ASettlementNamesNoMoreThanAMessageTakes()
    {
        using World world = new(1, inProcess: true);
        Member member = world.Members[0];
        member.OnLoop(() =>
        {
            for (ulong epoch = 2; epoch < 6; epoch++)
            {
                member.Engine.Activate(new Epoch(new Roster(epoch, [new RosterMember(member.Id, "127.0.0.1", 1)], 0), member.Id));
                for (ulong number = 0; number < 1500; number++) member.Engine.Epoch!.Lineage.NoteEnd(new OperationKey(epoch, number), default);
            }

            member.Engine.Epoch!.FrozenFor = 6;
            List<OperationState> states = member.Engine.Freeze();
            Assert.Equal(Settled.MaxStates, states.Count);
            Assert.All(states, state => Assert.Equal(OperationProgress.Ended, state.Progress));
            // The latest, and of the lineage before too, in which another member may still have something in flight.
            Assert.Contains(states, state => state.Name == new OperationName(5, 1499));
            Assert.Contains(states, state => state.Name == new OperationName(4, 1499));
        });
    }

    [Fact]
    public void WhatHasEndedInAnEarlierLineageIsSaid()
    {
        using World world = new(1, inProcess: true);
        Member member = world.Members[0];
        member.OnLoop(() =>
        {
            member.Engine.Epoch!.Lineage.NoteEnd(new OperationKey(1, 7), default);
            member.Engine.Activate(new Epoch(new Roster(2, [new RosterMember(member.Id, "127.0.0.1", 1)], 8), member.Id));
            member.Engine.Epoch!.FrozenFor = 3;
            Assert.Equal([new OperationState(new OperationName(1, 7), OperationProgress.Ended)], member.Engine.Freeze());
        });
    }

    [Fact]
    public void NobodyIsLateForWhatIsBetweenTwoOthers()
    {
        using World world = new(3, inProcess: true);
        OperationKey key = new(1, OperationKey.Paired(0, 1, 5, 0));
        OperationProgress[] progress = [.. world.Members.Select(member =>
        {
            OperationProgress said = default;
            member.OnLoop(() => said = member.Engine.Inquire(key));
            return said;
        })];
        Assert.Equal([OperationProgress.NotBegun, OperationProgress.NotBegun, OperationProgress.NotConcerned], progress);
    }

    [Fact]
    public void WhatHasFailedOnTheOthersFailsWhenItIsCalled()
    {
        using World world = new(2, inProcess: true);
        Member member = world.Members[1];
        member.OnLoop(() => member.Engine.FailWhenCalled(new OperationKey(1, 0), new Fault(Status.Deadline, "too late")));
        using Buffers buffers = new(2, DataType.I32, 10, inPlace: false);
        // A member that only receives: nobody would tell it.
        using Work work = member.Start(new CollectiveCall { Collective = Collective.Broadcast, Receive = (byte*)buffers.Receive(1), Count = 10, Type = DataType.I32 }, new OperationOptions());
        Assert.Equal(Status.Deadline, work.Wait(5_000, out _).Status);
    }

    [Theory]
    [InlineData(Collective.AllGather)]
    [InlineData(Collective.Gather)]
    public void NobodyHoldsAResultOfNothingBeforeAllHaveBegun(Collective collective)
    {
        using World world = new(3, inProcess: true);
        CollectiveCall call = new() { Collective = collective, Count = 0, Type = DataType.I32 };
        using Work first = world.Members[0].Start(call, new OperationOptions()), second = world.Members[1].Start(call, new OperationOptions());
        Thread.Sleep(100);
        // It would go forward after a loss now, and the one that is still to call it could not.
        world.Members[0].OnLoop(() => Assert.False(world.Members[0].Engine.InFlight[0].CanServe));
        using Work last = world.Members[2].Start(call, new OperationOptions());
        foreach (Work work in new[] { first, second, last }) Assert.True(work.Wait(5_000, out _).IsNone);
    }

    [Fact]
    public void ADifferentCallIsShownAgainInTheNextRun()
    {
        using World world = new(3, inProcess: true);
        Member member = world.Members[0];
        using Buffers buffers = new(3, DataType.I32, 10, inPlace: false);
        using Work work = member.Start(buffers.Send(0), buffers.Receive(0), 10, DataType.I32, ReduceOp.Sum, new OperationOptions());
        member.OnLoop(() =>
        {
            Operation operation = member.Engine.InFlight[0];
            operation.Refuse();
            Epoch frozen = member.Engine.Epoch!;
            frozen.FrozenFor = 2;
            member.Engine.Freeze();
            Epoch next = frozen.Without(new HashSet<MemberId> { world.Members[2].Id }, 2);
            next.Attach(1, frozen.Peers[1]!);
            member.Engine.Resume(frozen, next, new HashSet<OperationKey>(), new HashSet<OperationKey>(), s_loss);
            Assert.False(operation.IsRefused);
        });
        member.OnLoop(() => member.Engine.Close(s_loss));
    }
}
