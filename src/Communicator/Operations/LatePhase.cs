using Collectives.Transport.Wire;

namespace Collectives.Communication.Operations;

/// <summary>
/// For a member that was late for an operation: it asks the member that has kept the result (<see cref="Delivery"/>), and
/// receives it in pieces. Its own input takes no part; in place, where the result replaces it, it is handed back first.
/// </summary>
internal sealed unsafe class LatePhase(OperationEngine engine) : DataPhase(engine)
{
    private const int Keeper = 0;

    private readonly SegmentSet _pieces = new();
    private long _bytes;
    private DeliveredOutcome _outcome;

    /// <summary>What the others ran.</summary>
    public override Algorithm Algorithm => _outcome.Algorithm;

    public override int PieceCount => Delivery.PiecesOf(_bytes);

    public override int WaitsFor => Keeper;

    public override Placement Place(in FrameHeader header, int rank)
    {
        int piece = (int)Math.Min(header.Chunk, int.MaxValue);
        if (header.Phase != SegmentPhase.Repair || piece >= PieceCount || header.Length != PieceBytes(piece))
            return Placement.Refuse($"{Key}: no such piece of a result: number {header.Chunk}, {header.Length} bytes");
        if (!DeliveredOutcome.TryRead(header, out _)) return Placement.Refuse($"{Key}: a result of nobody: argument {header.Argument:x}");
        if (_pieces.Contains(piece)) return Placement.Discard;
        KeepInputOf(piece);
        return Operation.PlacementAt(Receive + PieceStart(piece));
    }

    public override void Arrive(in FrameHeader header, int rank, in Placement placement)
    {
        DeliveredOutcome.TryRead(header, out _outcome);
        AddPiece((int)header.Chunk);
    }

    public override int NextSegmentBytes(int rank) => -1;

    public override void TakeSegment(int rank, ref OutgoingFrame frame)
    {
    }

    public override string DescribeProgress() => $"late: gets the others' result, {_pieces.Count} of {PieceCount} pieces are here, from {Epoch.Describe(Keeper)}";

    public override void Stop()
    {
    }

    public override void PutBackInput()
    {
        for (int piece = 0; piece < PieceCount; piece++) Kept.PutBack(piece, PieceStart(piece), PieceBytes(piece));
    }

    public override int PieceBytes(int piece) => (int)Math.Min(Delivery.PieceBytes, _bytes - PieceStart(piece));

    public override long PieceStart(int piece) => (long)piece * Delivery.PieceBytes;

    public override bool HoldsPiece(int piece) => _pieces.Contains(piece);

    public override void KeepInputOf(int piece) => Kept.Keep(piece, PieceStart(piece), PieceBytes(piece));

    public override void AddPiece(int piece)
    {
        if (_pieces.Add(piece) && _pieces.Count == PieceCount) Operation.HoldWholeResult();
    }

    public override OperationResult Outcome() => new()
    {
        Participants = _outcome.Participants,
        ParticipantMask = _outcome.Mask,
        SlotMask = _outcome.SlotMask,
        Epoch = Key.Origin + _outcome.SinceOrigin,
        Algorithm = _outcome.Algorithm,
        IsLate = true,
    };

    protected override void Start()
    {
        _bytes = Elements * Reducer.ElementSize;
        _pieces.Clear(PieceCount);
        if (Operation.InPlace)
        {
            if (Operation.Work.Options.Contribution != null) Buffer.MemoryCopy(Send, Operation.Work.Options.Contribution, _bytes, _bytes);
            if (Operation.KeepsInput) Kept.Begin(Receive, (nuint)_bytes, PieceCount);
        }

        OutgoingFrame frame = default;
        Operation.FillHeader(ref frame);
        frame.Header.Kind = FrameKind.Fetch;
        frame.Header.Offset = (ulong)PieceCount;
        Operation.Post(Keeper, frame);
    }
}
