using Collectives.Perf.Wan.Commands;
using Collectives.Perf.Wan.Emulation;

namespace Collectives.Wan.Tests.Commands;

public class LinkWordsTests
{
    [Fact]
    public void WordsHaveUnits() => Assert.Equal(
        new LinkSettings(2.5e9, 40_000_000, 250_000, 1_000_000_000, 0.001, 6_000_000),
        LinkWords.Parse(["rate=2.5gbit", "delay=40ms", "jitter=250us", "fading=1s", "loss=0.1%", "queue=6mb"]));

    [Fact]
    public void AQueueHoldsWhatIsUnderWayThereAndBackUnlessTold() =>
        Assert.Equal(10_000_000, LinkWords.Parse(["rate=1gbit", "delay=40ms"]).Queue);

    [Theory]
    [InlineData("rate=1gbit")]
    [InlineData("rate=1gbit delay=40")]
    [InlineData("rate=fast delay=40ms")]
    [InlineData("rate=1gbit delay=40ms loss=200%")]
    [InlineData("rate=nanmbit delay=40ms")]
    [InlineData("rate=1gbit delay=40ms colour=red")]
    public void WhatIsNoSettingIsRefusedWithWhatWasExpected(string line)
    {
        CommandException refused = Assert.Throws<CommandException>(() => LinkWords.Parse(line.Split(' ')));
        Assert.Contains("expected", refused.Message);
    }
}
