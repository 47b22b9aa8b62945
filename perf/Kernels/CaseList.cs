using Collectives.Algorithms.Reduction;

namespace Collectives.Perf.Kernels;

/// <summary>The references first, then every kernel of the library.</summary>
internal static unsafe class CaseList
{
    public const string Copy = "memcpy";
    public const string FloatSum = "f32 sum";

    public static List<Case> Create(Buffers buffers, string? only)
    {
        byte* destination = buffers.Destination;
        byte* left = buffers.Left(DataType.F32);
        int bytes = buffers.Bytes;

        List<Case> cases =
        [
            new(Copy, () => Buffer.MemoryCopy(left, destination, bytes, bytes)),
            Binary(buffers, DataType.F32, ReduceOp.Sum),
            new("f32 sum, scalar loop", () => ScalarLoops.Sum(
                (float*)destination, (float*)left, (float*)buffers.Right(DataType.F32), bytes / sizeof(float))),
            new("f16 sum, scalar loop", () => ScalarLoops.Sum((Half*)destination, (Half*)buffers.Left(DataType.F16),
                (Half*)buffers.Right(DataType.F16), bytes / sizeof(Half))),
        ];
        int references = cases.Count;

        foreach (DataType type in DataTypes.All)
        {
            foreach (ReduceOp op in ReduceOps.All)
            {
                if ((type, op) != (DataType.F32, ReduceOp.Sum) && op != ReduceOp.Avg)
                    cases.Add(Binary(buffers, type, op));
            }

            AddFinishing(cases, buffers, type);
        }

        for (int i = cases.Count - 1; only != null && i >= references; i--)
        {
            if (!cases[i].Name.Contains(only, StringComparison.OrdinalIgnoreCase))
                cases.RemoveAt(i);
        }

        return cases;
    }

    private static Case Binary(Buffers buffers, DataType type, ReduceOp op)
    {
        Reducer reducer = Reducer.For(type, op);
        nuint elements = (nuint)(buffers.Bytes / reducer.ElementSize);
        return new($"{DataTypes.Name(type)} {ReduceOps.Name(op)}", () =>
            reducer.Combine(buffers.Destination, buffers.Left(type), buffers.Right(type), elements));
    }

    // World 3: a divisor that is no power of two.
    private static void AddFinishing(List<Case> cases, Buffers buffers, DataType type)
    {
        Reducer reducer = Reducer.For(type, ReduceOp.Avg);
        nuint elements = (nuint)(buffers.Bytes / reducer.ElementSize);
        string name = DataTypes.Name(type);
        cases.Add(new($"{name} avg, last hop", () => reducer.CombineAndFinish(
            buffers.Destination, buffers.Left(type), buffers.Right(type), elements, 1, 3)));
        if (!reducer.TakesWeights)
            return;
        cases.Add(new($"{name} weighted sum", () => reducer.CombineWeighted(
            buffers.Destination, buffers.Left(type), buffers.Right(type), elements, 0.3)));
        cases.Add(new($"{name} weighted avg, last hop", () => reducer.CombineAndFinish(
            buffers.Destination, buffers.Left(type), buffers.Right(type), elements, 0.3, 0.9)));
        cases.Add(new($"{name} scale", () => reducer.Scale(
            buffers.Destination, buffers.Left(type), elements, 0.3)));
    }
}
