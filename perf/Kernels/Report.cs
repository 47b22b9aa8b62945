using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using System.Text.Json;

namespace Collectives.Perf.Kernels;

/// <summary>
/// The figures as a table and as JSON. Rates are bytes of one buffer per second, whatever a case reads.
/// </summary>
internal sealed class Report(int bytes, int repetitions, Measurement[] measurements)
{
    private readonly Measurement _copy = measurements.Single(m => m.Name == CaseList.Copy);
    private readonly Measurement _float = measurements.Single(m => m.Name == CaseList.FloatSum);

    public void Print(TextWriter output)
    {
        output.WriteLine($"# {bytes} bytes per buffer, {repetitions} repetitions, {Build}");
        output.WriteLine($"# processor: {Processor()}");
        output.WriteLine($"{"kernel",-28} {"GB/s p50",9} {"best",9} {"p99",9} {"/ memcpy",9} {"/ float",9}   "
            + "(time ratios)");
        foreach (Measurement m in measurements)
        {
            output.WriteLine($"{m.Name,-28} {Rate(m.Median),9:F2} {Rate(m.Min),9:F2} {Rate(m.Percentile(0.99)),9:F2} "
                + $"{m.MedianRatio(_copy),9:F2} {m.MedianRatio(_float),9:F2}");
        }
    }

    public void WriteJson(FileInfo file)
    {
        using FileStream stream = file.Create();
        using Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("command", string.Join(' ', Environment.GetCommandLineArgs()));
        json.WriteString("processor", Processor());
        json.WriteNumber("cores", Environment.ProcessorCount);
        json.WriteString("build", Build);
        json.WriteNumber("bytes", bytes);
        json.WriteNumber("repetitions", repetitions);
        json.WriteStartArray("kernels");
        foreach (Measurement m in measurements)
        {
            json.WriteStartObject();
            json.WriteString("name", m.Name);
            json.WriteNumber("seconds_min", m.Min);
            json.WriteNumber("seconds_p50", m.Median);
            json.WriteNumber("seconds_p99", m.Percentile(0.99));
            json.WriteNumber("gigabytes_per_second_p50", Math.Round(Rate(m.Median), 3));
            json.WriteNumber("time_ratio_to_memcpy", Math.Round(m.MedianRatio(_copy), 3));
            json.WriteNumber("time_ratio_to_float_sum", Math.Round(m.MedianRatio(_float), 3));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static string Build => $"{Vector<byte>.Count * 8}-bit vectors, "
        + (Avx512BW.IsSupported ? "AVX-512" : Avx2.IsSupported ? "AVX2" : "no AVX2")
        + (RuntimeFeature.IsDynamicCodeSupported ? ", compiled just in time" : ", compiled ahead of time");

    private double Rate(double seconds) => bytes / seconds / 1e9;

    private static string Processor() => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))
            ?.Split(':')[1].Trim() ?? "unknown"
        : "unknown";
}
