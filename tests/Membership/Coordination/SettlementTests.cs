using Collectives.Membership.Coordination;
using Collectives.Membership.Messages;

namespace Collectives.Membership.Tests.Coordination;

/// <summary>What is decided of operations, from what the members that are left say of them.</summary>
public sealed class SettlementTests
{
    private const OperationProgress Partial = OperationProgress.Partial, Whole = OperationProgress.Whole,
        Unrepeatable = OperationProgress.Unrepeatable, GivenUp = OperationProgress.GivenUp, Ended = OperationProgress.Ended,
        Holds = OperationProgress.Holds, HoldsUnrepeatable = OperationProgress.HoldsUnrepeatable;

    /// <summary>-1: neither, it runs again. Null: that member does not have the operation in flight.</summary>
    [Theory]
    [InlineData("runs again", Partial, Partial)]
    [InlineData("runs again", Partial, null)]
    [InlineData("forward", Partial, Whole)]
    [InlineData("forward", Whole, Whole)]
    [InlineData("forward", Whole, null)]
    [InlineData("forward", Unrepeatable, Whole)]
    [InlineData("fails", Unrepeatable, Partial)]
    [InlineData("fails", Unrepeatable, null)]
    [InlineData("fails", GivenUp, Partial)]
    [InlineData("fails", GivenUp, Whole)]
    [InlineData("runs again", GivenUp, null)]
    [InlineData("forward", Ended, Partial)]
    [InlineData("forward", Ended, Unrepeatable)]
    [InlineData("runs again", Ended, null)]
    [InlineData("forward", Holds, Holds)]
    [InlineData("forward", HoldsUnrepeatable, Holds)]
    [InlineData("runs again", Holds, Partial)]
    [InlineData("runs again", Holds, null)]
    [InlineData("fails", HoldsUnrepeatable, Partial)]
    [InlineData("fails", HoldsUnrepeatable, null)]
    [InlineData("fails", GivenUp, Holds)]
    public void AnOperationGoesForwardOrFailsOrRunsAgain(string expected, OperationProgress? first, OperationProgress? second)
    {
        foreach (bool swapped in new[] { false, true })
        {
            Settlement settlement = new(5, [new Loss(World.Id(3), LossReason.Silent, "")], 0);
            settlement.Answer(World.Id(0), States(swapped ? second : first));
            settlement.Answer(World.Id(1), States(swapped ? first : second));
            Verdict verdict = settlement.Decide(4);
            Assert.Equal((5ul, 4ul), (verdict.Epoch, verdict.Previous));
            Assert.Equal(expected == "forward" ? [s_name] : [], verdict.Forward.ToArray());
            Assert.Equal(expected == "fails" ? [s_name] : [], verdict.Fail.ToArray());
        }
    }

    [Fact]
    public void OneThatDoesNotAnswerIsLostTooAndTheOthersAreAskedAgain()
    {
        var world = new World();
        for (int member = 0; member < 4; member++) world.Register(member, 4);
        world.AllReady(0);
        world.Drop(3);
        foreach (long session in new long[] { 0, 1 }) world.Say(session, new Settled(2, []));
        Assert.Equal(0, world.Count<Verdict>(0));
        world.Advance(world.Rules.SettleMs + 50, 0, 1, 2);
        Assert.Equal(LossReason.NotReady, world.Last<Evicted>(2).Reason);
        Assert.Equal([World.Id(3), World.Id(2)], world.Last<Settle>(0).Losses.Select(loss => loss.Member));
        Assert.Equal(3u, world.SettleAll(0, 1));
        Assert.Equal(1u, world.Last<Verdict>(1).Previous);
    }

    [Fact]
    public void OneThatDoesNotAnswerIsWaitedForIfTheOthersCouldNotGoOnWithout()
    {
        var world = new World();
        world.Gather(4, coordinators: 2);
        world.AllReady(0);
        world.Drop(3);
        foreach (long session in new long[] { 0, 1 }) world.Say(session, new Settled(2, []));
        world.Advance(3 * world.Rules.SettleMs, 0, 1, 2);
        Assert.Equal(0, world.Count<Evicted>(2));
        world.Say(2, new Settled(2, []));
        Assert.Equal(2u, world.Last<Verdict>(2).Epoch);
    }

    [Fact]
    public void AMemberThatComesBackIsToldWhatItMissed()
    {
        var world = new World();
        for (int member = 0; member < 3; member++) world.Register(member, 3);
        world.AllReady(0);
        world.Drop(2);
        // The question goes to the session that has broken without anybody noticing, and so does the verdict.
        world.Register(1, 3, epoch: 1, session: 100);
        Assert.Equal(2u, world.Last<Settle>(100).Epoch);
        Assert.Equal(2u, world.SettleAll(0, 100));
        world.Register(1, 3, epoch: 1, session: 101);
        Assert.Equal(2u, world.Last<Verdict>(101).Epoch);
        Assert.Equal(0, world.Count<Settle>(101));
    }

    private static readonly OperationName s_name = new(4, 7);

    private static System.Collections.Immutable.ImmutableArray<OperationState> States(OperationProgress? progress) =>
        progress is { } known ? [new OperationState(s_name, known)] : [];
}
