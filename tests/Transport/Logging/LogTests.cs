using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Collectives.Transport.Logging;

namespace Collectives.Transport.Tests.Logging;

/// <summary>The process's log: its lines, its levels, and when its listener is called.</summary>
public sealed class LogTests : IDisposable
{
    private const int WaitMs = 20_000;

    private readonly BlockingCollection<(LogLevel Level, string Line)> _heard = [];

    public void Dispose() => Log.Listen(null, LogLevel.Off);

    [Fact]
    public void ALineHasTimeLevelEventAndItsFields()
    {
        Listen(LogLevel.Debug);
        Log.At(LogLevel.Warning, "link_lost")?.Add("peer", new MemberId(0x1A2B3C4D_00000000, 1)).Add("lane", 3L).Add("bytes", ulong.MaxValue)
            .Add("seconds", 0.5).Add("address", "[::1]:4000").Add("none", (string?)null).Add("empty", "").Add("text", "a \"b\" \\ c\nd\u0007").Write();
        (LogLevel level, string line) = Next();
        Assert.Equal(LogLevel.Warning, level);
        Assert.Matches(new Regex(
            @"^time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=warning event=link_lost peer=1a2b3c4d lane=3 bytes=18446744073709551615 seconds=0\.5 "
            + @"address=\[::1\]:4000 empty="""" text=""a \\""b\\"" \\\\ c\\nd ""$"), line);
    }

    [Theory]
    [InlineData(LogLevel.Off, 0)]
    [InlineData(LogLevel.Error, 1)]
    [InlineData(LogLevel.Info, 3)]
    [InlineData(LogLevel.Debug, 4)]
    public void ALevelIncludesThoseAboveIt(LogLevel wanted, int lines)
    {
        Listen(wanted);
        LogLevel[] levels = [LogLevel.Error, LogLevel.Warning, LogLevel.Info, LogLevel.Debug];
        foreach (LogLevel level in levels) Log.At(level, "something")?.Write();
        Log.Flush(WaitMs);
        Assert.Equal(levels.Take(lines), _heard.Select(one => one.Level));
        Assert.Equal(lines, levels.Count(Log.IsOn));
    }

    [Fact]
    public void LinesAreInOrderAndComeOneAtATimeOnAnotherThread()
    {
        int inside = 0, most = 0;
        HashSet<int> threads = [];
        List<string> lines = [];
        Log.Listen((_, line) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref inside));
            threads.Add(Environment.CurrentManagedThreadId);
            lines.Add(line);
            Interlocked.Decrement(ref inside);
        }, LogLevel.Info);
        for (long i = 0; i < 1000; i++) Log.At(LogLevel.Info, "something")?.Add("number", i).Write();
        Log.Flush(WaitMs);
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"number={i}"), lines.Select(line => line.Split(' ')[^1]));
        Assert.Equal(1, most);
        Assert.Single(threads);
        Assert.DoesNotContain(Environment.CurrentManagedThreadId, threads);
    }

    [Fact]
    public void AListenerThatIsTooSlowCostsLinesAndNothingElse()
    {
        using ManualResetEventSlim goOn = new();
        using ManualResetEventSlim hears = new();
        Log.Listen((level, line) =>
        {
            hears.Set();
            goOn.Wait(WaitMs);
            _heard.Add((level, line));
        }, LogLevel.Info);
        Log.At(LogLevel.Info, "first")?.Write();
        Assert.True(hears.Wait(WaitMs));
        for (int i = 0; i < 5000; i++) Log.At(LogLevel.Info, "something")?.Write();
        goOn.Set();
        Log.Flush(WaitMs);
        Assert.Equal(1 + 4096 + 1, _heard.Count);
        Assert.EndsWith("level=warning event=lines_dropped count=904", _heard.Last().Line);
    }

    [Fact]
    public void OnceReplacedAListenerIsNotCalledAnyMore()
    {
        using ManualResetEventSlim hears = new();
        bool replaced = false, calledAfter = false;
        Log.Listen((_, _) =>
        {
            calledAfter |= Volatile.Read(ref replaced);
            hears.Set();
        }, LogLevel.Info);
        for (int i = 0; i < 100; i++) Log.At(LogLevel.Info, "something")?.Write();
        Assert.True(hears.Wait(WaitMs));
        Listen(LogLevel.Info);
        Volatile.Write(ref replaced, true);
        Log.At(LogLevel.Info, "later")?.Write();
        Assert.EndsWith("event=later", Next().Line);
        Assert.False(calledAfter);
    }

    [Fact]
    public void AListenerMayReplaceItselfAndMayThrow()
    {
        Log.Listen((_, _) =>
        {
            Listen(LogLevel.Info);
            Log.At(LogLevel.Info, "second")?.Write();
            throw new InvalidOperationException("on purpose");
        }, LogLevel.Info);
        Log.At(LogLevel.Info, "first")?.Write();
        Assert.EndsWith("event=second", Next().Line);
    }

    [Theory]
    [InlineData(null, true, LogLevel.Off)]
    [InlineData(" ", true, LogLevel.Off)]
    [InlineData("off", true, LogLevel.Off)]
    [InlineData("Warning", true, LogLevel.Warning)]
    [InlineData(" debug ", true, LogLevel.Debug)]
    [InlineData("verbose", false, LogLevel.Off)]
    [InlineData("3", false, LogLevel.Off)]
    public void LevelsHaveNames(string? text, bool isOne, LogLevel expected)
    {
        Assert.Equal(isOne, LogLevels.TryParse(text, out LogLevel level));
        Assert.Equal(expected, level);
    }

    private void Listen(LogLevel level) => Log.Listen((of, line) => _heard.Add((of, line)), level);

    private (LogLevel Level, string Line) Next()
    {
        Assert.True(_heard.TryTake(out (LogLevel Level, string Line) heard, WaitMs), "no line came");
        return heard;
    }
}
