using System.Text;
using Collectives.Perf.Wan.Interop;

namespace Collectives.Perf.Wan.Sites;

/// <summary>
/// A network device whose other end is this process. It gives and takes packets of up to 64 KiB that stand for many
/// segments (TSO, USO), without which two cores carry a tenth. With NAPI on a thread of its own the receiver's TCP does
/// not run inside our write().
/// </summary>
internal sealed unsafe class Tun : IDisposable
{
    private const nuint SetInterface = 0x400454ca, SetOffload = 0x400454d0, SetHeaderSize = 0x400454d8;
    private const ushort IsTun = 0x1, Napi = 0x10, NoPreamble = 0x1000, VirtioHeaders = 0x4000;
    private const nuint Checksums = 0x01, Tcp4 = 0x02, Tcp6 = 0x04, Udp4 = 0x20, Udp6 = 0x40;
    private const int NameLength = 16, RequestLength = 40;
    private const int NapiPriority = Emulation.Engine.Priority - 1;

    private Tun(int descriptor, string name)
    {
        Descriptor = descriptor;
        Name = name;
    }

    public int Descriptor { get; }

    public string Name { get; }

    /// <summary>Makes the device in this process's own network; it is moved to a site's from there.</summary>
    public static Tun Create(string name)
    {
        int descriptor = Linux.Open("/dev/net/tun", Linux.ReadWrite | Linux.NonBlocking | Linux.CloseOnExec);
        if (descriptor < 0) throw new InvalidOperationException($"/dev/net/tun: {Linux.ErrorText}.");

        byte* request = stackalloc byte[RequestLength];
        new Span<byte>(request, RequestLength).Clear();
        Encoding.ASCII.GetBytes(name, new Span<byte>(request, NameLength - 1));
        *(ushort*)(request + NameLength) = IsTun | Napi | NoPreamble | VirtioHeaders;
        int headerSize = Packets.VirtioHeader.Size;
        if (Linux.Control(descriptor, SetInterface, request) < 0) throw Failed(descriptor, "TUNSETIFF");
        if (Linux.Control(descriptor, SetHeaderSize, &headerSize) < 0) throw Failed(descriptor, "TUNSETVNETHDRSZ");
        if (Linux.Control(descriptor, SetOffload, Checksums | Tcp4 | Tcp6 | Udp4 | Udp6) < 0) throw Failed(descriptor, "TUNSETOFFLOAD");

        Tun tun = new(descriptor, name);
        File.WriteAllText($"/sys/class/net/{name}/threaded", "1");
        tun.RaiseNapi();
        return tun;
    }

    public void Dispose() => Linux.Close(Descriptor);

    private static InvalidOperationException Failed(int descriptor, string call)
    {
        string why = Linux.ErrorText;
        Linux.Close(descriptor);
        return new($"{call}: {why}.");
    }

    /// <summary>The kernel's thread that receives for this device runs before the programs that are measured, too.</summary>
    private void RaiseNapi()
    {
        int found = 0;
        foreach (string process in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(process), out int id) || !CommandOf(process).StartsWith($"napi/{Name}-", StringComparison.Ordinal)) continue;
            int priority = NapiPriority;
            if (Linux.SetScheduler(id, Linux.SchedulerFifo, &priority) != 0) throw new InvalidOperationException($"SCHED_FIFO for napi/{Name}: {Linux.ErrorText}.");
            found++;
        }
        if (found == 0) throw new InvalidOperationException($"No thread napi/{Name} in /proc: threaded NAPI is not to be had here.");
    }

    private static string CommandOf(string process)
    {
        try
        {
            return File.ReadAllText($"{process}/comm");
        }
        catch (IOException)
        {
            return ""; // it has ended
        }
    }
}
