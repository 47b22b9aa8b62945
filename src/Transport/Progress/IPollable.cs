namespace Collectives.Transport.Progress;

/// <summary>Something with a file descriptor that a loop watches.</summary>
public interface IPollable
{
    void OnReady(bool readable, bool writable);
}
