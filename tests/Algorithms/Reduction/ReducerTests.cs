using Collectives.Algorithms.Reduction;

namespace Collectives.Algorithms.Tests.Reduction;

/// <summary>Every type and operation, element for element against <see cref="Oracle"/>.</summary>
public sealed unsafe class ReducerTests
{
    public static TheoryData<DataType, ReduceOp> Combinations
    {
        get
        {
            TheoryData<DataType, ReduceOp> combinations = [];
            foreach (DataType type in DataTypes.All)
            {
                foreach (ReduceOp op in ReduceOps.All)
                    combinations.Add(type, op);
            }

            return combinations;
        }
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public void Combine(DataType type, ReduceOp op) => Check(type, op, 1, (reducer, d, l, r, n) =>
        reducer.Combine(d, l, r, n), (l, r) => Oracle.Combine(type, op, l, r));

    [Theory]
    [MemberData(nameof(Combinations))]
    public void CombineWeighted(DataType type, ReduceOp op)
    {
        foreach (double weight in Weights(type, op))
        {
            Check(type, op, 2, (reducer, d, l, r, n) => reducer.CombineWeighted(d, l, r, n, weight),
                (l, r) => Oracle.Combine(type, op, l, r, weight));
        }
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public void CombineAndFinish(DataType type, ReduceOp op)
    {
        foreach (double weight in Weights(type, op))
        {
            foreach (double total in Totals)
            {
                Check(type, op, 3, (reducer, d, l, r, n) => reducer.CombineAndFinish(d, l, r, n, weight, total),
                    (l, r) => Oracle.CombineAndFinish(type, op, l, r, weight, total));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public void Finish(DataType type, ReduceOp op)
    {
        foreach (double total in Totals)
        {
            Check(type, op, 4, (reducer, d, l, _, n) =>
            {
                reducer.Scale(d, l, n, 1);
                reducer.Finish(d, n, total);
            }, (l, _) => Oracle.Finish(type, op, l, total));
        }
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public void Scale(DataType type, ReduceOp op)
    {
        foreach (double weight in Weights(type, op))
        {
            Check(type, op, 5, (reducer, d, l, _, n) => reducer.Scale(d, l, n, weight),
                (l, _) => Oracle.Scale(type, l, weight));
        }
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public void No_elements_need_no_buffers(DataType type, ReduceOp op)
    {
        Reducer reducer = Reducer.For(type, op);
        reducer.Combine(null, null, null, 0);
        reducer.CombineAndFinish(null, null, null, 0, 1, 3);
        reducer.Finish(null, 0, 3);
        reducer.Scale(null, null, 0, 1);
    }

    private delegate void Call(Reducer reducer, byte* destination, byte* left, byte* right, nuint elements);

    private static double[] Totals => [1, 2, 3, 7, 200];

    private static double[] Weights(DataType type, ReduceOp op) =>
        Reducer.For(type, op).TakesWeights ? [1, 0.5, 3, 0.1, 1e-7, 12345.678] : [1];

    /// <summary>Lengths around every loop's edges and at random, odd alignments, and each way to alias.</summary>
    private static void Check(DataType type, ReduceOp op, int seed, Call call, Func<ulong, ulong, ulong> expected)
    {
        Random random = new(seed * 1000 + (int)type * 10 + (int)op);
        foreach (int count in (int[])[.. Enumerable.Range(0, 20), 127, 128, 129, random.Next(1001), random.Next(1001)])
        {
            ulong[] leftBits = Samples.Create(type, random, count);
            ulong[] rightBits = Samples.Create(type, random, count);
            using Elements left = new(type, count, random.Next(64));
            using Elements right = new(type, count, random.Next(64));
            using Elements separate = new(type, count, random.Next(64));
            foreach (Elements destination in (Elements[])[separate, left, right])
            {
                left.Set(leftBits);
                right.Set(rightBits);
                call(Reducer.For(type, op), destination.Pointer, left.Pointer, right.Pointer, (nuint)count);

                for (int i = 0; i < count; i++)
                {
                    ulong wanted = expected(leftBits[i], rightBits[i]);
                    Assert.True(Oracle.Matches(type, wanted, destination[i]), $"element {i} of {count}: "
                        + $"{leftBits[i]:x} and {rightBits[i]:x} gave {destination[i]:x} instead of {wanted:x}");
                }

                if (destination != left)
                    Assert.Equal(leftBits, left.ToArray());
                if (destination != right)
                    Assert.Equal(rightBits, right.ToArray());
                destination.AssertGuardsIntact();
            }
        }
    }
}
