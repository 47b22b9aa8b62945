using Collectives.Membership.Messages;

namespace Collectives.Membership;

/// <summary>
/// A measured value to two digits, 99 times ten to some power at most: what is measured is not known any better, and what all
/// members agree on is not to change with every measurement. 0: not known.
/// </summary>
/// <param name="Digits">0 to 99.</param>
/// <param name="Power">0 to <see cref="MaxPower"/>.</param>
internal readonly record struct Quantity(byte Digits, byte Power)
{
    public const int MaxPower = 16;

    public const int ByteCount = 2;

    public long Value
    {
        get
        {
            long value = Digits;
            for (int i = 0; i < Power; i++) value *= 10;
            return value;
        }
    }

    /// <summary>The nearest; of what is known, at least 1.</summary>
    public static Quantity Of(double value)
    {
        if (!(value > 0)) return default;
        int power = 0;
        for (; value >= 99.5 && power < MaxPower; power++) value /= 10;
        return new Quantity((byte)Math.Clamp(Math.Round(value), 1, 99), (byte)power);
    }

    public void Write(PayloadWriter writer)
    {
        writer.U8(Digits);
        writer.U8(Power);
    }

    /// <summary>Every value in one way only: what is read is what was written.</summary>
    public static Quantity Read(ref PayloadReader reader)
    {
        Quantity read = new(reader.U8(), reader.U8());
        if (read.Digits > 99 || read.Power > MaxPower || (read.Power > 0 && read.Digits < 10)) reader.Fail();
        return reader.Failed ? default : read;
    }
}
