namespace Collectives.Native.Handles;

/// <summary>
/// The end of a handle, owned by the one call that closed it: later calls already find it dead, those in
/// progress can be waited for, and at the end of the scope its slot is free for the next object.
/// </summary>
internal readonly ref struct Closing<T>(HandleTable<T> table, Slot<T>? slot, bool inUse)
    where T : class
{
    public bool IsLive => slot is not null;

    /// <summary>The object; only if <see cref="IsLive"/>.</summary>
    public T Value => slot!.Value;

    /// <summary>Whether other threads were inside calls with this handle when it was closed.</summary>
    public bool InUse => inUse;

    public void WaitUntilUnused()
    {
        if (inUse)
        {
            slot!.WaitUntilDrained();
        }
    }

    public void Dispose()
    {
        if (slot is not null)
        {
            table.Retire(slot);
        }
    }
}
