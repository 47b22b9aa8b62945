using Collectives.Transport.Interop;

namespace Collectives.Transport.Progress;

/// <summary>
/// The end of something that threads wait for. The loop's owner completes it once; waiters either drive the
/// loop themselves (<see cref="ProgressLoop.Wait"/>) or sleep on it. Reused after <see cref="Reset"/>.
/// </summary>
public sealed class Completion : IDisposable
{
    private const int Running = 0, Slept = 1, Ended = 2;

    private readonly FutexWord _word = new();
    private EventDescriptor? _event;

    // A waiter sees the end before End() has returned, and must not reuse or close what that still touches.
    private bool _isEnding;

    public bool HasEnded => _word.Value == Ended;

    public void Reset()
    {
        AwaitEnder();
        _word.Value = Running;
    }

    /// <summary>Closes the descriptor, if one was asked for. Nobody may be using it any more.</summary>
    public void CloseDescriptor()
    {
        AwaitEnder();
        _event?.Dispose();
        _event = null;
    }

    /// <summary>Sleeps until the end or the time is over, or for no reason: the caller looks again.</summary>
    public void Sleep(long timeoutMs)
    {
        if (!_word.TryChange(Running, Slept) && _word.Value == Ended) return;
        _word.Wait(Slept, timeoutMs);
    }

    public void End()
    {
        // The exchange orders the result's fields and _isEnding before the end, and the end before the look at _event.
        _isEnding = true;
        if (_word.Exchange(Ended) == Slept) _word.WakeAll();
        Volatile.Read(ref _event)?.Signal();
        Volatile.Write(ref _isEnding, false);
    }

    /// <summary>A descriptor that is readable from the end on; -1 when the system has none left.</summary>
    public int Descriptor()
    {
        if (Volatile.Read(ref _event) is { } known) return known.Fd;
        if (!EventDescriptor.Create(out EventDescriptor? created).IsNone) return -1;
        if (Interlocked.CompareExchange(ref _event, created, null) is { } first)
        {
            created!.Dispose();
            return first.Fd;
        }

        // End() either saw the descriptor, or ended before this look.
        if (HasEnded) created!.Signal();
        return created!.Fd;
    }

    public void Dispose()
    {
        CloseDescriptor();
        _word.Dispose();
    }

    private void AwaitEnder()
    {
        SpinWait spin = default;
        while (Volatile.Read(ref _isEnding)) spin.SpinOnce();
    }
}
