namespace Collectives.Transport.Progress;

/// <summary>Looked at a few times a second: deadlines, retries, housekeeping. Called by the loop's owner.</summary>
public interface ILoopTicker
{
    void Tick(long nowMs);
}
