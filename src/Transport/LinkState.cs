namespace Collectives.Transport;

/// <summary>A link as it is at one moment.</summary>
/// <param name="Lanes">Open lanes.</param>
/// <param name="TxBytes">Sent on the link since it was made, headers included, over lanes that have broken too.</param>
/// <param name="RoundTripUs">The kernel's smoothed round trip time, the least of the open lanes'; 0 if unknown.</param>
/// <param name="Rate">Bytes per second that it can send, as last measured while there was enough to send; 0: not known.</param>
/// <param name="IsFar">The round trip is longer than a rack's.</param>
/// <param name="CongestionControl">Of the first open lane; empty without one.</param>
public readonly record struct LinkState(int Lanes, long TxBytes, long RxBytes, uint RoundTripUs, double Rate, bool IsFar, string CongestionControl)
{
    /// <summary>A round trip that is shorter is one machine or one rack.</summary>
    public const int FarMicroseconds = 1000;
}
