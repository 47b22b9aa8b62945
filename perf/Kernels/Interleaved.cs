using System.Diagnostics;

namespace Collectives.Perf.Kernels;

/// <summary>Runs all cases in turn, again and again, so that a disturbance hits all of them alike.</summary>
internal static class Interleaved
{
    /// <summary>Long against the clock's resolution, short against a scheduler's time slice.</summary>
    private const double SecondsPerSample = 200e-6;

    public static Measurement[] Run(List<Case> cases, int repetitions)
    {
        int[] passes = [.. cases.Select(PassesPerSample)];
        Measurement[] measurements = [.. cases.Select(c => new Measurement(c.Name, new double[repetitions]))];
        for (int repetition = 0; repetition < repetitions; repetition++)
        {
            for (int i = 0; i < cases.Count; i++)
            {
                cases[i].Run(); // brings the case's buffers and code into cache
                measurements[i].Seconds[repetition] = Sample(cases[i], passes[i]);
            }
        }

        return measurements;
    }

    private static double Sample(Case subject, int passes)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < passes; i++)
            subject.Run();
        return Stopwatch.GetElapsedTime(start).TotalSeconds / passes;
    }

    private static int PassesPerSample(Case subject)
    {
        Sample(subject, 3);
        return Math.Max(1, (int)(SecondsPerSample / Math.Max(Sample(subject, 10), 1e-9)));
    }
}
