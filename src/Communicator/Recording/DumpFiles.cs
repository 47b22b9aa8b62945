using System.Globalization;
using Collectives.Transport;
using Collectives.Transport.Logging;

namespace Collectives.Communication.Recording;

/// <summary>
/// Writes a dump into a directory when operations fail, on a thread of its own that the first failure starts: the
/// owner of the loop only says that one is wanted. At least a second apart, so that failures of one moment share a file, and
/// at most 100 in a communicator's life.
/// </summary>
internal sealed class DumpFiles(string directory, MemberId self, Func<byte[]> dump) : IDisposable
{
    private const int DistanceMs = 1000;
    private const int MaxFiles = 100;
    private const int LastFileMs = 3000;

    private readonly object _gate = new();
    private Thread? _thread;
    private bool _wanted;
    private bool _stopping;
    private bool _dumping;
    private int _written;

    /// <summary>An operation has failed. By the owner of the loop; never throws, hardly waits.</summary>
    public void Want()
    {
        lock (_gate)
        {
            if (_stopping || _written == MaxFiles) return;
            _wanted = true;
            Monitor.PulseAll(_gate);
            if (_thread is not null) return;
            try
            {
                _thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = "coll-dump" };
                _thread.Start();
            }
            catch (OutOfMemoryException)
            {
                _stopping = true;
            }
        }
    }

    /// <summary>Writes what is still wanted.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
            if (_thread is null) return;
        }

        // A file system that hangs does not hang the host program. A dump that is being taken, which is soon done,
        // stands on what is freed next; none is begun any more.
        if (_thread.Join(LastFileMs)) return;
        lock (_gate)
        {
            _written = MaxFiles;
            while (_dumping) Monitor.Wait(_gate);
        }
    }

    private void Run()
    {
        while (IsWanted())
        {
            Write();
            Rest();
        }
    }

    private bool IsWanted()
    {
        lock (_gate)
        {
            while (!_wanted && !_stopping) Monitor.Wait(_gate);
            if (!_wanted || _written == MaxFiles) return false;
            _wanted = false;
            _written++;
            _dumping = true;
            return true;
        }
    }

    private void Rest()
    {
        long until = Environment.TickCount64 + DistanceMs;
        lock (_gate)
        {
            for (long left = DistanceMs; !_stopping && left > 0; left = until - Environment.TickCount64) Monitor.Wait(_gate, (int)left);
        }
    }

    private byte[] Take()
    {
        try
        {
            return dump();
        }
        finally
        {
            lock (_gate)
            {
                _dumping = false;
                Monitor.PulseAll(_gate);
            }
        }
    }

    private void Write()
    {
        try
        {
            byte[] content = Take();
            string time = DateTime.UtcNow.ToString("yyyyMMdd'T'HHmmss.fff'Z'", CultureInfo.InvariantCulture);
            string name = Path.Combine(directory, $"collectives-{self.ToHex()}-{time}.json");
            Directory.CreateDirectory(directory);
            // Under another name first, so that nobody finds half of it.
            File.WriteAllBytes(name + ".part", content);
            File.Move(name + ".part", name, overwrite: true);
            Log.At(LogLevel.Info, "dump_written")?.Add("member", self).Add("file", name).Write();
        }
        catch (Exception refused)
        {
            Log.At(LogLevel.Warning, "dump_not_written")?.Add("member", self).Add("directory", directory).Add("text", refused.Message).Write();
        }
    }
}
