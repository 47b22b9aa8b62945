using Collectives.Transport.Wire;

namespace Collectives.Transport.InProcess;

/// <summary>
/// A frame between two loops of one process. Its payload stays in the sender's memory until the receiver copies
/// it; the state decides who may touch it: the receiver claims it before it copies, the sender takes it back
/// when it abandons the memory.
/// </summary>
internal sealed class Parcel
{
    private const int Offered = 0, Claimed = 1, Taken = 2, Withdrawn = 3;

    private int _state;

    public OutgoingFrame Frame;

    /// <summary>The receiver's turn to copy; false if the sender has withdrawn it.</summary>
    public bool TryClaim() => Interlocked.CompareExchange(ref _state, Claimed, Offered) == Offered;

    public void MarkTaken() => Volatile.Write(ref _state, Taken);

    /// <summary>After this the payload is not read any more. A copy in progress is waited for; it takes microseconds.</summary>
    public void Withdraw()
    {
        if (Interlocked.CompareExchange(ref _state, Withdrawn, Offered) == Offered) return;
        SpinWait spin = default;
        while (Volatile.Read(ref _state) == Claimed) spin.SpinOnce();
    }
}
