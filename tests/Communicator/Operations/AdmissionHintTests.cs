using Collectives.Communication.Operations;

namespace Collectives.Communication.Tests.Operations;

public sealed class AdmissionHintTests
{
    [Theory]
    [InlineData(0, false, 0)]
    [InlineData(0, true, 0)]
    [InlineData(17, false, 17)]
    [InlineData(32_767, true, 32_767)]
    [InlineData(4_000_000, false, 32_767)]
    public void PendingMembersAndABetterOrderDoNotTouchEachOther(int pending, bool hasBetterOrder, int told)
    {
        AdmissionHint hint = new(AdmissionHint.Of(pending, hasBetterOrder).Bits);
        Assert.Equal((told, hasBetterOrder), (hint.Pending, hint.HasBetterOrder));
    }

    [Theory]
    [InlineData(3, true, 5, false)]
    [InlineData(5, false, 3, true)]
    [InlineData(5, true, 3, true)]
    public void TogetherTheyAreTheMostOfEither(int pending, bool hasBetterOrder, int otherPending, bool otherHasBetterOrder)
    {
        AdmissionHint both = AdmissionHint.Of(pending, hasBetterOrder).And(AdmissionHint.Of(otherPending, otherHasBetterOrder));
        Assert.Equal((5, true), (both.Pending, both.HasBetterOrder));
        Assert.Equal(AdmissionHint.Of(2, false), AdmissionHint.Of(1, false).And(AdmissionHint.Of(2, false)));
    }
}
