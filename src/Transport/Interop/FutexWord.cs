using System.Runtime.InteropServices;

namespace Collectives.Transport.Interop;

/// <summary>
/// A 32-bit word in native memory that threads can sleep on (futex(2)). A managed wait would not be woken by
/// signals and costs more than twice the time.
/// </summary>
public sealed unsafe class FutexWord : IDisposable
{
    private int* _word = (int*)NativeMemory.AlignedAlloc(64, 64);

    public FutexWord() => *_word = 0;

    ~FutexWord() => Free();

    public int Value
    {
        get => Volatile.Read(ref *_word);
        set => Volatile.Write(ref *_word, value);
    }

    public int Exchange(int value) => Interlocked.Exchange(ref *_word, value);

    public bool TryChange(int from, int to) => Interlocked.CompareExchange(ref *_word, to, from) == from;

    public void Wait(int expected, long timeoutMs) => Libc.FutexWait(_word, expected, timeoutMs);

    public void WakeAll() => Libc.FutexWake(_word, int.MaxValue);

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_word);
        _word = null;
    }
}
