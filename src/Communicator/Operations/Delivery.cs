using Collectives.Transport.Wire;

namespace Collectives.Communication.Operations;

/// <summary>
/// A result that is kept for members that were late for its operation: a copy, made when the operation ends here, and sent
/// to each of them when it asks, that is, when it calls the operation at last. It goes when all have it or are lost,
/// or have not asked for long.
/// </summary>
internal sealed unsafe class Delivery(OperationEngine engine, OperationKey key, Epoch epoch, long untilMs) : IFrameSource
{
    public const int PieceBytes = 256 * 1024;

    private readonly List<Customer> _customers = [];
    private FrameHeader _header;
    private byte* _copy;
    private long _bytes;

    private record struct Customer(Peer Peer, bool Asked, int Next, bool ToldDone);

    public OperationKey Key { get; } = key;

    /// <summary>That it ran in, and that its frames carry.</summary>
    public ulong EpochNumber { get; } = epoch.Number;

    public long UntilMs { get; } = untilMs;

    public bool IsOpen { get; private set; } = true;

    public ulong Order { get; } = engine.NextOrder();

    public int Priority => 0;

    public bool IsReady => _copy != null;

    public static int PiecesOf(long bytes) => (int)Math.Max(1, (bytes + PieceBytes - 1) / PieceBytes);

    public void Await(Peer peer) => _customers.Add(new Customer(peer, false, 0, false));

    public bool Has(Peer peer) => Find(peer) >= 0;

    /// <summary>The operation has ended well: its result is copied, since the buffer is the caller's again.</summary>
    public void Keep(Operation operation, in OperationResult result)
    {
        _bytes = operation.Elements * operation.Reducer.ElementSize;
        _copy = engine.KeptMemory.TryRent((nuint)Math.Max(_bytes, 1));
        if (_copy == null)
        {
            // The late ones get an error; the operation is none the worse for it.
            engine.EndDelivery(this);
            return;
        }

        Buffer.MemoryCopy(operation.Receive, _copy, _bytes, _bytes);
        OutgoingFrame frame = default;
        operation.FillHeader(ref frame);
        _header = frame.Header;
        // The late ones know it by the epoch that they were told, even if it was run again since.
        _header.Epoch = EpochNumber;
        _header.SinceOrigin = (ushort)(EpochNumber - Key.Origin);
        _header.Admission = AdmissionHint.Of(result.Pending, result.HasBetterOrder).Bits;
        _header.Retries = (ushort)result.Retries;
        new DeliveredOutcome(result.Algorithm, result.Participants, (uint)result.ParticipantMask, (uint)result.SlotMask, (ushort)(result.Epoch - Key.Origin)).Write(ref _header);
        foreach (Customer customer in _customers)
        {
            if (customer.Asked) customer.Peer.MakeReady(this);
        }
    }

    /// <summary>A late member has called the operation.</summary>
    public void Ask(Peer peer)
    {
        int index = Find(peer);
        if (_customers[index].Asked) return;
        _customers[index] = _customers[index] with { Asked = true };
        if (IsReady) peer.MakeReady(this);
    }

    public long BytesLeftFor(Peer peer) => Find(peer) is var index and >= 0 ? Math.Max(0, _bytes - (long)_customers[index].Next * PieceBytes) : 0;

    public bool TryTake(Peer peer, ref OutgoingFrame frame)
    {
        int index = Find(peer);
        if (index < 0 || !IsReady) return false;
        Customer customer = _customers[index];
        frame = new OutgoingFrame { Header = _header, Lease = OutgoingFrame.NoLease };
        if (customer.Next < PiecesOf(_bytes))
        {
            long start = (long)customer.Next * PieceBytes;
            frame.Header.Kind = FrameKind.Segment;
            frame.Header.Phase = SegmentPhase.Repair;
            frame.Header.Chunk = (uint)customer.Next;
            frame.Header.Length = (uint)Math.Min(PieceBytes, _bytes - start);
            frame.Payload = _copy + start;
            frame.Owner = this;
            _customers[index] = customer with { Next = customer.Next + 1 };
            peer.MakeReadyAgain(this);
            return true;
        }

        if (customer.ToldDone) return false;
        frame.Header.Kind = FrameKind.Done;
        frame.Header.Argument = frame.Header.Offset = 0;
        _customers[index] = customer with { ToldDone = true };
        return true;
    }

    /// <summary>The member has the result, or is gone.</summary>
    public void Forget(Peer peer)
    {
        int index = Find(peer);
        if (index < 0) return;
        _customers.RemoveAt(index);
        if (_customers.Count == 0) engine.EndDelivery(this);
    }

    /// <summary>Those that still wait.</summary>
    public IEnumerable<Peer> Customers => _customers.Select(customer => customer.Peer);

    public void End()
    {
        IsOpen = false;
        foreach (Customer customer in _customers)
        {
            customer.Peer.Link.Abandon(this);
            customer.Peer.Forget(this);
            if (customer.Asked) engine.TellGone(customer.Peer, Key, EpochNumber);
        }

        _customers.Clear();
        if (_copy != null) engine.KeptMemory.Return(_copy);
        _copy = null;
    }

    private int Find(Peer peer) => _customers.FindIndex(customer => ReferenceEquals(customer.Peer, peer));
}
