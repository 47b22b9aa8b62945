using System.Runtime.InteropServices;
using Collectives.Algorithms.Reduction;

namespace Collectives.Communication.Tests.Support;

/// <summary>A send and a receive buffer for each member, at an odd address if wanted, with guard bytes around.</summary>
internal sealed unsafe class Buffers : IDisposable
{
    private const int Guard = 64;
    private const byte GuardByte = 0xA5;

    private readonly DataType _type;
    private readonly nint[] _send;
    private readonly nint[] _receive;
    private readonly int _shift;
    private readonly int _bytes;

    public Buffers(int world, DataType type, int count, bool inPlace, int shift = 0)
    {
        _type = type;
        _shift = shift;
        _bytes = count * DataTypes.Size(type);
        Count = count;
        _send = new nint[world];
        _receive = new nint[world];
        for (int rank = 0; rank < world; rank++)
        {
            _send[rank] = Allocate();
            _receive[rank] = inPlace ? _send[rank] : Allocate();
        }
    }

    public int Count { get; }

    public byte* Send(int rank) => (byte*)_send[rank] + Guard + _shift;

    public byte* Receive(int rank) => (byte*)_receive[rank] + Guard + _shift;

    public ReadOnlySpan<byte> Result(int rank) => new(Receive(rank), _bytes);

    /// <summary>Small integers, so that every type and op has an exact expected result.</summary>
    public void Fill(Func<int, int, int> valueOf)
    {
        for (int rank = 0; rank < _send.Length; rank++)
        {
            for (int i = 0; i < Count; i++) Numbers.Write(_type, Send(rank), i, valueOf(rank, i));
        }
    }

    public double Sent(int rank, int i) => Numbers.Read(_type, Send(rank), i);

    public double Received(int rank, int i) => Numbers.Read(_type, Receive(rank), i);

    public void CheckGuards()
    {
        foreach (nint block in _send.Concat(_receive))
        {
            Span<byte> all = new((void*)block, _bytes + 2 * Guard + 16);
            Assert.True(all[..(Guard + _shift)].IndexOfAnyExcept(GuardByte) < 0, "bytes before a buffer were written");
            Assert.True(all[(Guard + _shift + _bytes)..].IndexOfAnyExcept(GuardByte) < 0, "bytes after a buffer were written");
        }
    }

    public void Dispose()
    {
        foreach (nint block in _send.Concat(_receive).Distinct()) NativeMemory.AlignedFree((void*)block);
    }

    private nint Allocate()
    {
        int total = _bytes + 2 * Guard + 16;
        byte* block = (byte*)NativeMemory.AlignedAlloc((nuint)total, 64);
        new Span<byte>(block, total).Fill(GuardByte);
        return (nint)block;
    }
}
