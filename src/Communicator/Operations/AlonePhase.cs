using Collectives.Algorithms.Reduction;
using Collectives.Transport.Wire;

namespace Collectives.Communication.Operations;

/// <summary>A reduction without others: the result is this member's input, times its weight if it is a sum.</summary>
internal sealed unsafe class AlonePhase(OperationEngine engine) : DataPhase(engine)
{
    public override Algorithm Algorithm => Algorithm.Exchange;

    public override int WaitsFor => -1;

    public override int PieceCount => 0;

    /// <summary>Also without an operation, for worlds that never had a second member.</summary>
    public static void Reduce(Reducer reducer, byte* send, byte* receive, long elements, double weight)
    {
        // An average's weight is divided out again.
        reducer.Scale(receive, send, (nuint)elements, reducer.Op == ReduceOp.Avg ? 1 : weight);
    }

    public override Placement Place(in FrameHeader header, int rank) => Placement.Discard;

    public override void Arrive(in FrameHeader header, int rank, in Placement placement)
    {
    }

    public override int NextSegmentBytes(int rank) => -1;

    public override void TakeSegment(int rank, ref OutgoingFrame frame)
    {
    }

    public override string DescribeProgress() => "alone";

    public override void Stop()
    {
    }

    public override void PutBackInput()
    {
    }

    public override int PieceBytes(int piece) => -1;

    public override long PieceStart(int piece) => 0;

    public override bool HoldsPiece(int piece) => false;

    public override void KeepInputOf(int piece)
    {
    }

    public override void AddPiece(int piece)
    {
    }

    protected override void Start()
    {
        Reduce(Reducer, Send, Receive, Elements, Weight);
        Operation.HoldWholeResult();
    }
}
