using Collectives.Transport.Memory;
using Collectives.Transport.Wire;

namespace Collectives.Transport.Tests.Conformance;

/// <summary>
/// A client that sends numbered letters and records what arrives. Payloads leave from leased memory that is
/// overwritten when it comes back, so that a link that reads it later sends what the other end will not accept.
/// All members belong to the loop.
/// </summary>
internal sealed unsafe class Postbox : ILinkClient, IDisposable
{
    private const byte Poison = 0xEE;

    private readonly Queue<(ILink Link, ulong Number)> _toSend = new();
    private readonly HashSet<object> _abandoned = [];

    public ScratchPool Outgoing { get; } = new(FrameHeader.MaxPayload, 24);
    public ScratchPool Incoming { get; } = new(FrameHeader.MaxPayload, 24);
    public Dictionary<ulong, int> Arrived { get; } = [];
    public List<ulong> ThrownAway { get; } = [];
    public List<string> Wrong { get; } = [];
    public int Taken { get; private set; }
    public int Retired { get; private set; }
    public int Placed { get; private set; }
    public int Ups { get; private set; }
    public int Downs { get; private set; }
    public List<(ILink Link, Fault Fault)> Lost { get; } = [];

    public Func<ulong, int> SizeOf { get; set; } = Letters.SizeOf;

    /// <summary>A test's own answer to a header; null leaves it to the postbox.</summary>
    public Func<ILink, FrameHeader, Placement?>? OnPlace { get; set; }

    public Action<ILink, FrameHeader>? OnArrive { get; set; }

    public Action<ILink>? OnLost { get; set; }

    public void Send(ILink link, ulong first, int count)
    {
        for (ulong i = 0; i < (ulong)count; i++) _toSend.Enqueue((link, first + i));
        _link = link;
        link.Wake();
    }

    /// <summary>Sends nothing more of what was not taken yet.</summary>
    public void Forget() => _toSend.Clear();

    /// <summary>Posts a letter from memory of the test's own.</summary>
    public void Post(ILink link, ulong number, byte* payload, int bytes, object owner)
    {
        Taken++;
        link.Post(Letters.Frame(number, payload, bytes, owner));
    }

    public void Abandon(ILink link, object owner)
    {
        _abandoned.Add(owner);
        link.Abandon(owner);
    }

    /// <summary>The owner has what it wanted, and its memory is another's from now on.</summary>
    public void End(object owner) => _abandoned.Add(owner);

    public bool TryTake(ILink link, ref OutgoingFrame frame)
    {
        if (!_toSend.TryPeek(out (ILink Link, ulong Number) next) || next.Link != link) return false;
        int lease = Outgoing.TryLease();
        if (lease < 0) return false;
        _toSend.Dequeue();
        frame = Letters.Frame(next.Number, Outgoing[lease], SizeOf(next.Number), this, lease);
        Taken++;
        return true;
    }

    public Placement Place(ILink link, in FrameHeader header)
    {
        if (header.Kind != FrameKind.Segment) return Placement.Refuse($"a frame of kind {(byte)header.Kind}, expected segments only");
        if (OnPlace?.Invoke(link, header) is { } answer)
        {
            if (answer.Violation.IsNone) Placed++;
            return answer;
        }

        Placed++;
        int lease = Incoming.TryLease();
        if (lease < 0) throw new InvalidOperationException("more frames are being received than there are lanes: placements do not come back");
        return new Placement { Destination = Incoming[lease], Bytes = header.Length, Owner = this, Lease = lease };
    }

    public void Arrive(ILink link, in FrameHeader header, in Placement placement)
    {
        if (placement.Destination == null && header.Length > 0)
        {
            ThrownAway.Add(header.Operation);
        }
        else
        {
            Arrived[header.Operation] = Arrived.GetValueOrDefault(header.Operation) + 1;
            ReadOnlySpan<byte> payload = new(placement.Destination, (int)header.Length);
            if (!payload.SequenceEqual(Letters.Content(header.Operation, (int)header.Length)))
                Wrong.Add($"letter {header.Operation} of {header.Length} bytes has other content than was sent");
        }

        Release(placement);
        OnArrive?.Invoke(link, header);
    }

    public void Forsake(in Placement placement) => Release(placement);

    public bool IsWanted(in OutgoingFrame frame) => frame.Owner is null || !_abandoned.Contains(frame.Owner);

    public void Retire(in OutgoingFrame frame)
    {
        Retired++;
        if (frame.Lease < 0) return;
        new Span<byte>(Outgoing[frame.Lease], (int)Math.Min(frame.Header.Length, Letters.MaxBytes)).Fill(Poison);
        Outgoing.Release(frame.Lease);
        _link?.Wake();
    }

    public void LinkUp(ILink link) => Ups++;

    public void LinkDown(ILink link) => Downs++;

    public void LinkLost(ILink link, Fault fault)
    {
        Lost.Add((link, fault));
        OnLost?.Invoke(link);
    }

    public void Dispose()
    {
        Outgoing.Dispose();
        Incoming.Dispose();
    }

    // The link that more can be taken for once a lease is back.
    private ILink? _link;

    private void Release(in Placement placement)
    {
        if (placement.Lease >= 0) Incoming.Release(placement.Lease);
    }
}
