using System.Runtime.InteropServices;
using Collectives.Algorithms.Reduction;
using Collectives.Communication;
using Collectives.Communication.Operations;
using Collectives.Transport;

namespace Collectives.Simulation.Tests.Members;

/// <summary>One call of a program, its buffers and what came of it.</summary>
internal sealed unsafe class Call : IDisposable
{
    /// <summary>The element that counts the members that want to stop.</summary>
    public const int WishIndex = 1;

    /// <summary>Stands before and after each buffer.</summary>
    private const long Guard = 0x5AFE_B0D1_E500_F00D;

    private readonly long* _memory;
    private readonly long* _other;
    private readonly long* _send;
    private readonly long* _receive;
    private readonly int _receives;
    private readonly ulong[] _counts;
    private readonly ulong[] _receiveCounts;
    private readonly int _length, _otherLength;
    private Work? _work;

    public Call(SimulatedMember member, OperationKey key, Request request, bool wishesToStop)
    {
        (Member, Key, Request) = (member, key, request);
        Slot = member.Engine.Epoch!.Slot;
        Input = new long[request.SendLength(Slot)];
        for (int i = 0; i < Input.Length; i++) Input[i] = request.Element(member.Index, i);
        if (request.IsVote) Input[WishIndex] = wishesToStop ? 1 : 0;
        _receives = request.ReceiveLength(Slot);
        InPlace = request.MayBeInPlace(Slot) && member.World.Timeline.Chance(0.5);
        // In place the smaller of the buffers lies in the larger one, where its own part is.
        int own = InPlace && Input.Length != _receives ? request.Start(Slot, Slot, isSent: Input.Length > _receives) : 0;
        (_length, _otherLength) = InPlace ? (Math.Max(Input.Length, _receives), 0) : (Input.Length, _receives);
        _memory = Allocate(_length);
        _other = Allocate(_otherLength);
        _send = _memory + 1 + (_receives > Input.Length && InPlace ? own : 0);
        _receive = InPlace ? _memory + 1 + (Input.Length > _receives ? own : 0) : _other + 1;
        Input.CopyTo(new Span<long>(_send, Input.Length));
        bool isUnrepeatable = member.World.Timeline.Chance(member.World.Shape.Unrepeatable);
        KeepsInput = !isUnrepeatable || !InPlace;
        FailsOnLoss = isUnrepeatable && !InPlace;
        _counts = !request.HasCounts ? [] : [.. Enumerable.Range(0, request.Slots).Select(slot => (ulong)Part(slot, isSent: true))];
        _receiveCounts = request.HasCounts && request.Collective == Collective.AllToAll ? [.. Enumerable.Range(0, request.Slots).Select(slot => (ulong)Part(slot, isSent: false))] : [];
    }

    public SimulatedMember Member { get; }

    /// <summary>Names it among the calls of the lineage; those with a tag, and sends, are counted with the others.</summary>
    public OperationKey Key { get; }

    public Request Request { get; }

    public int Slot { get; }

    public long[] Input { get; }

    public bool InPlace { get; }

    public bool KeepsInput { get; }

    public bool FailsOnLoss { get; }

    public Fault Fault { get; private set; }

    public OperationResult Result { get; private set; }

    /// <summary>What is in the output.</summary>
    public long[] Output { get; private set; } = [];

    /// <summary>It has returned.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>It has failed because too few were left for anybody to go on.</summary>
    public bool IsExcused { get; set; }

    public bool InputIsIntact => new Span<long>(_send, Input.Length).SequenceEqual(Input);

    public bool GuardsAreIntact => _memory[0] == Guard && _memory[_length + 1] == Guard && _other[0] == Guard && _other[_otherLength + 1] == Guard;

    public bool HasEnded => _work is null or { HasEnded: true };

    public void Start()
    {
        Shape shape = Member.World.Shape;
        OnLate onLate = shape.OnLate == OnLate.Proceed && Request.Collective != Collective.AllReduce ? OnLate.Wait : shape.OnLate;
        OperationOptions options = new() { Algorithm = Request.Algorithm, Tag = Request.Tag, KeepInput = KeepsInput, FailOnLoss = FailsOnLoss, OnLate = onLate };
        _work = Member.Engine.Works.Get();
        fixed (ulong* counts = _counts, receiveCounts = _receiveCounts)
        {
            CollectiveCall call = new()
            {
                Collective = Request.Collective,
                Send = Input.Length > 0 ? (byte*)_send : null,
                Receive = _receives > 0 ? (byte*)_receive : null,
                Count = Request.Count,
                Type = DataType.I64,
                Root = Request.HasRoot ? Request.Root : 0,
                Partner = Request.Partner,
                Counts = counts,
                ReceiveCounts = receiveCounts,
            };
            _work.Prepare(Member.Engine, call, Request.Slots, options, shape.DeadlineMs);
        }

        Member.Loop.Post(_work);
    }

    /// <summary>After its end.</summary>
    public void Finish()
    {
        Fault = _work!.Test(out OperationResult result);
        Result = result;
        Output = new Span<long>(_receive, _receives).ToArray();
        IsFinished = true;
        _work.Dispose();
        _work = null;
    }

    /// <summary>Only once the run is over: frames of a member that has died may still be under way.</summary>
    public void Dispose()
    {
        NativeMemory.Free(_other);
        NativeMemory.Free(_memory);
    }

    private int Part(int slot, bool isSent) => Request.Collective == Collective.AllGather || !isSent ? Request.Length(slot, Slot) : Request.Length(Slot, slot);

    private static long* Allocate(int length)
    {
        long* memory = (long*)NativeMemory.AllocZeroed((nuint)(length + 2), sizeof(long));
        memory[0] = memory[length + 1] = Guard;
        return memory;
    }
}
