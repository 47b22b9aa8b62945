using Collectives.Algorithms.Reduction;
using Collectives.Transport.Wire;

namespace Collectives.Communication.Operations;

/// <summary>
/// What an algorithm does between an operation's start and the moment at which this member holds the whole result: which
/// segments go to whom, and where those that arrive belong. Pooled by the engine, and lent to an operation for one run.
///
/// The result is made of pieces, numbered alike on all members of the run, which may be fetched one by one should
/// a loss leave this member without some of them (<see cref="Repair"/>).
/// </summary>
internal abstract unsafe class DataPhase(OperationEngine engine)
{
    protected OperationEngine Engine { get; } = engine;

    protected Operation Operation { get; private set; } = null!;

    protected Epoch Epoch { get; private set; } = null!;

    public abstract Algorithm Algorithm { get; }

    protected OperationKey Key => Operation.Key;
    protected byte* Send => Operation.Send;
    protected byte* Receive => Operation.Receive;
    protected Reducer Reducer => Operation.Reducer;
    protected double Weight => Operation.Weight;
    protected long Elements => Operation.Elements;
    protected KeptInput Kept => Operation.Kept;

    public void Start(Operation operation, Epoch epoch)
    {
        Operation = operation;
        Epoch = epoch;
        Start();
    }

    /// <summary>Where an announced segment goes; the header's content is hostile until checked here.</summary>
    public abstract Placement Place(in FrameHeader header, int rank);

    public abstract void Arrive(in FrameHeader header, int rank, in Placement placement);

    /// <summary>Another member has begun; it may be held up by not knowing that this one has.</summary>
    public virtual void HearBegin(int rank)
    {
    }

    /// <summary>Bytes of the next segment for that member, -1 if there is none now.</summary>
    public abstract int NextSegmentBytes(int rank);

    /// <summary>Fills in the segment that <see cref="NextSegmentBytes"/> spoke of, and takes it off the queue.</summary>
    public abstract void TakeSegment(int rank, ref OutgoingFrame frame);

    /// <summary>Before it starts: what the choice of the algorithm expects for the run; 0: nothing.</summary>
    public double PredictedSeconds { get; set; }

    /// <summary>By this member, over the whole run, roughly. A ring sends the buffer nearly twice; others of one buffer, no more than that to any member.</summary>
    public virtual long BytesToSend => 2 * Elements * Reducer.ElementSize;

    /// <summary>
    /// Whether this member, once it holds its result, could give every other one what that lacks of its own; and whether it can only hold
    /// it when all have begun.
    /// </summary>
    public virtual bool CanServe => true;

    /// <summary>The rank that has to do something next, or -1: this member itself, or nobody.</summary>
    public abstract int WaitsFor { get; }

    /// <summary>"reduce phase, 3 of 8 segments, waits for member 1": what a deadline's message says.</summary>
    public abstract string DescribeProgress();

    /// <summary>Nothing is sent or received for this run any more: gives back what was leased and not handed to a frame.</summary>
    public abstract void Stop();

    /// <summary>Restores the caller's buffer from what was kept of it.</summary>
    public abstract void PutBackInput();

    /// <summary>Pieces have numbers below this.</summary>
    public abstract int PieceCount { get; }

    /// <summary>-1: no piece has that number.</summary>
    public abstract int PieceBytes(int piece);

    /// <summary>Where the piece starts in the buffer, in bytes.</summary>
    public abstract long PieceStart(int piece);

    public abstract bool HoldsPiece(int piece);

    /// <summary>The piece is about to be overwritten, by a repair.</summary>
    public abstract void KeepInputOf(int piece);

    /// <summary>The piece lies where it belongs.</summary>
    public abstract void AddPiece(int piece);

    /// <summary>What the result is made of.</summary>
    public virtual OperationResult Outcome() => new()
    {
        Participants = Epoch.World,
        ParticipantMask = Epoch.Mask,
        SlotMask = Epoch.SlotMask,
        Epoch = Epoch.Whole.Number,
        Algorithm = Algorithm,
        PredictedSeconds = PredictedSeconds,
    };

    protected abstract void Start();
}
