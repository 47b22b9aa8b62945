using System.Diagnostics.CodeAnalysis;

namespace Collectives.Algorithms.Reduction;

/// <summary>
/// The arithmetic of one reduction, as the hops of a schedule use it: the member that starts a chunk scales its
/// own input, each member on the way combines what it receives with its own input, and the last one also finishes
/// (divides an average). Every element is touched once per hop.
/// <para>
/// Buffers may have any alignment and any length. A destination may be the very same as an input, and must not
/// overlap it otherwise. Instances are shared, immutable, and made once: calls allocate nothing and take no lock.
/// </para>
/// </summary>
public sealed unsafe class Reducer
{
    private static readonly Reducer[] s_all = CreateAll();

    private readonly KernelSet _kernels;

    private Reducer(DataType type, ReduceOp op)
    {
        Type = type;
        Op = op;
        ElementSize = DataTypes.Size(type);
        _kernels = KernelTable.For(type, op);
    }

    public DataType Type { get; }

    public ReduceOp Op { get; }

    /// <summary>Bytes per element.</summary>
    public int ElementSize { get; }

    /// <summary>Whether inputs can carry a weight other than 1: sums and averages of floating-point types.</summary>
    public bool TakesWeights => _kernels.Scale != null;

    /// <summary>Whether a reduction ends with a division, so that its last hop needs a finishing call.</summary>
    public bool NeedsFinish => _kernels.Finish != null;

    public static Reducer For(DataType type, ReduceOp op)
    {
        if (!DataTypes.IsDefined(type))
            throw DataTypes.Undefined(type);
        if (!ReduceOps.IsDefined(op))
            throw ReduceOps.Undefined(op);
        return s_all[Index(type, op)];
    }

    /// <summary>destination[i] = left[i] op right[i]; an average is summed here and divided at the end.</summary>
    public void Combine(byte* destination, byte* left, byte* right, nuint elements) =>
        _kernels.Combine(destination, left, right, elements, 1, 1);

    /// <summary>
    /// destination[i] = partial[i] op own[i] * weight. A weight of 1 gives the bits of <see cref="Combine"/>; others
    /// need <see cref="TakesWeights"/>. It is used in the precision that the type accumulates in.
    /// </summary>
    public void CombineWeighted(byte* destination, byte* partial, byte* own, nuint elements, double weight)
    {
        if (IsWeighted(weight))
            _kernels.CombineWeighted(destination, partial, own, elements, weight, 1);
        else
            Combine(destination, partial, own, elements);
    }

    /// <summary>destination[i] = source[i] * weight: the first input of a chunk. A weight of 1 copies.</summary>
    public void Scale(byte* destination, byte* source, nuint elements, double weight)
    {
        if (IsWeighted(weight))
            _kernels.Scale(destination, source, elements, weight);
        else if (destination != source)
            Buffer.MemoryCopy(source, destination, elements * (nuint)ElementSize, elements * (nuint)ElementSize);
    }

    /// <summary>
    /// Turns a combined sum into an average in place; other operations are finished already. Integers round toward
    /// zero.
    /// </summary>
    /// <param name="destination">The combined elements, replaced by the result.</param>
    /// <param name="elements">Number of elements.</param>
    /// <param name="totalWeight">Sum of all inputs' weights; for integers the number of members, at most 2^24.</param>
    public void Finish(byte* destination, nuint elements, double totalWeight)
    {
        if (IsDivided(totalWeight))
            _kernels.Finish(destination, destination, elements, totalWeight);
    }

    /// <summary>
    /// <see cref="CombineWeighted"/> and <see cref="Finish"/> in one pass, for the last hop. 16-bit floats are rounded
    /// once, after the division, so the bits may differ from those of the two calls in turn.
    /// </summary>
    public void CombineAndFinish(
        byte* destination, byte* partial, byte* own, nuint elements, double weight, double totalWeight)
    {
        bool weighted = IsWeighted(weight);
        if (!IsDivided(totalWeight))
            CombineWeighted(destination, partial, own, elements, weight);
        else if (weighted)
            _kernels.CombineWeightedAndFinish(destination, partial, own, elements, weight, totalWeight);
        else
            _kernels.CombineAndFinish(destination, partial, own, elements, 1, totalWeight);
    }

    private bool IsWeighted(double weight)
    {
        if (weight == 1)
            return false;
        if (!TakesWeights || !double.IsFinite(weight) || weight <= 0)
            ThrowWeight(weight);
        return true;
    }

    private bool IsDivided(double totalWeight)
    {
        if (!NeedsFinish || totalWeight == 1)
            return false;
        if (!double.IsFinite(totalWeight) || totalWeight <= 0)
            ThrowTotalWeight(totalWeight);
        return true;
    }

    [DoesNotReturn]
    private void ThrowWeight(double weight) => throw new ArgumentOutOfRangeException(nameof(weight), weight,
        $"Expected 1 for {ReduceOps.Name(Op)} of {DataTypes.Name(Type)}, or a finite positive weight for a sum or "
        + "average of a floating-point type.");

    [DoesNotReturn]
    private static void ThrowTotalWeight(double totalWeight) => throw new ArgumentOutOfRangeException(
        nameof(totalWeight), totalWeight, "Expected a finite positive sum of weights.");

    private static int Index(DataType type, ReduceOp op) => (int)type * ((int)ReduceOp.Max + 1) + (int)op;

    private static Reducer[] CreateAll()
    {
        var all = new Reducer[Index(DataType.F64, ReduceOp.Max) + 1];
        foreach (DataType type in DataTypes.All)
        {
            foreach (ReduceOp op in ReduceOps.All)
                all[Index(type, op)] = new Reducer(type, op);
        }

        return all;
    }
}
