using System.Text.Json;

namespace Collectives.Perf.Links;

/// <summary>The figures as a table and as JSON.</summary>
internal sealed class Report(int rounds, int spinUs, List<Measurement> measurements)
{
    public void Print(TextWriter output)
    {
        output.WriteLine($"# segments of {SegmentBuffers.SegmentBytes} bytes over loopback, {SocketContestant.CongestionControl}, {rounds} interleaved rounds, "
            + $"spin {spinUs} us, {Environment.ProcessorCount} cores, {Processor()}");
        output.WriteLine($"{"GB/s of payload, both directions together",-42} {"p50",8} {"best",8} {"p99",8} {"/ sockets",10} {"cpu s/GB",9}");
        foreach (Measurement m in measurements.Where(m => !m.IsPingPong))
            output.WriteLine($"{m.Case.Name,-42} {m.Rate(At(m, 0.5)),8:F2} {m.Rate(At(m, 0)),8:F2} {m.Rate(At(m, 0.99)),8:F2} {SpeedUp(m),10:F2} {m.Cpu,9:F3}");
        output.WriteLine($"{"us there and back, 64 bytes",-42} {"p50",8} {"min",8} {"p99",8} {"/ sockets",10} {"cpu us",9}");
        foreach (Measurement m in measurements.Where(m => m.IsPingPong))
            output.WriteLine($"{m.Case.Name,-42} {At(m, 0.5) * 1e6,8:F1} {At(m, 0) * 1e6,8:F1} {At(m, 0.99) * 1e6,8:F1} {SpeedUp(m),10:F2} {m.Cpu,9:F1}");
        output.WriteLine("# / sockets: how many times as fast as blocking sockets, median of the ratios within each round");
    }

    public void WriteJson(FileInfo file)
    {
        using FileStream stream = file.Create();
        using Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("command", string.Join(' ', Environment.GetCommandLineArgs()));
        json.WriteString("processor", Processor());
        json.WriteNumber("cores", Environment.ProcessorCount);
        json.WriteString("congestion_control", SocketContestant.CongestionControl);
        json.WriteNumber("segment_bytes", SegmentBuffers.SegmentBytes);
        json.WriteNumber("rounds", rounds);
        json.WriteNumber("spin_us", spinUs);
        json.WriteStartArray("rows");
        foreach (Measurement m in measurements) WriteRow(json, m);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteRow(Utf8JsonWriter json, Measurement m)
    {
        json.WriteStartObject();
        json.WriteString("name", m.Case.Name);
        json.WriteNumber("payload_bytes", m.Case.Exchange.Bytes);
        json.WriteNumber("round_trips_per_exchange", m.Case.Exchange.PingPongs);
        json.WriteNumber("seconds_min", At(m, 0));
        json.WriteNumber("seconds_p50", At(m, 0.5));
        json.WriteNumber("seconds_p99", At(m, 0.99));
        if (!m.IsPingPong) json.WriteNumber("gigabytes_per_second_p50", Math.Round(m.Rate(At(m, 0.5)), 3));
        json.WriteNumber(m.IsPingPong ? "cpu_microseconds_per_round_trip" : "cpu_seconds_per_gigabyte", Math.Round(m.Cpu, 3));
        json.WriteNumber("speed_up_over_blocking_sockets", Math.Round(SpeedUp(m), 3));
        json.WriteEndObject();
    }

    private static double At(Measurement m, double part) => Measurement.Percentile(m.Samples, part);

    /// <summary>A kind's first row is its baseline; the copy has one way's.</summary>
    private double SpeedUp(Measurement m)
    {
        string kind = m.Case.Kind == measurements[0].Case.Kind ? measurements[1].Case.Kind : m.Case.Kind;
        return m.MedianSpeedUp(measurements.First(other => other.Case.Kind == kind));
    }

    private static string Processor() => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))
            ?.Split(':')[1].Trim() ?? "unknown"
        : "unknown";
}
