namespace Collectives.Transport.Progress;

/// <summary>
/// What moves a communicator, as its links and operations see it: a clock, a queue, and a thread of control at a time.
/// <see cref="ProgressLoop"/> is the one with threads and sockets; a simulation has another, with a virtual clock.
/// </summary>
public interface ILoop
{
    /// <summary>Milliseconds of the clock that tickers are called with.</summary>
    long NowMs { get; }

    /// <summary>Things in progress: while above 0 the loop looks at its tickers more often.</summary>
    ref int Busy { get; }

    /// <summary>Before the loop has work, or by its owner.</summary>
    void Add(ILoopTicker ticker);

    /// <summary>Called at the end of each pass, to send what the pass made ready.</summary>
    void AddFlush(Action flush);

    /// <summary>
    /// Has the message run, by this thread at once if the loop is free, else by its owner. With
    /// <paramref name="thenWait"/> the caller is about to wait.
    /// </summary>
    void Post(ILoopMessage message, bool thenWait = false);

    /// <summary>Has the owner run the message, never the calling thread: for those that own another loop themselves.</summary>
    void PostLater(ILoopMessage message);

    /// <summary>Waits for the end, or until the time is over.</summary>
    /// <param name="timeoutMs">Negative: without limit.</param>
    /// <returns>Whether the end has come.</returns>
    bool Wait(Completion completion, long timeoutMs);

    /// <summary>The loop's owner ends something that threads wait for.</summary>
    void End(Completion completion);
}
