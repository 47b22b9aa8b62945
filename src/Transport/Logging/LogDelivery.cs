namespace Collectives.Transport.Logging;

/// <summary>
/// Carries lines to their reader on a thread of its own, one at a time and in order: a slow reader, or one that
/// waits for a lock of its own, never holds up a progress loop. Beyond a bound lines are dropped and counted.
/// </summary>
internal sealed class LogDelivery
{
    private const int Capacity = 4096;

    private readonly Queue<(LogLevel Level, string Line)> _queue = new();
    private readonly Action<LogLevel, string> _reader;
    private Thread? _thread;
    private long _dropped;
    private bool _delivering;
    private bool _closed;

    public LogDelivery(Action<LogLevel, string> reader) => _reader = reader;

    public void Enqueue(LogLevel level, string line)
    {
        lock (_queue)
        {
            if (_closed) return;
            if (_queue.Count == Capacity)
            {
                _dropped++;
                return;
            }

            _queue.Enqueue((level, line));
            Monitor.PulseAll(_queue);
            if (_thread is not null) return;
            // With the first line: a process that has set a log, and nothing else, may still fork.
            _thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = "coll-log" };
            _thread.Start();
        }
    }

    public void Flush(int timeoutMs)
    {
        if (Thread.CurrentThread == _thread) return;
        long until = Environment.TickCount64 + timeoutMs;
        lock (_queue)
        {
            while (_queue.Count > 0 || _delivering)
            {
                long left = until - Environment.TickCount64;
                if (left <= 0 || !Monitor.Wait(_queue, (int)left)) return;
            }
        }
    }

    /// <summary>Delivers what is queued and ends the thread. From the reader itself: after the line at hand.</summary>
    public void Close()
    {
        lock (_queue)
        {
            _closed = true;
            if (Thread.CurrentThread == _thread) _queue.Clear();
            Monitor.PulseAll(_queue);
        }

        if (Thread.CurrentThread != _thread) _thread?.Join();
    }

    private void Run()
    {
        while (Next(out LogLevel level, out string line))
        {
            try
            {
                _reader(level, line);
            }
            catch (Exception)
            {
                // Who can't take a line is told nothing; an exception that leaves a thread would end the process.
            }
        }
    }

    private bool Next(out LogLevel level, out string line)
    {
        lock (_queue)
        {
            _delivering = false;
            Monitor.PulseAll(_queue);
            while (_queue.Count == 0 && _dropped == 0 && !_closed) Monitor.Wait(_queue);
            (level, line) = (LogLevel.Off, "");
            if (_queue.TryDequeue(out (LogLevel Level, string Line) next))
            {
                (level, line) = next;
            }
            else if (_dropped > 0)
            {
                (level, line) = (LogLevel.Warning, new LogLine(LogLevel.Warning, "lines_dropped").Add("count", _dropped).ToString());
                _dropped = 0;
            }

            return _delivering = line.Length > 0;
        }
    }
}
