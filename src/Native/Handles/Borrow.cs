namespace Collectives.Native.Handles;

/// <summary>A call's hold on the object behind a handle: while it lasts, a destroy elsewhere waits.</summary>
internal readonly ref struct Borrow<T>(Slot<T>? slot)
    where T : class
{
    public bool IsLive => slot is not null;

    /// <summary>The object; only if <see cref="IsLive"/>.</summary>
    public T Value => slot!.Value;

    public void Dispose() => slot?.Exit();
}
