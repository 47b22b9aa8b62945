using System.Diagnostics;
using System.Globalization;

namespace Collectives.Perf.Links;

/// <summary>The first process: starts the second, goes through the cases in turn, round by round, and takes the times.</summary>
internal sealed class Leader : IDisposable
{
    private readonly List<IContestant> _contestants;
    private readonly List<Case> _cases;
    private readonly SegmentBuffers _buffers = new();
    private readonly Process _follower;
    private ulong _runs;

    public Leader(int segments, int pingPongs, int spinUs)
    {
        _contestants = Case.Contestants(_buffers, leads: true, spinUs);
        _cases = Case.All(segments, pingPongs);
        ProcessStartInfo start = new(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        string ports = string.Join(',', _contestants.Select(contestant => contestant.Port));
        foreach (string argument in (string[])["--follow", ports, "--megabytes", $"{segments / 4}", "--ping-pongs", $"{pingPongs}", "--spin-us", $"{spinUs}"])
            start.ArgumentList.Add(argument);
        _follower = Process.Start(start)!;
        string[] theirs = Hear().Split(' ');
        for (int i = 0; i < _contestants.Count; i++)
            _contestants[i].Connect(leads: true, int.Parse(theirs[i], CultureInfo.InvariantCulture));
        Expect("connected");
    }

    public List<Measurement> Measure(int rounds, Action<int> progress)
    {
        List<Measurement> measurements = [.. _cases.Select(c => new Measurement(c))];
        // The first round fills caches, TCP's windows and the pages of buffers.
        for (int round = -1; round < rounds; round++)
        {
            progress(round);
            for (int i = 0; i < _cases.Count; i++) Take(i, round < 0 ? new Measurement(_cases[i]) : measurements[i]);
        }

        return measurements;
    }

    public void Dispose()
    {
        _follower.StandardInput.Close();
        if (!_follower.WaitForExit(10_000)) _follower.Kill();
        _follower.Dispose();
        _contestants.ForEach(contestant => contestant.Dispose());
    }

    private void Take(int index, Measurement measurement)
    {
        Case subject = _cases[index];
        ulong run = ++_runs;
        _follower.StandardInput.WriteLine($"{index} {run}");
        _follower.StandardInput.Flush();
        Expect("ready");
        TimeSpan before = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        _contestants[subject.Contestant].Run(subject.Exchange, leads: true, run, measurement.RoundTrips, static () => { });
        measurement.Seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        TimeSpan theirs = new(long.Parse(Hear(), CultureInfo.InvariantCulture));
        measurement.CpuSeconds.Add((Environment.CpuUsage.TotalTime - before + theirs).TotalSeconds);
        _buffers.Check(subject.Received(leads: true), subject.Name);
    }

    private void Expect(string word)
    {
        if (Hear() is var heard && heard != word) throw new InvalidOperationException($"expected '{word}' of the other process, heard '{heard}'");
    }

    private string Hear() => _follower.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the other process has ended; its message stands above");
}
