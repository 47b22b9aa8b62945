using System.Collections.Immutable;

namespace Collectives.Membership.Tests.Topology;

public sealed class OrderChooserTests
{
    private static readonly ImmutableArray<RosterRing> _crossed = [new([0, 2, 1, 3], 1000)];

    [Fact]
    public void EachDirectionOfFarLinksIsProbedOnce()
    {
        FarGroup group = new FarGroup(4).Begin().AnswerProbes();
        Assert.Equal(12, group.Probed.Count);
        Assert.Distinct(group.Probed);
        Assert.Equal(0, group.Chooser.ProbesLeft);
        group.Begin().AnswerProbes();
        Assert.Equal(12, group.Probed.Count);
    }

    [Fact]
    public void NearMembersAreNeverProbedNorReordered()
    {
        // Whatever they report of rates.
        FarGroup group = new FarGroup(4, roundTripUs: 100).Carry(100, 0, 2, 1, 3).Begin().ReportRates().Pass(10_000);
        Assert.False(group.IsAsked);
        Assert.Null(group.Better);
        Assert.Null(group.Chooser.Judged);
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(32, true)]
    [InlineData(33, false)]
    public void OnlyWorldsInWhichThereIsAnOrderToChooseAreProbed(int members, bool isAsked)
    {
        FarGroup group = new FarGroup(members).Begin();
        Assert.Equal(isAsked, group.IsAsked);
        Assert.Equal(isAsked ? members * (members - 1) : 0, group.Chooser.ProbesLeft);
    }

    [Fact]
    public void NothingIsDoneWhereTheOrderIsNotFree()
    {
        FarGroup group = new FarGroup(4).Carry(100, 0, 2, 1, 3).Begin(isFree: false);
        Assert.False(group.IsAsked);
        group.ReportRates().Pass(10_000);
        Assert.Null(group.Better);
        Assert.Empty(group.Chooser.RingsFor(group.Members));
    }

    [Fact]
    public void ABetterOrderIsOfferedOnceAllProbesAreDone()
    {
        FarGroup group = new FarGroup(4).Carry(100, 0, 2, 1, 3).Begin().AnswerProbes(most: 11);
        Assert.Null(group.Better);
        group.AnswerProbes().Pass(50);
        Assert.Null(group.Better);
        group.Pass(100);
        Assert.Equal("0 2 1 3", group.Better);
        Assert.Equal(["0 2 1 3"], group.Chooser.RingsFor(group.Members).Select(ring => ring.ToString()));
    }

    [Fact]
    public void AProbeThatIsNeverAnsweredHoldsNothingUpForLong()
    {
        FarGroup group = new FarGroup(4) { IsMute = (from, to) => (from, to) == (0, 1) }.Carry(100, 0, 2, 1, 3).Begin().AnswerProbes();
        Assert.InRange(group.Probed.Count, 1, 10); // the others wait for its ends
        group.Pass(3000).AnswerProbes().Pass(200);
        Assert.Equal(11, group.Probed.Count);
        Assert.Equal("0 2 1 3", group.Better);
    }

    [Fact]
    public void WhatCouldNotBeMeasuredCountsAsHalfOfTheSlowest()
    {
        FarGroup group = new FarGroup(4) { IsMute = (from, _) => from == 3 }.Carry(100, 0, 2, 1, 3).Begin();
        for (int i = 0; i < 20; i++) group.AnswerProbes().Pass(1000);
        Assert.Equal(9, group.Probed.Count);
        Assert.Equal(2.5 * FarGroup.MBps, Assert.Single(group.Chooser.Judged!.Rings).BottleneckRate);
    }

    [Fact]
    public void LinksOfMembersThatAreGoneAreForgotten()
    {
        FarGroup group = new FarGroup(4).Begin().AnswerProbes();
        RosterMember gone = group.Members[1];
        group.Members = group.Members.RemoveAt(1);
        group.Begin();
        Assert.Equal(default, group.Chooser.Matrix[group.Members[0].Id, gone.Id]);
        Assert.Equal(default, group.Chooser.Matrix[gone.Id, group.Members[0].Id]);
        Assert.Equal(5 * FarGroup.MBps, group.Chooser.Matrix[group.Members[0].Id, group.Members[1].Id].Rate);
    }

    [Fact]
    public void SeveralRingsAreOfferedWhereTheyCarryMore()
    {
        FarGroup group = new FarGroup(5).Carry(100, 0, 2, 4, 1, 3).Carry(50, 0, 3, 4, 2, 1).Begin().AnswerProbes().Pass(200);
        Assert.Equal("0 2 4 1 3 and 0 3 4 2 1", group.Better);
        Assert.Equal([667, 333], group.Chooser.RingsFor(group.Members).Select(ring => (int)ring.Share));
    }

    [Fact]
    public void AnOrderThatIsLessThanATenthFasterIsNotOffered()
    {
        FarGroup group = new FarGroup(4).Carry(100, 0, 1, 2, 3).Carry(108, 0, 2, 1, 3).Begin().AnswerProbes().Pass(20_000);
        Assert.NotNull(group.Chooser.Judged);
        Assert.Null(group.Better);
        // The same, and enough.
        group = new FarGroup(4).Carry(100, 0, 1, 2, 3).Carry(120, 0, 2, 1, 3);
        Assert.Equal("0 2 1 3", group.Begin().AnswerProbes().Pass(200).Better);
    }

    [Fact]
    public void SmallGainsMustLastOnceAnOrderWasChosen()
    {
        FarGroup group = Crossed(inOrder: 120).Pass(9_000);
        Assert.Null(group.Better);
        group.Pass(2_000);
        Assert.Equal("0 1 2 3", group.Better);
    }

    [Fact]
    public void SmallGainsThatComeAndGoAreNotOffered()
    {
        FarGroup group = Crossed(inOrder: 120).Pass(6_000);
        group.Carry(80, 0, 1, 2, 3).ReportRates().Pass(6_000);
        Assert.Null(group.Better);
        // They count from when they have come back.
        group.Carry(120, 0, 1, 2, 3).ReportRates().Pass(9_000);
        Assert.Null(group.Better);
        group.Pass(4_000);
        Assert.Equal("0 1 2 3", group.Better);
    }

    [Fact]
    public void LargeGainsCountSooner()
    {
        FarGroup group = Crossed(inOrder: 200).Pass(2_000);
        Assert.Null(group.Better);
        Assert.Equal("0 1 2 3", group.Pass(3_200).Better);
    }

    [Fact]
    public void AnOrderThatTurnsOutWorseIsUndoneAndNotTriedAgain()
    {
        FarGroup group = new FarGroup(4).Carry(100, 0, 2, 1, 3).Begin().AnswerProbes().Work(50, 3);
        Assert.Equal("0 2 1 3", group.Better);
        group.Begin(); // the next admission point
        Assert.True(group.Chooser.IsOnTrial);
        Assert.Null(group.Better);
        group.Work(40, 4);
        Assert.Null(group.Better);
        group.Work(40, 1);
        Assert.Equal("0 1 2 3", group.Better);
        Assert.False(group.Chooser.IsOnTrial);

        // Whatever is measured meanwhile.
        group.Carry(70, 0, 2, 1, 3).ReportRates().Pass(5_000);
        Assert.Equal("0 1 2 3", group.Better);
        group.Begin();
        Assert.Empty(group.Chooser.RingsFor(group.Members));
        group.Carry(90, 0, 2, 1, 3).ReportRates().Work(50, 30);
        Assert.Null(group.Better);
    }

    [Fact]
    public void WhatWasWorseMayBeTriedAgainMuchLater()
    {
        FarGroup group = new FarGroup(4).Carry(100, 0, 2, 1, 3).Begin().AnswerProbes().Work(50, 3).Begin().Work(40, 6).Begin().Pass(590_000);
        group.Carry(80, 0, 2, 1, 3).ReportRates().Pass(5_000);
        Assert.Null(group.Better);
        group.Pass(10_000).AnswerProbes();
        group.Carry(100, 0, 2, 1, 3).ReportRates().Pass(5_000);
        Assert.Equal("0 2 1 3", group.Better);
    }

    [Fact]
    public void AnOrderThatIsAsGoodStays()
    {
        FarGroup group = new FarGroup(4).Carry(100, 0, 2, 1, 3).Begin().AnswerProbes().Work(50, 3).Begin().Work(80, 20);
        Assert.Null(group.Better);
        Assert.False(group.Chooser.IsOnTrial);
        Assert.Equal(["0 2 1 3"], group.Begin().Chooser.RingsFor(group.Members).Select(ring => ring.ToString()));
    }

    [Fact]
    public void AnOrderThatNobodyCouldTryIsNotOnTrial()
    {
        FarGroup group = new FarGroup(4).Carry(100, 0, 2, 1, 3).Begin().AnswerProbes().Work(50, 3).Begin();
        group.Members = group.Members.RemoveAt(1); // a loss
        group.Begin([new([0, 1, 2], 1000)]);
        Assert.False(group.Chooser.IsOnTrial);
    }

    [Fact]
    public void OldMeasurementsAreMadeAgain()
    {
        FarGroup group = new FarGroup(4).Begin().AnswerProbes().Pass(590_000);
        Assert.False(group.IsAsked);
        group.Pass(80_000).AnswerProbes();
        Assert.Equal(24, group.Probed.Count);
    }

    [Fact]
    public void ANewcomersLinksAreProbedAndNoOthers()
    {
        FarGroup group = new FarGroup(5);
        ImmutableArray<RosterMember> all = group.Members;
        group.Members = all[..4];
        group.Begin().AnswerProbes();
        group.Members = all;
        group.Begin();
        Assert.Equal(8, group.Chooser.ProbesLeft);
        group.AnswerProbes();
        Assert.All(group.Probed.Skip(12), probe => Assert.True(probe.From == 4 || probe.To == 4));
    }

    [Fact]
    public void NothingIsLeftToDoWhenTheEpochIsOver()
    {
        FarGroup group = new FarGroup(4).Carry(100, 0, 2, 1, 3).Begin().AnswerProbes().Pass(200);
        group.Chooser.End();
        Assert.Null(group.Better);
        Assert.Equal(long.MaxValue, group.Chooser.DueAt);
        Assert.Empty(group.Chooser.RingsFor(group.Members));
    }

    /// <summary>An order was chosen in which 100 MB/s are reached; the order of ranks carries so much now.</summary>
    private static FarGroup Crossed(double inOrder) =>
        new FarGroup(4).Carry(100, 0, 2, 1, 3).Carry(inOrder, 0, 1, 2, 3).Begin(_crossed).AnswerProbes();
}
