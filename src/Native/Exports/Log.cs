using System.Runtime.InteropServices;
using System.Text;
using Collectives.Transport;
using Collectives.Transport.Logging;

namespace Collectives.Native.Exports;

/// <summary>coll_set_log.</summary>
internal static unsafe class LogExports
{
    [UnmanagedCallersOnly(EntryPoint = "coll_set_log")]
    public static int Set(delegate* unmanaged[Cdecl]<void*, int, byte*, void> callback, void* user, int level)
    {
        if (ForkGuard.InChild)
        {
            return (int)Status.Forked;
        }

        try
        {
            if (level is < (int)LogLevel.Off or > (int)LogLevel.Debug)
            {
                return Failure.InvalidArgument($"level: expected a COLL_LOG_ value (0..{(int)LogLevel.Debug}), found {level}");
            }

            Log.Listen(callback == null ? null : new Listener(callback, user).Hear, (LogLevel)level);
            return (int)Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.Caught(exception);
        }
    }

    /// <summary>A caller's function with its pointer.</summary>
    private sealed class Listener(delegate* unmanaged[Cdecl]<void*, int, byte*, void> callback, void* user)
    {
        public void Hear(LogLevel level, string line)
        {
            byte[] text = Encoding.UTF8.GetBytes(line + "\0");
            fixed (byte* start = text)
            {
                callback(user, (int)level, start);
            }
        }
    }
}
