namespace Collectives.Transport.Tcp;

/// <summary>
/// What two copies of one frame have in common: a lane that had nothing to send has taken a frame over that another one has
/// had under way for too long. Whichever arrives first counts. Its memory is given back once, when one has been
/// acknowledged and no copy is still being read by a lane.
/// </summary>
internal sealed class Twin
{
    /// <summary>Copies that lanes hold, written or not.</summary>
    public int Copies { get; set; }

    /// <summary>Copies that have not left whole: their payload is still read.</summary>
    public int Unwritten { get; set; }

    public bool IsAcknowledged { get; set; }

    /// <summary>The memory has been given back, or the frame returned to the link's queue.</summary>
    public bool IsSettled { get; set; }

    public bool CanSettle => IsAcknowledged && !IsSettled && Unwritten == 0;

    public void Reset() => (Copies, Unwritten, IsAcknowledged, IsSettled) = (0, 0, false, false);
}
