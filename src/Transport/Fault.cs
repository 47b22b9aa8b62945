namespace Collectives.Transport;

/// <summary>
/// An expected failure as a value: what happened, and in words that tell the reader what to do. It travels
/// up through the layers to coll_last_error unchanged.
/// </summary>
public readonly record struct Fault(Status Status, string Message)
{
    public static Fault None => default;

    public bool IsNone => Status == Status.Ok;
}
