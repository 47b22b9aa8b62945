using System.Collections.Concurrent;
using Collectives.Transport.Progress;

namespace Collectives.Transport.Tests.Progress;

/// <summary>What a loop promises to those that post to it, wait on it and are ticked by it.</summary>
public sealed class ProgressLoopTests
{
    private const int TestLimitMs = 120_000, WaitMs = 60_000;

    [Theory(Timeout = TestLimitMs)]
    [InlineData(false)]
    [InlineData(true)]
    public Task MessagesOfEachSenderRunInOrderAndOneAtATime(bool later) => Task.Run(() =>
    {
        const int senders = 6, messages = 4000;
        using ProgressLoop loop = Create();
        using Completion done = new();
        int[] next = new int[senders];
        int left = senders * messages;
        int inside = 0;
        ConcurrentQueue<string> wrong = [];
        Thread[] threads = [.. Enumerable.Range(0, senders).Select(sender => new Thread(() =>
        {
            for (int i = 0; i < messages; i++)
            {
                int number = i;
                Message message = new(() =>
                {
                    if (Interlocked.Increment(ref inside) != 1) wrong.Enqueue("two messages ran at a time");
                    if (next[sender]++ != number) wrong.Enqueue($"message {number} of sender {sender} ran as its {next[sender] - 1}th");
                    if (--left == 0) loop.End(done);
                    Interlocked.Decrement(ref inside);
                });
                if (later) loop.PostLater(message);
                else loop.Post(message);
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        Assert.True(loop.Wait(done, WaitMs), $"{left} messages did not run");
        foreach (Thread thread in threads) thread.Join();
        Assert.Empty(wrong);
    });

    [Fact(Timeout = TestLimitMs)]
    public Task AMessageOfTheOwnersRunsAfterTheOneThatPostedIt() => Task.Run(() =>
    {
        using ProgressLoop loop = Create();
        using Completion done = new();
        List<int> order = [];
        loop.Post(new Message(() =>
        {
            loop.Post(new Message(() =>
            {
                order.Add(2);
                loop.End(done);
            }));
            order.Add(1);
        }));
        Assert.True(loop.Wait(done, WaitMs));
        Assert.Equal([1, 2], order);
    });

    [Fact(Timeout = TestLimitMs)]
    public Task ManyThreadsWaitAndAreAllWoken() => Task.Run(() =>
    {
        const int rounds = 300, waiters = 4;
        using ProgressLoop loop = Create();
        for (int round = 0; round < rounds; round++)
        {
            Completion[] ends = [.. Enumerable.Range(0, waiters).Select(_ => new Completion())];
            bool[] ended = new bool[waiters];
            Thread[] threads = [.. ends.Select((end, i) => new Thread(() => ended[i] = loop.Wait(end, WaitMs)))];
            foreach (Thread thread in threads) thread.Start();
            // In another order than they wait in, each by another message.
            foreach (Completion end in ends.Reverse()) loop.Post(new Message(() => loop.End(end)));
            foreach (Thread thread in threads) thread.Join();
            Assert.DoesNotContain(false, ended);
            foreach (Completion end in ends) end.Dispose();
        }
    });

    [Theory(Timeout = TestLimitMs)]
    [InlineData(false)]
    [InlineData(true)]
    public Task TickersAreTickedWhetherSomebodyDrivesOrNot(bool driven) => Task.Run(() =>
    {
        const int ticks = 8;
        using ProgressLoop loop = Create();
        using Completion done = new();
        ConcurrentQueue<long> times = [];
        Ticker ticker = new(now =>
        {
            times.Enqueue(now);
            if (times.Count == ticks) loop.End(done);
        });
        loop.Post(new Message(() => loop.Add(ticker)));
        if (driven) Assert.True(loop.Wait(done, WaitMs), "the loop does not tick");
        else Assert.True(SpinWait.SpinUntil(() => done.HasEnded, WaitMs), "the loop does not tick");
        long[] seen = [.. times];
        Assert.Equal(seen.Order(), seen);
        Assert.InRange(seen[^1], 1, Environment.TickCount64);
    });

    [Fact(Timeout = TestLimitMs)]
    public Task AWaitEndsInTime() => Task.Run(() =>
    {
        using ProgressLoop loop = Create();
        using Completion never = new();
        long start = Environment.TickCount64;
        Assert.False(loop.Wait(never, 100));
        Assert.InRange(Environment.TickCount64 - start, 100, WaitMs);
        Assert.False(loop.Wait(never, 0));
    });

    private static ProgressLoop Create()
    {
        Fault fault = ProgressLoop.Create("test-progress", 20, out ProgressLoop? loop);
        Assert.True(fault.IsNone, fault.Message);
        return loop!;
    }

    private sealed class Ticker(Action<long> action) : ILoopTicker
    {
        public void Tick(long nowMs) => action(nowMs);
    }
}
