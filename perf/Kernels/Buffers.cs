using System.Runtime.InteropServices;
using Collectives.Algorithms.Reduction;

namespace Collectives.Perf.Kernels;

/// <summary>Two inputs per element type and an output, aligned to a cache line.</summary>
internal sealed unsafe class Buffers : IDisposable
{
    private readonly Dictionary<DataType, nint> _inputs = [];

    public Buffers(int bytes)
    {
        Bytes = bytes;
        Destination = Allocate();
        foreach (DataType type in DataTypes.All)
            _inputs[type] = (nint)CreateInputs(type);
    }

    public int Bytes { get; }

    public byte* Destination { get; }

    public byte* Left(DataType type) => (byte*)_inputs[type];

    public byte* Right(DataType type) => (byte*)_inputs[type] + RoundedBytes;

    public void Dispose()
    {
        NativeMemory.AlignedFree(Destination);
        foreach (nint input in _inputs.Values)
            NativeMemory.AlignedFree((void*)input);
    }

    private int RoundedBytes => (Bytes + 4095) / 4096 * 4096;

    private byte* Allocate() => (byte*)NativeMemory.AlignedAlloc((nuint)RoundedBytes * 2, 4096);

    // Gradients as they come: normal numbers around zero. Integers are any bits.
    private byte* CreateInputs(DataType type)
    {
        byte* input = Allocate();
        Random random = new(1);
        random.NextBytes(new Span<byte>(input, RoundedBytes * 2));
        int count = RoundedBytes * 2 / DataTypes.Size(type);
        for (int i = 0; DataTypes.IsFloating(type) && i < count; i++)
        {
            double value = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(random.NextDouble() * Math.Tau);
            if (type == DataType.F64)
                ((double*)input)[i] = value;
            else if (type == DataType.F32)
                ((float*)input)[i] = (float)value;
            else if (type == DataType.F16)
                ((Half*)input)[i] = (Half)value;
            else
                ((ushort*)input)[i] = (ushort)(BitConverter.SingleToUInt32Bits((float)value) >> 16);
        }

        return input;
    }
}
