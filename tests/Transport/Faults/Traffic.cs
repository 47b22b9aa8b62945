using Collectives.Transport.Tests.Conformance;
using Collectives.Transport.Wire;

namespace Collectives.Transport.Tests.Faults;

/// <summary>
/// Letters both ways over a link, a few at a time, for as long as a test wants. Letters that have arrived are
/// forgotten, so that the books of a long run are no larger than those of a short one.
/// </summary>
internal sealed class Traffic
{
    private const int Batch = 50;

    private readonly Direction[] _directions;
    private readonly Thread _thread;
    private volatile bool _stop;
    private volatile bool _runs;
    private Exception? _failure;

    public Traffic(Pair pair)
    {
        _directions = [new Direction(pair.First, pair.ToSecond, pair.Second, 1_000_000), new Direction(pair.Second, pair.ToFirst, pair.First, 2_000_000)];
        _thread = new Thread(() => _failure = Record.Exception(Run));
    }

    /// <summary>What the two postboxes hold for payloads.</summary>
    public long PoolBytes => _directions.Sum(direction => direction.From.Postbox.Outgoing.HeldBytes + direction.From.Postbox.Incoming.HeldBytes);

    /// <summary>Returns when the first letters have arrived.</summary>
    public void Start()
    {
        _thread.Start();
        Assert.True(SpinWait.SpinUntil(() => _runs || _failure is not null, TimeSpan.FromSeconds(30)), "no letters arrive");
    }

    /// <summary>Throws if any letter was lost, changed or delivered twice.</summary>
    public void Stop()
    {
        _stop = true;
        _thread.Join();
        if (_failure is not null) throw new AggregateException(_failure);
    }

    private void Run()
    {
        do
        {
            foreach (Direction direction in _directions) direction.Send();
            foreach (Direction direction in _directions) direction.Settle();
            _runs = true;
        }
        while (!_stop);
        foreach (Direction direction in _directions) direction.From.CheckBooks();
    }

    private sealed class Direction
    {
        private readonly ILink _link;
        private readonly Member _to;
        private readonly ulong _first;
        private ulong _next;

        public Direction(Member from, ILink link, Member to, ulong first)
        {
            (From, _link, _to, _first, _next) = (from, link, to, first, first);
            Postbox postbox = to.Postbox;
            from.Postbox.SizeOf = number => 1 + Letters.SizeOf(number);
            // A second copy is thrown away, as operations do.
            postbox.OnPlace = (_, header) =>
                (header.Operation >= first && header.Operation < _next) || postbox.Arrived.ContainsKey(header.Operation) ? Placement.Discard : null;
        }

        public Member From { get; }

        public void Send() => From.OnLoop(() => From.Postbox.Send(_link, _next, Batch));

        public void Settle()
        {
            Dictionary<ulong, int> arrived = _to.Postbox.Arrived;
            ulong[] batch = [.. Enumerable.Range(0, Batch).Select(i => _next + (ulong)i)];
            _to.Until(() => Array.TrueForAll(batch, arrived.ContainsKey), "letters arrive");
            _to.OnLoop(() =>
            {
                foreach (ulong number in batch)
                {
                    Assert.Equal(1, arrived[number]);
                    arrived.Remove(number);
                }

                Assert.DoesNotContain(arrived.Keys, number => number >= _first);
                _next += Batch;
            });
        }
    }
}
