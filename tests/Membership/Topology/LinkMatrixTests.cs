using Collectives.Membership.Messages;
using Collectives.Membership.Tests.Coordination;
using Collectives.Membership.Topology;
using Collectives.Transport;

namespace Collectives.Membership.Tests.Topology;

public sealed class LinkMatrixTests
{
    private static readonly MemberId _one = World.Id(1), _other = World.Id(2), _third = World.Id(3);

    private readonly LinkMatrix _matrix = new();

    [Fact]
    public void AFarLinkIsToBeProbedUntilItsRateIsKnownAndOnceThatIsOld()
    {
        const long at = 5000;
        Assert.False(_matrix.NeedsProbe(_one, _other, at)); // nobody has said that it is far
        _matrix.NoteRoundTrip(_one, _other, 20_000);
        Assert.True(_matrix.NeedsProbe(_one, _other, at));
        _matrix.NoteRate(_one, _other, 1e6, at);
        Assert.False(_matrix.NeedsProbe(_one, _other, at));
        Assert.False(_matrix.NeedsProbe(_one, _other, at + LinkMatrix.FreshMs - 1));
        Assert.True(_matrix.NeedsProbe(_one, _other, at + LinkMatrix.FreshMs));
    }

    [Fact]
    public void EachDirectionIsMeasuredForItself()
    {
        _matrix.NoteRoundTrip(_one, _other, 20_000);
        _matrix.NoteRate(_one, _other, 1e6, 0);
        Assert.True(_matrix.NeedsProbe(_other, _one, 0));
        Assert.Equal((1e6, 0), (_matrix[_one, _other].Rate, _matrix[_other, _one].Rate));
    }

    [Fact]
    public void ARoundTripIsTheShorterOneOfWhatItsEndsSay()
    {
        Assert.Equal(0u, _matrix.RoundTripUs(_one, _other));
        _matrix.NoteRoundTrip(_one, _other, 30_000);
        Assert.Equal((30_000u, 30_000u), (_matrix.RoundTripUs(_one, _other), _matrix.RoundTripUs(_other, _one)));
        _matrix.NoteRoundTrip(_other, _one, 20_000);
        Assert.Equal((20_000u, 20_000u), (_matrix.RoundTripUs(_one, _other), _matrix.RoundTripUs(_other, _one)));
        _matrix.NoteRoundTrip(_other, _one, 0); // it does not know any more
        Assert.Equal(20_000u, _matrix.RoundTripUs(_one, _other));
    }

    [Theory]
    [InlineData(LinkState.FarMicroseconds - 1, false)]
    [InlineData(LinkState.FarMicroseconds, true)]
    public void OnlyLongRoundTripsAreFar(uint microseconds, bool isFar)
    {
        _matrix.NoteRoundTrip(_one, _other, microseconds);
        Assert.Equal((isFar, isFar), (_matrix.IsFar(_one, _other), _matrix.IsFar(_other, _one)));
        Assert.Equal(isFar, _matrix.NeedsProbe(_other, _one, 0));
    }

    [Fact]
    public void ARateThatIsReportedUnchangedIsNoNewMeasurement()
    {
        Report(1_000_000, 1000);
        // A probe finds another one, and the member still tells what it had told.
        _matrix.NoteRate(_one, _other, 3e6, 2000);
        Report(1_000_000, 3000);
        Assert.Equal((3e6, 2000), (_matrix[_one, _other].Rate, _matrix[_one, _other].MeasuredAt));

        Report(1_000_001, 4000);
        Assert.Equal((1_000_001.0, 4000), (_matrix[_one, _other].Rate, _matrix[_one, _other].MeasuredAt));
    }

    [Fact]
    public void ARateThatIsNotKnownChangesNothing()
    {
        Report(1_000_000, 1000);
        Report(0, 2000);
        Assert.Equal((1e6, 1000), (_matrix[_one, _other].Rate, _matrix[_one, _other].MeasuredAt));
    }

    [Fact]
    public void OnlyLargeChangesCount()
    {
        _matrix.NoteRoundTrip(_one, _other, 20_000);
        int changes = _matrix.Changes;
        _matrix.NoteRoundTrip(_one, _other, 30_000); // it comes and goes
        Assert.Equal(changes, _matrix.Changes);
        _matrix.NoteRate(_one, _other, 1e6, 0);
        Assert.Equal(changes + 1, _matrix.Changes);
        _matrix.NoteRate(_one, _other, 1.05e6, 0);
        Assert.Equal(changes + 1, _matrix.Changes);
        _matrix.NoteRate(_one, _other, 1.3e6, 0);
        Assert.Equal(changes + 2, _matrix.Changes);
    }

    [Fact]
    public void AllLinksOfAMemberThatIsGoneAreForgottenAndNoOthers()
    {
        foreach ((MemberId from, MemberId to) in new[] { (_one, _other), (_other, _one), (_other, _third) })
        {
            _matrix.NoteRoundTrip(from, to, 20_000);
            _matrix.NoteRate(from, to, 1e6, 0);
        }

        _matrix.Keep(id => id != _one);
        Assert.Equal((default, default), (_matrix[_one, _other], _matrix[_other, _one]));
        Assert.Equal(1e6, _matrix[_other, _third].Rate);
    }

    [Fact]
    public void WhetherALinkIsFarIsKnownOnceOneOfItsEndsHasTold()
    {
        Assert.False(_matrix.IsKnown(_one, _other));
        _matrix.Note(_one, new Report([], []), _ => true, 0); // it has no links yet
        Assert.False(_matrix.IsKnown(_one, _other));
        Report(0, 0);
        Assert.True(_matrix.IsKnown(_one, _other) && _matrix.IsKnown(_other, _one));
        Assert.False(_matrix.IsKnown(_third, _other));
        _matrix.Note(_third, new Ready(1)); // none of its links is far
        Assert.True(_matrix.IsKnown(_third, _other));
        _matrix.Keep(id => id != _third);
        Assert.False(_matrix.IsKnown(_third, _other));
        Assert.True(_matrix.IsKnown(_one, _other));
    }

    [Fact]
    public void LinksOfWhomNobodyIsInterestedInAreNotKept()
    {
        var report = new Report([new LinkReport(_other, 1, 0, 0, 20_000, 1000, "cubic"), new LinkReport(_third, 1, 0, 0, 20_000, 1000, "cubic")], []);
        _matrix.Note(_one, report, id => id != _third, 0);
        Assert.Equal((1000.0, 0.0), (_matrix[_one, _other].Rate, _matrix[_one, _third].Rate));
        _matrix.Note(_third, report, id => id != _third, 0);
        Assert.Equal(default, _matrix[_third, _other]);
    }

    private void Report(ulong rate, long now) => _matrix.Note(_one, new Report([new LinkReport(_other, 1, 0, 0, 20_000, rate, "cubic")], []), _ => true, now);
}
