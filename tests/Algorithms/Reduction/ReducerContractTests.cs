using Collectives.Algorithms.Reduction;

namespace Collectives.Algorithms.Tests.Reduction;

/// <summary>How a reducer is obtained and called: shared, free of allocation, strict about its arguments.</summary>
public sealed unsafe class ReducerContractTests
{
    [Theory]
    [MemberData(nameof(ReducerTests.Combinations), MemberType = typeof(ReducerTests))]
    public void Reducers_are_shared_and_know_themselves(DataType type, ReduceOp op)
    {
        Reducer reducer = Reducer.For(type, op);
        Assert.Same(reducer, Reducer.For(type, op));
        Assert.Equal((type, op, DataTypes.Size(type)), (reducer.Type, reducer.Op, reducer.ElementSize));
        Assert.Equal(DataTypes.IsFloating(type) && op is (ReduceOp.Sum or ReduceOp.Avg),
            reducer.TakesWeights);
        Assert.Equal(op == ReduceOp.Avg, reducer.NeedsFinish);
    }

    [Theory]
    [MemberData(nameof(ReducerTests.Combinations), MemberType = typeof(ReducerTests))]
    public void Calls_allocate_nothing(DataType type, ReduceOp op)
    {
        using Elements elements = new(type, 100, 1);
        elements.Set([.. Enumerable.Repeat(1ul, 100)]);
        Use();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Use();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Use()
        {
            Reducer reducer = Reducer.For(type, op);
            byte* pointer = elements.Pointer;
            reducer.Combine(pointer, pointer, pointer, 100);
            reducer.CombineAndFinish(pointer, pointer, pointer, 100, 1, 3);
            reducer.Finish(pointer, 100, 3);
            if (reducer.TakesWeights)
            {
                reducer.Scale(pointer, pointer, 100, 0.5);
                reducer.CombineAndFinish(pointer, pointer, pointer, 100, 0.5, 3);
            }
        }
    }

    [Theory]
    [InlineData(DataType.I32, ReduceOp.Sum, 2.0)]
    [InlineData(DataType.F32, ReduceOp.Max, 2.0)]
    [InlineData(DataType.F32, ReduceOp.Sum, 0.0)]
    [InlineData(DataType.F32, ReduceOp.Sum, -1.0)]
    [InlineData(DataType.F32, ReduceOp.Sum, double.NaN)]
    [InlineData(DataType.F32, ReduceOp.Sum, double.PositiveInfinity)]
    public void Weights_that_make_no_sense_are_refused(DataType type, ReduceOp op, double weight)
    {
        Reducer reducer = Reducer.For(type, op);
        Assert.Throws<ArgumentOutOfRangeException>(
            "weight", () => reducer.CombineWeighted(null, null, null, 0, weight));
        Assert.Throws<ArgumentOutOfRangeException>("weight", () => reducer.Scale(null, null, 0, weight));
        Assert.Throws<ArgumentOutOfRangeException>(
            "weight", () => reducer.CombineAndFinish(null, null, null, 0, weight, 2));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(-3.0)]
    [InlineData(double.NaN)]
    public void Total_weights_that_make_no_sense_are_refused(double total)
    {
        Reducer reducer = Reducer.For(DataType.F32, ReduceOp.Avg);
        Assert.Throws<ArgumentOutOfRangeException>("totalWeight", () => reducer.Finish(null, 0, total));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(9, 1)]
    [InlineData(24, 1)]
    [InlineData(-1, 1)]
    [InlineData(22, 0)]
    [InlineData(22, 6)]
    [InlineData(22, int.MinValue)]
    public void Undefined_types_and_operations_are_refused(int type, int op) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Reducer.For((DataType)type, (ReduceOp)op));
}
