using System.Runtime.CompilerServices;
using Collectives.Transport;

namespace Collectives.Native.Structs;

/// <summary>
/// The rule for structs that cross the boundary: `size` stands first and says how much of the struct the
/// caller's header knows. What it doesn't know reads as zero, which means "default" everywhere, and isn't
/// written. What this library doesn't know is ignored. Every struct's length is a multiple of 8 (each has a
/// field of 8 bytes), so whole words are copied and no field is ever cut in two.
/// </summary>
internal static unsafe class Sized
{
    public const uint LeastSize = 8;

    public static bool TryRead<T>(T* source, string argument, out T value, out Fault fault)
        where T : unmanaged
    {
        value = default;
        if (!IsValid(source, argument, out fault))
        {
            return false;
        }

        fixed (T* destination = &value)
        {
            Unsafe.CopyBlockUnaligned(destination, source, CommonLength<T>(*(uint*)source));
        }

        return true;
    }

    /// <summary>Checks an output struct before the call does anything; NULL is allowed.</summary>
    public static bool IsWritable<T>(T* destination, string argument, out Fault fault)
        where T : unmanaged
    {
        fault = Fault.None;
        return destination == null || IsValid(destination, argument, out fault);
    }

    /// <summary>Writes what the caller's header knows and leaves its `size` as it is.</summary>
    public static void Write<T>(T* destination, in T value)
        where T : unmanaged
    {
        if (destination != null)
        {
            uint size = *(uint*)destination;
            fixed (T* source = &value)
            {
                Unsafe.CopyBlockUnaligned(destination, source, CommonLength<T>(size));
            }

            *(uint*)destination = size;
        }
    }

    private static uint CommonLength<T>(uint size)
        where T : unmanaged => Math.Min(size, (uint)sizeof(T)) & ~(LeastSize - 1);

    private static bool IsValid<T>(T* source, string argument, out Fault fault)
        where T : unmanaged
    {
        uint size = *(uint*)source;
        fault = size >= LeastSize
            ? Fault.None
            : new Fault(Status.InvalidArgument,
                $"{argument}.size: expected {sizeof(T)}, as the struct's _INIT macro sets it, found {size}");
        return fault.IsNone;
    }
}
