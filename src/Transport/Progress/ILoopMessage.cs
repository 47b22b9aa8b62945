namespace Collectives.Transport.Progress;

/// <summary>Something for the loop's owner to do, handed over from another thread.</summary>
public interface ILoopMessage
{
    void Run();
}
