namespace Collectives.Transport.InProcess;

/// <summary>
/// What a link of a process goes over, held by both ends. When it is broken, by either end or from outside, nothing that is
/// on its way over it arrives any more; each end notices when it next looks.
/// </summary>
internal sealed class InProcessConnection
{
    private volatile bool _isBroken;

    public bool IsBroken => _isBroken;

    public void Break() => _isBroken = true;
}
