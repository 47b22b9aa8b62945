using Collectives.Algorithms.Schedules;
using Collectives.Transport.Wire;

namespace Collectives.Communication.Operations;

/// <summary>
/// An all-reduce for small buffers (<see cref="ExchangeSchedule"/>): whole inputs go to every member, or to the centre of a star, which
/// sends the result back. Who has all of them adds them up in rank order, so that all get the same bits.
/// </summary>
internal sealed unsafe class ExchangePhase(OperationEngine engine) : DataPhase(engine)
{
    /// <summary>Larger buffers have no advantage from it in any world.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>Inputs begin on cache lines.</summary>
    private const int Line = 64;

    /// <summary>All inputs but this member's own, in the order of ranks.</summary>
    private byte* _inputs;
    private int _stride;
    private ExchangeSchedule _schedule;
    private double[] _weights = [];
    private bool[] _has = [];
    private bool[] _sent = [];
    private byte* _input;
    private int _bytes;
    private int _missing;
    private bool _holdsResult;

    /// <summary>Before it starts: which of the two schedules it follows.</summary>
    public bool IsStar { get; set; }

    public override Algorithm Algorithm => IsStar ? Algorithm.Star : Algorithm.Exchange;

    /// <summary>The whole result.</summary>
    public override int PieceCount => 1;

    public override int WaitsFor => Array.IndexOf(_has, false, 0, Epoch.World);

    protected override void Start()
    {
        int world = Epoch.World;
        if (_weights.Length < world)
        {
            _weights = new double[world];
            _has = new bool[world];
            _sent = new bool[world];
        }

        _schedule = new ExchangeSchedule(Epoch.Rank, world, IsStar);
        Array.Clear(_has);
        Array.Clear(_sent);
        _bytes = (int)(Elements * Reducer.ElementSize);
        _weights[Epoch.Rank] = Weight;
        _has[Epoch.Rank] = true;
        _missing = _schedule.Awaited;
        _holdsResult = false;
        _input = Send;
        if (Operation.InPlace && _bytes > 0)
        {
            // The result overwrites the buffer while slow members may still be owed the input.
            Kept.Begin(Receive, (nuint)_bytes, 1);
            KeepInputOf(0);
            _input = Kept.InputOf(0, 0, Send);
        }

        if (_schedule.AddsUp)
        {
            _stride = Math.Max(1, (_bytes + Line - 1) / Line) * Line;
            _inputs = Engine.Blocks.Rent((world - 1) * _stride);
        }

        WakeReceivers();
    }

    public override Placement Place(in FrameHeader header, int rank)
    {
        bool expected = header.Phase switch
        {
            SegmentPhase.Input => _schedule.ReceivesInput(rank) && BitConverter.UInt64BitsToDouble(header.Argument) is > 0 and < double.PositiveInfinity,
            SegmentPhase.Result => _schedule.ReceivesResult(rank),
            _ => false,
        };
        if (!expected || header.Length != (uint)_bytes || header.Offset != 0)
            return Placement.Refuse($"{Key}: no such segment: offset {header.Offset}, {header.Length} bytes, phase {header.Phase}; expected the {_bytes} bytes of {(_schedule.AddsUp ? "an input" : "the result")}");
        if (_has[rank]) return Placement.Discard;
        return Operation.PlacementAt(_schedule.AddsUp ? InputOf(rank) : Receive);
    }

    public override void Arrive(in FrameHeader header, int rank, in Placement placement)
    {
        // The same buffer came over two lanes at once.
        if (_has[rank]) return;
        _has[rank] = true;
        _weights[rank] = BitConverter.UInt64BitsToDouble(header.Argument);
        if (--_missing > 0) return;
        if (_schedule.AddsUp) AddUp();
        WakeReceivers();
        AddPiece(0);
    }

    /// <summary>The centre sends nothing by itself that would show to members that it has begun.</summary>
    public override void HearBegin(int rank)
    {
        if (_schedule.SendsResult(rank) && _missing > 0) Operation.Announce(rank);
    }

    public override string DescribeProgress()
    {
        if (!_schedule.AddsUp) return $"waits for the result from {Epoch.Describe(ExchangeSchedule.Centre)}";
        int rank = Array.IndexOf(_has, false, 0, Epoch.World);
        return $"exchange, {Epoch.World - 1 - _missing} of {Epoch.World - 1} inputs are here, waits for {Epoch.Describe(rank)}";
    }

    public override int NextSegmentBytes(int rank) => !_sent[rank] && HasFor(rank) ? _bytes : -1;

    public override void TakeSegment(int rank, ref OutgoingFrame frame)
    {
        _sent[rank] = true;
        bool isResult = _schedule.SendsResult(rank);
        frame.Header.Phase = isResult ? SegmentPhase.Result : SegmentPhase.Input;
        frame.Header.Length = (uint)_bytes;
        frame.Header.Argument = isResult ? 0 : BitConverter.DoubleToUInt64Bits(Weight);
        frame.Payload = isResult ? Receive : _input;
    }

    public override void PutBackInput() => Kept.PutBack(0, 0, _bytes);

    public override void Stop()
    {
        if (_inputs != null) Engine.Blocks.Return(_inputs, (Epoch.World - 1) * _stride);
        _inputs = null;
    }

    public override int PieceBytes(int piece) => _bytes;

    public override long PieceStart(int piece) => 0;

    public override bool HoldsPiece(int piece) => _holdsResult;

    public override void KeepInputOf(int piece) => Kept.Keep(0, 0, _bytes);

    public override void AddPiece(int piece)
    {
        if (_holdsResult) return;
        _holdsResult = true;
        Operation.HoldWholeResult();
    }

    private bool HasFor(int rank) => _schedule.SendsInput(rank) || (_schedule.SendsResult(rank) && _missing == 0);

    private void WakeReceivers()
    {
        for (int i = 1; i < Epoch.World; i++)
        {
            int rank = (Epoch.Rank + i) % Epoch.World;
            if (!_sent[rank] && HasFor(rank)) Operation.Wake(rank);
        }
    }

    /// <summary>((input 0 + input 1) + input 2) ..., each times its weight, the last step finished.</summary>
    private void AddUp()
    {
        nuint elements = (nuint)Elements;
        byte* first = InputOf(0);
        double total = _weights[0];
        if (_weights[0] != 1)
        {
            Reducer.Scale(Receive, first, elements, _weights[0]);
            first = Receive;
        }

        for (int rank = 1; rank < Epoch.World; rank++)
        {
            total += _weights[rank];
            if (rank == Epoch.World - 1) Reducer.CombineAndFinish(Receive, first, InputOf(rank), elements, _weights[rank], total);
            else Reducer.CombineWeighted(Receive, first, InputOf(rank), elements, _weights[rank]);
            first = Receive;
        }
    }

    private byte* InputOf(int rank) =>
        rank == Epoch.Rank ? _input : _inputs + (long)(rank < Epoch.Rank ? rank : rank - 1) * _stride;
}
