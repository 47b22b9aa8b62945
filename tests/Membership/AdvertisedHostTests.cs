namespace Collectives.Membership.Tests;

/// <summary>Hosts at which no member can be dialled.</summary>
public sealed class AdvertisedHostTests
{
    [Theory]
    [InlineData("0.0.0.0", "any address")]
    [InlineData("::", "any address")]
    [InlineData("::ffff:0.0.0.0", "any address")]
    [InlineData("224.0.0.1", "multicast")]
    [InlineData("239.255.255.255", "multicast")]
    [InlineData("ff02::1", "multicast")]
    [InlineData("255.255.255.255", "broadcast")]
    [InlineData("240.0.0.1", "reserved")]
    [InlineData("fe80::1", "link-local")]
    public void AHostThatNobodyCanDialIsNamedWithWhatToSet(string host, string why)
    {
        string problem = AdvertisedHost.Problem(host);
        Assert.Contains($"found {host}", problem);
        Assert.Contains(why, problem);
        Assert.Contains("COLLECTIVES_ADVERTISE", problem);
    }

    [Theory]
    [InlineData("10.0.0.7")]
    [InlineData("127.0.0.1")]
    [InlineData("2001:db8::7")]
    [InlineData("some.host.example")]
    [InlineData("")]
    public void AHostThatSomebodyMayDialIsTaken(string host) => Assert.Equal("", AdvertisedHost.Problem(host));

    [Theory]
    [InlineData("127.0.0.1", "10.0.0.7", true)]
    [InlineData("127.3.2.1", "10.0.0.7", true)]
    [InlineData("::1", "2001:db8::7", true)]
    [InlineData("::ffff:127.0.0.1", "10.0.0.7", true)]
    [InlineData("localhost", "10.0.0.7", true)]
    [InlineData("Mine.localhost.", "10.0.0.7", true)]
    [InlineData("0.0.0.0", "127.0.0.1", true)]
    [InlineData("127.0.0.1", "127.0.0.1", false)]
    [InlineData("localhost", "::1", false)]
    [InlineData("127.0.0.1", "::ffff:127.0.0.1", false)]
    [InlineData("10.0.0.8", "10.0.0.7", false)]
    [InlineData("localhost.example", "10.0.0.7", false)]
    [InlineData("", "10.0.0.7", false)]
    public void ALoopbackAddressIsRefusedFromElsewhere(string host, string observed, bool refused) =>
        Assert.Equal(refused, AdvertisedHost.Problem(host, observed).Length > 0);
}
