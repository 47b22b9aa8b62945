using Collectives.Algorithms.Reduction;
using Collectives.Algorithms.Tests.Reduction;

namespace Collectives.Perf.Kernels;

/// <summary>
/// Compares every kernel of this very build with the tests' oracle. The tests run just in time on one machine; what is
/// shipped is compiled ahead of time, once per instruction set.
/// </summary>
internal static unsafe class Verification
{
    private const int Count = 4099;

    /// <summary>Prints what is wrong, and returns the number of wrong elements.</summary>
    public static int Run(TextWriter output)
    {
        int wrong = 0;
        foreach (DataType type in DataTypes.All)
        {
            ulong[] left = Samples.Create(type, new Random(1), Count);
            ulong[] right = Samples.Create(type, new Random(2), Count);
            foreach (ReduceOp op in ReduceOps.All)
            {
                Reducer reducer = Reducer.For(type, op);
                double weight = reducer.TakesWeights ? 0.3 : 1;
                ulong[] combined = Apply(reducer, left, right, (d, l, r) => reducer.Combine(d, l, r, Count));
                ulong[] finished = Apply(reducer, left, right, (d, l, r) =>
                    reducer.CombineAndFinish(d, l, r, Count, weight, 3));
                ulong[] scaled = Apply(reducer, left, right, (d, l, _) => reducer.Scale(d, l, Count, weight));
                for (int i = 0; i < Count; i++)
                {
                    wrong += Check(output, reducer, "combine", combined[i],
                        Oracle.Combine(type, op, left[i], right[i]));
                    wrong += Check(output, reducer, "combine and finish", finished[i],
                        Oracle.CombineAndFinish(type, op, left[i], right[i], weight, 3));
                    wrong += Check(output, reducer, "scale", scaled[i], Oracle.Scale(type, left[i], weight));
                }
            }
        }

        output.WriteLine($"{wrong} wrong elements in {Report.Build}");
        return wrong;
    }

    private delegate void Kernel(byte* destination, byte* left, byte* right);

    private static ulong[] Apply(Reducer reducer, ulong[] left, ulong[] right, Kernel kernel)
    {
        byte[] first = Pack(left, reducer.ElementSize);
        byte[] second = Pack(right, reducer.ElementSize);
        byte[] result = new byte[first.Length];
        fixed (byte* destination = result, l = first, r = second)
            kernel(destination, l, r);
        var bits = new ulong[left.Length];
        for (int i = 0; i < result.Length; i++)
            bits[i / reducer.ElementSize] |= (ulong)result[i] << (i % reducer.ElementSize * 8);
        return bits;
    }

    private static byte[] Pack(ulong[] elements, int size) =>
        [.. elements.SelectMany(bits => BitConverter.GetBytes(bits).Take(size))];

    private static int Check(TextWriter output, Reducer reducer, string what, ulong actual, ulong expected)
    {
        if (Oracle.Matches(reducer.Type, expected, actual))
            return 0;
        output.WriteLine($"{DataTypes.Name(reducer.Type)} {ReduceOps.Name(reducer.Op)}, {what}: "
            + $"{actual:x} instead of {expected:x}");
        return 1;
    }
}
