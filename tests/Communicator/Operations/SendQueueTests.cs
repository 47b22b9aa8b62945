using Collectives.Communication.Operations;
using Collectives.Transport.Wire;

namespace Collectives.Communication.Tests.Operations;

public class SendQueueTests
{
    private sealed class Source(string name, int priority = 0) : IFrameSource
    {
        public ulong Order => 0;

        public int Priority => priority;

        public long BytesLeftFor(Peer peer) => 0;

        public bool TryTake(Peer peer, ref OutgoingFrame frame) => false;

        public override string ToString() => name;
    }

    private static string Drain(SendQueue queue)
    {
        List<string?> order = [];
        while (queue.Count > 0) order.Add(queue.Take().ToString());
        return string.Join(' ', order);
    }

    [Fact]
    public void TheLeastLeftGoesFirstAndOfEqualsTheFirstCall()
    {
        SendQueue queue = new();
        queue.Add(new Source("large"), 1000, 1);
        queue.Add(new Source("second"), 500, 3);
        queue.Add(new Source("first"), 500, 2);
        queue.Add(new Source("small"), 1, 4);
        Assert.Equal("small first second large", Drain(queue));
    }

    [Fact]
    public void MorePriorityGoesBeforeLessToSend()
    {
        SendQueue queue = new();
        queue.Add(new Source("later", priority: -1), 1, 1);
        queue.Add(new Source("first", priority: 1), 1000, 2);
        queue.Add(new Source("second"), 500, 3);
        Assert.Equal("first second later", Drain(queue));
    }

    [Fact]
    public void NoneWaitsForEver()
    {
        SendQueue queue = new();
        Source large = new("large");
        queue.Add(large, 1_000_000, 0);
        int turns = 1;
        for (queue.Add(new Source("small"), 1, 1); queue.Take() != large; turns++) queue.Add(new Source("small"), 1, (ulong)turns);
        Assert.InRange(turns, 2, 8);
    }

    [Fact]
    public void WhatIsRemovedGetsNoTurn()
    {
        SendQueue queue = new();
        Source gone = new("gone");
        queue.Add(gone, 1, 0);
        queue.Add(new Source("stays"), 2, 0);
        queue.Add(gone, 3, 0);
        queue.Remove(gone);
        Assert.Equal("stays", Drain(queue));
    }
}
