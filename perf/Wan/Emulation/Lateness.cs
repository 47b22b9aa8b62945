namespace Collectives.Perf.Wan.Emulation;

/// <summary>By how much packets came out later than they were due, as counts per 50 us. Written by one thread, read by any.</summary>
internal sealed class Lateness
{
    private const long Step = 50_000;
    private readonly long[] _counts = new long[2000];
    private long _sum, _most;

    public void Add(long nanoseconds)
    {
        long late = Math.Max(0, nanoseconds);
        _counts[Math.Min(late / Step, _counts.Length - 1)]++;
        Volatile.Write(ref _sum, _sum + late);
        if (late > _most) Volatile.Write(ref _most, late);
    }

    /// <summary>What was added since <paramref name="earlier"/> was taken.</summary>
    public Snapshot Since(Snapshot? earlier)
    {
        long[] counts = [.. _counts];
        return new Snapshot(counts, Volatile.Read(ref _sum), Volatile.Read(ref _most), earlier);
    }

    internal sealed class Snapshot
    {
        private readonly long[] _all;
        private readonly long _sum;

        public Snapshot(long[] counts, long sum, long most, Snapshot? earlier)
        {
            _all = counts;
            _sum = sum;
            long[] fresh = earlier is null ? counts : [.. counts.Zip(earlier._all, (now, before) => now - before)];
            Packets = fresh.Sum();
            Average = Packets == 0 ? 0 : (sum - (earlier?._sum ?? 0)) / Packets;
            P99 = Quantile(fresh, Packets);
            Most = most;
        }

        public long Packets { get; }

        /// <summary>Nanoseconds, as all of these.</summary>
        public long Average { get; }

        public long P99 { get; }

        /// <summary>Since the emulator was started.</summary>
        public long Most { get; }

        private static long Quantile(long[] counts, long all)
        {
            long above = all / 100;
            for (int i = counts.Length - 1; i >= 0; i--)
            {
                above -= counts[i];
                if (above < 0) return (i + 1) * Step;
            }
            return 0;
        }
    }
}
