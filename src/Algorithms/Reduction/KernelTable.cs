using System.Numerics;
using Collectives.Algorithms.Reduction.Formats;
using Collectives.Algorithms.Reduction.Kernels;
using Collectives.Algorithms.Reduction.Operators;

namespace Collectives.Algorithms.Reduction;

/// <summary>Chooses the loops of each type and operation: integers, native floats, and the 16-bit formats.</summary>
internal static unsafe class KernelTable
{
    public static KernelSet For(DataType type, ReduceOp op) => type switch
    {
        DataType.I8 => Integer<sbyte>(op),
        DataType.U8 => Integer<byte>(op),
        DataType.I16 => Integer<short>(op),
        DataType.U16 => Integer<ushort>(op),
        DataType.I32 => Integer<int>(op),
        DataType.U32 => Integer<uint>(op),
        DataType.I64 => Integer<long>(op),
        DataType.U64 => Integer<ulong>(op),
        DataType.F16 => Float16<Binary16>(op, &Binary16SumKernel.Run),
        DataType.BF16 => Float16<BFloat16>(op, &BinaryKernel.Run<ushort, Wide<BFloat16, Sum<float>>>),
        DataType.F32 => Float<float>(op),
        DataType.F64 => Float<double>(op),
        _ => throw DataTypes.Undefined(type),
    };

    private static KernelSet Integer<T>(ReduceOp op)
        where T : unmanaged, IBinaryInteger<T> => op switch
        {
            ReduceOp.Sum => new() { Combine = &BinaryKernel.Run<T, Sum<T>> },
            ReduceOp.Avg => new()
            {
                Combine = &BinaryKernel.Run<T, Sum<T>>,
                CombineAndFinish = &BinaryKernel.RunLong<T, IntegerMean<T>>,
                Finish = &UnaryKernel.Run<T, IntegerQuotient<T>>,
            },
            ReduceOp.Prod when sizeof(T) == 1 => new() { Combine = &BinaryKernel.Run<byte, ByteProduct> },
            ReduceOp.Prod => new() { Combine = &BinaryKernel.Run<T, Product<T>> },
            ReduceOp.Min => new() { Combine = &BinaryKernel.Run<T, IntegerMinimum<T>> },
            ReduceOp.Max => new() { Combine = &BinaryKernel.Run<T, IntegerMaximum<T>> },
            _ => throw ReduceOps.Undefined(op),
        };

    private static KernelSet Float<T>(ReduceOp op)
        where T : unmanaged, IFloatingPoint<T> => op switch
        {
            ReduceOp.Sum => new()
            {
                Combine = &BinaryKernel.Run<T, Sum<T>>,
                CombineWeighted = &BinaryKernel.Run<T, WeightedSum<T>>,
                Scale = &UnaryKernel.Run<T, Scaling<T>>,
            },
            ReduceOp.Avg => new()
            {
                Combine = &BinaryKernel.Run<T, Sum<T>>,
                CombineWeighted = &BinaryKernel.Run<T, WeightedSum<T>>,
                CombineAndFinish = &BinaryKernel.Run<T, Mean<T>>,
                CombineWeightedAndFinish = &BinaryKernel.Run<T, WeightedMean<T>>,
                Scale = &UnaryKernel.Run<T, Scaling<T>>,
                Finish = &UnaryKernel.Run<T, FloatQuotient<T>>,
            },
            ReduceOp.Prod => new() { Combine = &BinaryKernel.Run<T, Product<T>> },
            ReduceOp.Min => new() { Combine = &BinaryKernel.Run<T, FloatMinimum<T>> },
            ReduceOp.Max => new() { Combine = &BinaryKernel.Run<T, FloatMaximum<T>> },
            _ => throw ReduceOps.Undefined(op),
        };

    private static KernelSet Float16<TFormat>(
        ReduceOp op, delegate*<byte*, byte*, byte*, nuint, double, double, void> sum)
        where TFormat : struct, IFloat16 => op switch
        {
            ReduceOp.Sum => new()
            {
                Combine = sum,
                CombineWeighted = &BinaryKernel.RunLong<ushort, Wide<TFormat, WeightedSum<float>>>,
                Scale = &UnaryKernel.Run<ushort, WideUnary<TFormat, Scaling<float>>>,
            },
            ReduceOp.Avg => new()
            {
                Combine = sum,
                CombineWeighted = &BinaryKernel.RunLong<ushort, Wide<TFormat, WeightedSum<float>>>,
                CombineAndFinish = &BinaryKernel.RunLong<ushort, Wide<TFormat, Mean<float>>>,
                CombineWeightedAndFinish = &BinaryKernel.RunLong<ushort, Wide<TFormat, WeightedMean<float>>>,
                Scale = &UnaryKernel.Run<ushort, WideUnary<TFormat, Scaling<float>>>,
                Finish = &UnaryKernel.Run<ushort, WideUnary<TFormat, FloatQuotient<float>>>,
            },
            ReduceOp.Prod => new() { Combine = &BinaryKernel.RunLong<ushort, Wide<TFormat, Product<float>>> },
            ReduceOp.Min => new() { Combine = &BinaryKernel.Run<ushort, Float16Minimum<TFormat>> },
            ReduceOp.Max => new() { Combine = &BinaryKernel.Run<ushort, Float16Maximum<TFormat>> },
            _ => throw ReduceOps.Undefined(op),
        };
}
