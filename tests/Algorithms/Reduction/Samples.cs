using Collectives.Algorithms.Reduction;

namespace Collectives.Algorithms.Tests.Reduction;

/// <summary>Elements that are likely to go wrong, among ordinary and arbitrary ones; a seed replays them.</summary>
internal static class Samples
{
    public static ulong[] Create(DataType type, Random random, int count)
    {
        var bits = new ulong[count];
        for (int i = 0; i < count; i++)
            bits[i] = Next(type, random);
        return bits;
    }

    /// <summary>Values at the edges of the type, as bits.</summary>
    public static ulong[] Special(DataType type)
    {
        if (!DataTypes.IsFloating(type))
        {
            ulong all = ulong.MaxValue >> (64 - DataTypes.Size(type) * 8);
            return [0, 1, 2, 3, all, all - 1, all >> 1, (all >> 1) + 1, (all >> 1) + 2];
        }

        (int width, int fraction) = Shape(type);
        ulong sign = 1ul << (width - 1);
        ulong infinity = ((1ul << (width - 1 - fraction)) - 1) << fraction;
        ulong leastNormal = 1ul << fraction;
        ulong one = (infinity >> 1) & ~(leastNormal - 1);
        ulong[] positive =
        [
            0, 1, 2, 3, leastNormal - 1, leastNormal, leastNormal + 1, one - 1, one, one + 1,
            infinity - leastNormal * 2, infinity - leastNormal - 1, infinity - leastNormal, infinity - 1, infinity,
            infinity + 1, infinity + leastNormal / 2, infinity + leastNormal - 1,
        ];
        return [.. positive, .. positive.Select(bits => bits | sign)];
    }

    private static ulong Next(DataType type, Random random)
    {
        ulong any = (ulong)random.NextInt64(long.MinValue, long.MaxValue) >> (64 - DataTypes.Size(type) * 8);
        if (random.Next(8) == 0)
            return Special(type)[random.Next(Special(type).Length)];
        if (!DataTypes.IsFloating(type) || random.Next(4) == 0)
            return any;
        return Oracle.Encode(type, (random.NextDouble() - 0.5) * Math.Pow(2, random.Next(-20, 4)));
    }

    private static (int Width, int Fraction) Shape(DataType type) => type switch
    {
        DataType.F16 => (16, 10),
        DataType.BF16 => (16, 7),
        DataType.F32 => (32, 23),
        _ => (64, 52),
    };
}
