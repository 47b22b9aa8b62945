namespace Collectives.Communication;

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

    /// <summary>Whether a failed operation in place puts the buffer back.</summary>
    public bool KeepInput { get; set; } = true;

    public double Weight { get; set; } = 1;

    /// <summary>0: the communicator's.</summary>
    public long DeadlineMs { get; set; }
}
