namespace Collectives.Communication;

/// <summary>What becomes of an operation that members have not called when its deadline has passed. With the values of COLL_ON_LATE_*.</summary>
public enum OnLate
{
    /// <summary>It fails.</summary>
    Wait = 0,

    /// <summary>They are evicted, and it goes on without them.</summary>
    Evict = 1,

    /// <summary>It goes on without them; they get the result when they call it.</summary>
    Proceed = 2,
}

/// <summary>How one operation is to run; coll_options with its defaults filled in.</summary>
public struct OperationOptions
{
    public OperationOptions()
    {
    }

    /// <summary>0: matched by call order.</summary>
    public uint Tag { get; set; }

    public Algorithm Algorithm { get; set; } = Algorithm.Auto;

    /// <summary>Whether the loss of a member ends the operation, instead of having it run again without that member.</summary>
    public bool FailOnLoss { get; set; }

    public OnLate OnLate { get; set; }

    /// <summary>With <see cref="OnLate.Proceed"/>: with fewer members it fails instead.</summary>
    public int MinParticipants { get; set; } = 1;

    /// <summary>Where a late member's input is put when the result replaces it in place; null out of place.</summary>
    public unsafe byte* Contribution { get; set; }

    /// <summary>Whether a failed operation in place puts the buffer back.</summary>
    public bool KeepInput { get; set; } = true;

    public double Weight { get; set; } = 1;

    /// <summary>Of operations in flight, what those with more have to send goes first.</summary>
    public int Priority { get; set; }

    /// <summary>0: the communicator's.</summary>
    public long DeadlineMs { get; set; }
}
