using System.Runtime.InteropServices;
using Collectives.Algorithms.Reduction;
using Collectives.Communication;
using Collectives.Communication.Operations;
using Collectives.Transport;

namespace Collectives.Simulation.Tests.Members;

/// <summary>
/// One call of a program, its buffers and what came of it. What all members must agree on follows from the operation's name; the
/// rest is each member's own.
/// </summary>
internal sealed unsafe class Call : IDisposable
{
    /// <summary>The element that counts the members that want to stop.</summary>
    public const int WishIndex = 1;

    /// <summary>Rings take whole thousands of elements.</summary>
    private const int LargeCount = 5000;

    private readonly long* _send;
    private readonly long* _receive;
    private Work? _work;

    public Call(SimulatedMember member, OperationKey key, bool wishesToStop)
    {
        (Member, Key) = (member, key);
        ulong agreed = Mix(key.Origin * 1_000_003 + key.Number);
        int count = 2 + (int)(agreed % 7);
        // Where there may be several rings, each has its part of some buffers.
        if (member.World.Lines is not null && (agreed >> 40) % 8 == 0) count += LargeCount;
        Input = new long[count];
        for (int i = 0; i < Input.Length; i++) Input[i] = (long)(Mix(agreed ^ ((ulong)member.Index << 20) ^ (ulong)i) >> 24);
        Input[WishIndex] = wishesToStop ? 1 : 0;
        Algorithm = (Algorithm)((agreed >> 8) % 4);
        _send = (long*)NativeMemory.Alloc((nuint)Bytes);
        _receive = member.World.Timeline.Chance(0.5) ? _send : (long*)NativeMemory.AllocZeroed((nuint)Bytes);
        Input.CopyTo(new Span<long>(_send, Input.Length));
        bool isUnrepeatable = member.World.Timeline.Chance(member.World.Shape.Unrepeatable);
        KeepsInput = !isUnrepeatable || !InPlace;
        FailsOnLoss = isUnrepeatable && !InPlace;
    }

    public SimulatedMember Member { get; }

    public OperationKey Key { get; }

    public long[] Input { get; }

    public Algorithm Algorithm { get; }

    public bool InPlace => _send == _receive;

    public bool KeepsInput { get; }

    public bool FailsOnLoss { get; }

    public Fault Fault { get; private set; }

    public OperationResult Result { get; private set; }

    /// <summary>What is in the output.</summary>
    public long[] Output { get; private set; } = [];

    /// <summary>It has failed because too few were left for anybody to go on.</summary>
    public bool IsExcused { get; set; }

    public bool InputIsIntact => new Span<long>(_send, Input.Length).SequenceEqual(Input);

    public bool HasEnded => _work is null or { HasEnded: true };

    private long Bytes => Input.Length * sizeof(long);

    public void Start()
    {
        Shape shape = Member.World.Shape;
        OperationOptions options = new() { Algorithm = Algorithm, KeepInput = KeepsInput, FailOnLoss = FailsOnLoss, OnLate = shape.OnLate };
        _work = Member.Engine.Works.Get();
        CollectiveCall call = new()
        {
            Collective = Collective.AllReduce,
            Send = (byte*)_send,
            Receive = (byte*)_receive,
            Count = (ulong)Input.Length,
            Type = DataType.I64,
        };
        _work.Prepare(Member.Engine, call, slots: 0, options, shape.DeadlineMs);
        Member.Loop.Post(_work);
    }

    /// <summary>After its end.</summary>
    public void Finish()
    {
        Fault = _work!.Test(out OperationResult result);
        Result = result;
        Output = new Span<long>(_receive, Input.Length).ToArray();
        _work.Dispose();
        _work = null;
    }

    /// <summary>Only once the run is over: frames of a member that has died may still be under way.</summary>
    public void Dispose()
    {
        if (!InPlace) NativeMemory.Free(_receive);
        NativeMemory.Free(_send);
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }
}
