using Collectives.Algorithms.Reduction;

namespace Collectives.Algorithms.Tests.Reduction;

/// <summary>The promises of collectives.h about numbers, by example rather than by oracle.</summary>
public sealed unsafe class ReductionSemanticsTests
{
    [Theory]
    [InlineData(DataType.I8, 0x7F, 1, 0x80)]
    [InlineData(DataType.U8, 0xFF, 1, 0)]
    [InlineData(DataType.I32, 0x7FFFFFFF, 1, 0x80000000)]
    [InlineData(DataType.U64, ulong.MaxValue, 2, 1)]
    public void Integers_wrap(DataType type, ulong left, ulong right, ulong expected) =>
        Assert.Equal(expected, Combine(type, ReduceOp.Sum, left, right));

    [Theory]
    [InlineData(DataType.I8, 0xF9, 0xFE)] // -7 / 3 = -2
    [InlineData(DataType.I16, 0xFFF9, 0xFFFE)]
    [InlineData(DataType.I32, 0xFFFFFFF9, 0xFFFFFFFE)]
    [InlineData(DataType.I64, 0xFFFFFFFFFFFFFFF9, 0xFFFFFFFFFFFFFFFE)]
    [InlineData(DataType.U8, 0xFE, 0x54)] // 254 / 3 = 84
    public void Integer_averages_round_toward_zero(DataType type, ulong sum, ulong expected) =>
        Assert.Equal(expected, Finish(type, sum, 3));

    /// <summary>All quotients of 16-bit integers, where a float division decides.</summary>
    [Fact]
    public void Every_short_divides_exactly()
    {
        using Elements elements = new(DataType.I16, 65536, 0);
        foreach (int total in (int[])[2, 3, 5, 7, 10, 127, 128, 255, 1000, 32767, 40000])
        {
            for (int i = 0; i < 65536; i++)
                elements[i] = (ulong)i;
            Reducer.For(DataType.I16, ReduceOp.Avg).Finish(elements.Pointer, 65536, total);
            for (int i = 0; i < 65536; i++)
                Assert.Equal((ushort)((short)i / total), elements[i]);
        }
    }

    [Fact]
    public void Average_of_equal_values_is_the_value()
    {
        for (int world = 2; world <= 33; world++)
        {
            float sum = world * 12345f;
            ulong bits = Finish(DataType.F32, Oracle.Encode(DataType.F32, sum), world);
            Assert.Equal(12345f, BitConverter.UInt32BitsToSingle((uint)bits));
        }
    }

    [Theory]
    [InlineData(DataType.F16, 0x8000)]
    [InlineData(DataType.BF16, 0x8000)]
    [InlineData(DataType.F32, 0x80000000)]
    [InlineData(DataType.F64, 0x8000000000000000)]
    public void Negative_zero_is_less_than_positive_zero(DataType type, ulong negativeZero)
    {
        Assert.Equal(negativeZero, Combine(type, ReduceOp.Min, 0, negativeZero));
        Assert.Equal(negativeZero, Combine(type, ReduceOp.Min, negativeZero, 0));
        Assert.Equal(0ul, Combine(type, ReduceOp.Max, 0, negativeZero));
        Assert.Equal(0ul, Combine(type, ReduceOp.Max, negativeZero, 0));
    }

    /// <summary>Segmentation must not show: a pair gives the same bits, NaNs too, anywhere in a buffer.</summary>
    [Theory]
    [MemberData(nameof(ReducerTests.Combinations), MemberType = typeof(ReducerTests))]
    public void Position_does_not_matter(DataType type, ReduceOp op)
    {
        const int count = 131;
        using Elements left = new(type, count, 0);
        using Elements right = new(type, count, 0);
        using Elements result = new(type, count, 0);
        foreach (ulong first in Samples.Special(type))
        {
            foreach (ulong second in Samples.Special(type))
            {
                left.Set([.. Enumerable.Repeat(first, count)]);
                right.Set([.. Enumerable.Repeat(second, count)]);
                Reducer.For(type, op).CombineAndFinish(result.Pointer, left.Pointer, right.Pointer, count, 1, 3);
                Assert.Single(result.ToArray().Distinct());
            }
        }
    }

    private static ulong Combine(DataType type, ReduceOp op, ulong left, ulong right)
    {
        using Elements first = new(type, 1, 1);
        using Elements second = new(type, 1, 3);
        first[0] = left;
        second[0] = right;
        Reducer.For(type, op).Combine(first.Pointer, first.Pointer, second.Pointer, 1);
        return first[0];
    }

    private static ulong Finish(DataType type, ulong sum, double total)
    {
        using Elements elements = new(type, 1, 1);
        elements[0] = sum;
        Reducer.For(type, ReduceOp.Avg).Finish(elements.Pointer, 1, total);
        return elements[0];
    }
}
