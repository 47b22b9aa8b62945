namespace Collectives.Algorithms.Schedules;

/// <summary>
/// Who sends whole buffers to whom, as seen by one member. In an exchange every member sends its input to every
/// other, and each adds all of them up. In a star the inputs go to rank 0 alone, which adds them up and sends
/// the result back: a hop more, but fewer messages and bytes.
///
/// Cost: exchange, 1 hop and P(P-1) buffers sent in all, P-1 per member; star, 2 hops and 2(P-1) buffers in all, P-1
/// by the centre and 1 by every other. The sum is taken in the order of ranks either way.
/// </summary>
public readonly struct ExchangeSchedule(int rank, int world, bool star)
{
    public const int Centre = 0;

    /// <summary>Whether this member gets all inputs; otherwise it gets the result.</summary>
    public bool AddsUp => !star || rank == Centre;

    /// <summary>Buffers that come to this member.</summary>
    public int Awaited => AddsUp ? world - 1 : 1;

    public bool SendsInput(int to) => to != rank && (!star || to == Centre);

    public bool ReceivesInput(int from) => from != rank && AddsUp;

    public bool SendsResult(int to) => to != rank && star && rank == Centre;

    public bool ReceivesResult(int from) => from == Centre && !AddsUp;
}
