using Collectives.Transport.Memory;
using Collectives.Transport.Wire;

namespace Collectives.Communication.Operations;

/// <summary>
/// Completes a result that some members hold and others, after a loss, can no longer be sent in the ordinary way. A member
/// that lacks pieces asks the first one that says it holds the whole result ("done") for all of them, run by run; that one
/// sends them from its output, and they are received where they belong. Should it die on the way, the next settlement
/// finds another one, or none.
/// </summary>
internal sealed unsafe class Repair
{
    private readonly Fifo<Wanted> _wanted = new(4);
    private Operation _operation = null!;
    private DataPhase _phase = null!;
    private int _source;

    /// <summary>Pieces that a member has asked for and has not been sent: from Next on, before End.</summary>
    private record struct Wanted(int Rank, int Next, int End);

    public void Begin(Operation operation, DataPhase phase)
    {
        _operation = operation;
        _phase = phase;
        _source = -1;
        _wanted.Clear();
    }

    /// <summary>That member holds the whole result; this one does not.</summary>
    public void FetchFrom(int rank)
    {
        if (_source >= 0) return;
        _source = rank;
        int end;
        for (int first = Skip(0, held: true); first < _phase.PieceCount; first = Skip(end, held: true))
        {
            end = Skip(first, held: false);
            OutgoingFrame frame = default;
            _operation.FillHeader(ref frame);
            frame.Header.Kind = FrameKind.Fetch;
            frame.Header.Chunk = (uint)first;
            frame.Header.Offset = (ulong)(end - first);
            _operation.Post(rank, frame);
        }
    }

    /// <summary>Another member lacks pieces. False: none that could be sent, or more than there are.</summary>
    public bool Hear(in FrameHeader header, int rank)
    {
        ulong end = header.Chunk + Math.Min(header.Offset, uint.MaxValue);
        if (!_operation.CanServe || end > (ulong)_phase.PieceCount || _wanted.Count > _phase.PieceCount * _operation.Epoch.World) return false;
        _wanted.Append() = new Wanted(rank, (int)header.Chunk, (int)end);
        _operation.Wake(rank);
        return true;
    }

    public int NextSegmentBytes(int rank)
    {
        int index = FindWanted(rank);
        return index < 0 ? -1 : _phase.PieceBytes(_wanted[index].Next);
    }

    /// <summary>The piece that <see cref="NextSegmentBytes"/> spoke of.</summary>
    public void TakeSegment(int rank, ref OutgoingFrame frame)
    {
        int piece = _wanted[FindWanted(rank)].Next++;
        frame.Header.Phase = SegmentPhase.Repair;
        frame.Header.Chunk = (uint)piece;
        frame.Header.Length = (uint)_phase.PieceBytes(piece);
        frame.Payload = _operation.Receive + _phase.PieceStart(piece);
    }

    public Placement Place(in FrameHeader header)
    {
        if (header.Chunk >= (uint)_phase.PieceCount || header.Length != _phase.PieceBytes((int)header.Chunk))
            return Placement.Refuse($"{_operation.Key}: no such piece of the result: number {header.Chunk}, {header.Length} bytes");
        int piece = (int)header.Chunk;
        if (_phase.HoldsPiece(piece)) return Placement.Discard;
        _phase.KeepInputOf(piece);
        return _operation.PlacementAt(_operation.Receive + _phase.PieceStart(piece));
    }

    public void Arrive(in FrameHeader header) => _phase.AddPiece((int)header.Chunk);

    /// <summary>The rank that pieces are fetched from, -1 for none yet.</summary>
    public int WaitsFor => _source;

    public string DescribeProgress() => _source < 0
        ? "repair after a loss, waits for a member that holds the whole result"
        : $"repair after a loss, fetches what is missing of the result from {_operation.Epoch.Describe(_source)}";

    /// <summary>The first piece from there on that exists and is held, or is not; or the end.</summary>
    private int Skip(int piece, bool held)
    {
        while (piece < _phase.PieceCount && (_phase.PieceBytes(piece) < 0 || _phase.HoldsPiece(piece)) == held) piece++;
        return piece;
    }

    /// <summary>What the member is to be sent next; what it has been sent already is dropped on the way.</summary>
    private int FindWanted(int rank)
    {
        for (int i = 0; i < _wanted.Count; i++)
        {
            ref Wanted wanted = ref _wanted[i];
            if (wanted.Rank != rank) continue;
            while (wanted.Next < wanted.End && _phase.PieceBytes(wanted.Next) < 0) wanted.Next++;
            if (wanted.Next < wanted.End) return i;
        }

        return -1;
    }
}
