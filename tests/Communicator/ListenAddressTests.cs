using Collectives.Transport;

namespace Collectives.Communication.Tests;

/// <summary>What advertise, interface_name and port_range mean together.</summary>
public sealed class ListenAddressTests
{
    [Theory]
    [InlineData(null, null, 30000, 30100, "")]
    [InlineData("10.0.0.7", null, 30000, 30100, "10.0.0.7")]
    [InlineData("10.0.0.7:30050", null, 30050, 30050, "10.0.0.7")]
    [InlineData("[2001:db8::7]:30100", null, 30100, 30100, "2001:db8::7")]
    [InlineData(null, "lo", 30000, 30100, "127.0.0.1")]
    public void TheRangeIsListenedInAndAnAdvertisedPortWins(string? advertise, string? interfaceName, int first, int last, string host)
    {
        ListenAddress address = Choose(new CommunicatorSettings { Advertise = advertise, InterfaceName = interfaceName, PortRange = "30000-30100" });
        Assert.Equal((first, last, host), (address.Listen.Port, Math.Max(address.LastPort, address.Listen.Port), address.AdvertisedHost));
    }

    [Theory]
    [InlineData(" 30000 - 30000 ")]
    [InlineData("30000")]
    public void OnePortIsARange(string range)
    {
        ListenAddress address = Choose(new CommunicatorSettings { PortRange = range });
        Assert.Equal((30000, 30000), (address.Listen.Port, address.LastPort));
    }

    [Theory]
    [InlineData("30100-30000")]
    [InlineData("0-100")]
    [InlineData("30000-65536")]
    [InlineData("-30000")]
    [InlineData("1-2-3")]
    [InlineData("some")]
    public void WhatIsNoRangeIsRefused(string range)
    {
        Fault fault = ListenAddress.Choose(new CommunicatorSettings { PortRange = range }, out _);
        Assert.Equal(Status.InvalidArgument, fault.Status);
        Assert.Contains("config.port_range", fault.Message);
        Assert.Contains($"\"{range}\"", fault.Message);
    }

    [Fact]
    public void AnAdvertisedPortOutsideTheRangeIsRefusedWithBoth()
    {
        Fault fault = ListenAddress.Choose(new CommunicatorSettings { Advertise = "10.0.0.7:5000", PortRange = "30000-30100" }, out _);
        Assert.Equal("config.port_range: expected a range that has the port of config.advertise, 5000, found 30000-30100", fault.Message);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("[::]:4000")]
    [InlineData("224.0.0.1:4000")]
    [InlineData("10.0.0.7:65536")]
    [InlineData(":4000")]
    public void WhatNobodyCanDialIsNotAdvertised(string advertise)
    {
        Fault fault = ListenAddress.Choose(new CommunicatorSettings { Advertise = advertise }, out _);
        Assert.Equal(Status.InvalidArgument, fault.Status);
        Assert.Contains("config.advertise", fault.Message);
    }

    private static ListenAddress Choose(CommunicatorSettings settings)
    {
        Fault fault = ListenAddress.Choose(settings, out ListenAddress address);
        Assert.True(fault.IsNone, fault.Message);
        return address;
    }
}
