using Collectives.Transport;

namespace Collectives.Native.Handles;

/// <summary>
/// The bits behind an opaque C pointer: kind (8), generation (32), slot index (24). A generation is used
/// once per slot, so a destroyed handle is recognised for the next 2^32 uses of its slot; the kind in the top
/// byte makes a handle an address that no program has, so that a stray pointer isn't taken for one.
/// </summary>
internal readonly record struct Handle(HandleKind Kind, uint Generation, int Index)
{
    public const int MaxIndex = (1 << IndexBits) - 1;

    private const int IndexBits = 24;
    private const int KindShift = 56;

    public static Handle Decode(nint pointer) =>
        new((HandleKind)((ulong)pointer >> KindShift), (uint)((ulong)pointer >> IndexBits), (int)pointer & MaxIndex);

    public nint Encode() => (nint)(((ulong)Kind << KindShift) | ((ulong)Generation << IndexBits) | (uint)Index);

    /// <summary>Words for a handle that its table doesn't know.</summary>
    public static Fault Dead(string argument, HandleKind expected, nint pointer)
    {
        Handle found = Decode(pointer);
        string what = pointer == 0 ? "NULL"
            : found.Kind == expected ? "one that has been destroyed"
            : Enum.IsDefined(found.Kind) ? $"the handle of a {Name(found.Kind)}"
            : $"0x{pointer:x}, which this library never gave out";
        return new Fault(Status.InvalidHandle, $"{argument}: expected a live {Name(expected)} handle, found {what}");
    }

    public static Fault NoneLeft(HandleKind kind) =>
        new(Status.OutOfMemory, $"{MaxIndex + 1} {Name(kind)} handles are alive, and no more can be numbered");

    private static string Name(HandleKind kind) => kind switch
    {
        HandleKind.Coordinator => "coordinator",
        HandleKind.Communicator => "communicator",
        _ => "work",
    };
}
