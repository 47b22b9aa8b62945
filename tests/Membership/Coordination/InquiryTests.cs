using Collectives.Membership.Messages;

namespace Collectives.Membership.Tests.Coordination;

/// <summary>What becomes of an operation that has passed its deadline.</summary>
public sealed class InquiryTests
{
    private static readonly OperationName s_name = new(1, 7);

    [Theory]
    [InlineData(RulingOutcome.WithoutLate, LatePolicy.Proceed, OperationProgress.Partial, OperationProgress.Partial, OperationProgress.NotBegun)]
    [InlineData(RulingOutcome.Forward, LatePolicy.Proceed, OperationProgress.Partial, OperationProgress.Whole, OperationProgress.Whole)]
    [InlineData(RulingOutcome.Forward, LatePolicy.Ask, OperationProgress.Whole, OperationProgress.Ended, OperationProgress.Whole)]
    [InlineData(RulingOutcome.Fail, LatePolicy.Proceed, OperationProgress.Partial, OperationProgress.Partial, OperationProgress.Partial)]
    [InlineData(RulingOutcome.Fail, LatePolicy.Proceed, OperationProgress.Partial, OperationProgress.NotBegun, OperationProgress.NotBegun)]
    [InlineData(RulingOutcome.Fail, LatePolicy.Proceed, OperationProgress.Partial, OperationProgress.Unrepeatable, OperationProgress.NotBegun)]
    [InlineData(RulingOutcome.Fail, LatePolicy.Ask, OperationProgress.GivenUp, OperationProgress.Whole, OperationProgress.Whole)]
    [InlineData(RulingOutcome.Fail, LatePolicy.Evict, OperationProgress.Partial, OperationProgress.Partial, OperationProgress.NotConcerned)]
    public void FollowsFromWhatAllSay(RulingOutcome expected, LatePolicy policy, OperationProgress first, OperationProgress second, OperationProgress third)
    {
        World world = Asked(policy);
        Answer(world, first, second, third);
        Ruling ruling = world.Last<Ruling>(2);
        Assert.Equal((expected, s_name), (ruling.Outcome, ruling.Name));
        Assert.Equal(expected == RulingOutcome.WithoutLate ? [World.Id(2)] : [], ruling.LeftOut.ToArray());
        Assert.Same(ruling, world.Last<Ruling>(0));
    }

    [Fact]
    public void WhoIsLateIsEvictedIfThatIsWanted()
    {
        World world = Asked(LatePolicy.Evict);
        Answer(world, OperationProgress.Partial, OperationProgress.Partial, OperationProgress.NotBegun);
        Assert.Equal(LossReason.Late, world.Last<Evicted>(2).Reason);
        Assert.Equal(World.Id(2), Assert.Single(world.Last<Settle>(0).Losses).Member);
        Assert.Equal(0, world.Count<Ruling>(0));
    }

    [Fact]
    public void WhoIsLateStaysIfTheOthersCouldNotGoOnWithout()
    {
        World world = Asked(LatePolicy.Evict, coordinators: 2, minParticipants: 1);
        Answer(world, OperationProgress.Partial, OperationProgress.NotBegun, OperationProgress.NotBegun);
        Assert.Equal(RulingOutcome.Fail, world.Last<Ruling>(0).Outcome);
        Assert.Contains("no majority", world.Last<Ruling>(0).Text);
        Assert.Equal(0, world.Count<Evicted>(1));
    }

    [Fact]
    public void WhoDoesNotAnswerStaysIfTheOthersCouldNotGoOnWithout()
    {
        World world = Asked(LatePolicy.Proceed, coordinators: 2);
        ulong number = world.Last<Inquire>(0).Number;
        world.Say(0, new Inquired(number, OperationProgress.Partial));
        world.Advance(3 * world.Rules.SettleMs, 0, 1, 2);
        Assert.Equal(0, world.Count<Evicted>(1) + world.Count<Evicted>(2));
        foreach (long session in new long[] { 1, 2 }) world.Say(session, new Inquired(number, OperationProgress.NotBegun));
        Assert.Equal(RulingOutcome.Fail, world.Last<Ruling>(2).Outcome);
    }

    [Fact]
    public void OneAfterTheOtherAndEachOnce()
    {
        World world = Asked(LatePolicy.Proceed);
        world.Say(1, Late(LatePolicy.Proceed, s_name));
        world.Say(1, Late(LatePolicy.Proceed, new OperationName(1, 8)));
        Assert.Equal(1, world.Count<Inquire>(0));
        Answer(world, OperationProgress.Partial, OperationProgress.Partial, OperationProgress.NotBegun);
        Assert.Equal(new OperationName(1, 8), world.Last<Inquire>(0).Name);
        // It was sent before its sender knew of the ruling.
        world.Say(1, Late(LatePolicy.Proceed, s_name));
        Answer(world, OperationProgress.Whole, OperationProgress.Whole, OperationProgress.Whole);
        Assert.Equal(2, world.Count<Inquire>(0));
    }

    [Fact]
    public void ALossEndsIt()
    {
        World world = Asked(LatePolicy.Proceed);
        world.Drop(2);
        Answer(world, OperationProgress.Partial, OperationProgress.Partial, OperationProgress.NotBegun);
        Assert.Equal(0, world.Count<Ruling>(0));
        Assert.Equal(1, world.Count<Settle>(0));
    }

    [Fact]
    public void WhoDoesNotAnswerIsLost()
    {
        World world = Asked(LatePolicy.Proceed);
        ulong number = world.Last<Inquire>(0).Number;
        foreach (long session in new long[] { 0, 1 }) world.Say(session, new Inquired(number, OperationProgress.Partial));
        world.Advance(world.Rules.SettleMs + 50, 0, 1, 2);
        Assert.Equal(LossReason.NotReady, world.Last<Evicted>(2).Reason);
        Assert.Equal(1, world.Count<Settle>(1));
    }

    [Fact]
    public void AMemberThatComesBackInTheMiddleOfItIsSettledWithTheRest()
    {
        World world = Asked(LatePolicy.Proceed);
        world.Register(1, 3, epoch: 1, session: 101, flags: RegisterFlags.StandsStill);
        Assert.Empty(world.Last<Settle>(101).Losses);
        Assert.Equal(1, world.Count<Settle>(0));
    }

    private static World Asked(LatePolicy policy, ushort coordinators = 1, uint minParticipants = 2)
    {
        var world = new World();
        world.Gather(3, coordinators);
        world.AllReady(0);
        world.Say(0, Late(policy, s_name, minParticipants));
        Assert.Equal(s_name, world.Last<Inquire>(2).Name);
        return world;
    }

    private static Late Late(LatePolicy policy, OperationName name, uint minParticipants = 2) => new(1, name, 1, policy, minParticipants, "waits");

    private static void Answer(World world, params OperationProgress[] answers)
    {
        ulong number = world.Last<Inquire>(0).Number;
        for (int member = 0; member < answers.Length; member++) world.Say(member, new Inquired(number, answers[member]));
    }
}
