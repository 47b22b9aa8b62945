using Collectives.Algorithms.Reduction;

namespace Collectives.Algorithms.Tests.Reduction;

/// <summary>The 16-bit formats have few enough elements to try all of them.</summary>
public sealed unsafe class Float16PatternTests
{
    private const int Patterns = 65536;

    /// <summary>A product with one is a conversion there and back.</summary>
    [Theory]
    [InlineData(DataType.F16, 0x3C00, 0x7C00, 0x0200)]
    [InlineData(DataType.BF16, 0x3F80, 0x7F80, 0x0040)]
    public void Every_pattern_survives_the_conversions(DataType type, ulong one, ulong infinity, ulong quiet)
    {
        ulong[] results = CombineAll(type, ReduceOp.Prod, one);
        for (ulong bits = 0; bits < Patterns; bits++)
        {
            if ((bits & 0x7FFF) <= infinity)
                Assert.Equal(bits, results[bits]);
            else
                Assert.True((results[bits] & 0x7FFF) >= (infinity | quiet), $"{bits:x} became {results[bits]:x}");
        }
    }

    [Theory]
    [InlineData(DataType.F16, ReduceOp.Sum)]
    [InlineData(DataType.F16, ReduceOp.Prod)]
    [InlineData(DataType.F16, ReduceOp.Min)]
    [InlineData(DataType.F16, ReduceOp.Max)]
    [InlineData(DataType.BF16, ReduceOp.Sum)]
    [InlineData(DataType.BF16, ReduceOp.Prod)]
    [InlineData(DataType.BF16, ReduceOp.Min)]
    [InlineData(DataType.BF16, ReduceOp.Max)]
    public void Every_pattern_combines_with_the_edges(DataType type, ReduceOp op)
    {
        foreach (ulong right in Samples.Special(type))
        {
            ulong[] results = CombineAll(type, op, right);
            for (ulong bits = 0; bits < Patterns; bits++)
            {
                ulong expected = Oracle.Combine(type, op, bits, right);
                Assert.True(Oracle.Matches(type, expected, results[bits]),
                    $"{bits:x} and {right:x} gave {results[bits]:x} instead of {expected:x}");
            }
        }
    }

    /// <summary>
    /// 0 + 1 * weight rounds the weight: exactly between two neighbours, and the closest f32 on both sides of that.
    /// </summary>
    [Theory]
    [InlineData(DataType.F16, 0x3C00, 0x7C00)]
    [InlineData(DataType.BF16, 0x3F80, 0x7F80)]
    public void Ties_round_to_even(DataType type, ulong one, ulong infinity)
    {
        using Elements zero = new(type, 1, 0);
        using Elements own = new(type, 1, 0);
        using Elements result = new(type, 1, 0);
        zero[0] = 0;
        own[0] = one;
        Reducer reducer = Reducer.For(type, ReduceOp.Sum);
        for (ulong below = 0; below < infinity - 1; below++)
        {
            float tie = (float)((Oracle.Decode(type, below) + Oracle.Decode(type, below + 1)) / 2);
            Check(tie, below + below % 2);
            Check(float.BitIncrement(tie), below + 1);
            Check(float.BitDecrement(tie), below);
        }

        void Check(float weight, ulong expected)
        {
            if (weight == 0)
                return;
            reducer.CombineWeighted(result.Pointer, zero.Pointer, own.Pointer, 1, weight);
            Assert.Equal(expected, result[0]);
        }
    }

    [Theory]
    [InlineData(DataType.F16, 0x7BFF, 0x7C00)]
    [InlineData(DataType.BF16, 0x7F7F, 0x7F80)]
    public void Overflow_is_infinity(DataType type, ulong greatest, ulong infinity)
    {
        Assert.Equal(infinity, CombineAll(type, ReduceOp.Sum, greatest)[greatest]);
        Assert.Equal(infinity | 0x8000, CombineAll(type, ReduceOp.Sum, greatest | 0x8000)[greatest | 0x8000]);
    }

    private static ulong[] CombineAll(DataType type, ReduceOp op, ulong other)
    {
        using Elements left = new(type, Patterns, 0);
        using Elements right = new(type, Patterns, 0);
        for (int i = 0; i < Patterns; i++)
        {
            left[i] = (ulong)i;
            right[i] = other;
        }

        Reducer.For(type, op).Combine(left.Pointer, left.Pointer, right.Pointer, Patterns);
        return left.ToArray();
    }
}
