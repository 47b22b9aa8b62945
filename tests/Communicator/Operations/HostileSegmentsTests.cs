using System.Collections.Immutable;
using Collectives.Algorithms.Reduction;
using Collectives.Algorithms.Schedules;
using Collectives.Communication.Operations;
using Collectives.Communication.Tests.Support;
using Collectives.Membership;
using Collectives.Transport;
using Collectives.Transport.Wire;

namespace Collectives.Communication.Tests.Operations;

public sealed class HostileSegmentsTests
{
    /// <summary>Of I32: buffers from here on are divided among the rings.</summary>
    private const int Shared = (int)(RingShares.MinBytes / 4);

    /// <summary>Chunks are numbered through all rings that are used, and there is nothing beyond.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public unsafe void SegmentsOutsideOfAllRingsAreRefused(bool several)
    {
        const int size = 4;
        ImmutableArray<RosterRing> rings = several ? [new([0, 2, 1, 3], 1), new([0, 1, 2, 3], 1)] : [new([0, 2, 1, 3], 1)];
        using World world = new(size, inProcess: false, rings: rings);
        using Buffers buffers = new(size, DataType.I32, Shared, inPlace: false);
        buffers.Fill((rank, at) => rank + at % 13);
        Member member = world.Members[0];
        using Work work = Start(member, buffers);
        uint segment = (uint)new ChunkLayout(several ? Shared / 2 : Shared, 4, size).SegmentBytes;
        List<(string? Expected, string? Refusal)> answers = [];
        member.OnLoop(() =>
        {
            Operation operation = Assert.Single(member.Engine.InFlight);
            FrameHeader header = new()
            {
                Kind = FrameKind.Segment,
                Phase = SegmentPhase.Reduce,
                Epoch = 1,
                Operation = operation.Key.Number,
                Signature = operation.SignatureHash,
                Argument = BitConverter.DoubleToUInt64Bits(1),
            };
            void Send(string? expected, int from, uint chunk, uint length, ulong offset = 0)
            {
                header.Chunk = chunk;
                header.Length = length;
                header.Offset = offset;
                Placement placement = member.Engine.Place(operation.Epoch.Peers[from]!.Link, header);
                member.Engine.Forsake(placement);
                answers.Add((expected, placement.Violation.IsNone ? null : placement.Violation.Message));
            }

            // What is there: the first ring comes from rank 3 and the second one, whose chunks follow, too.
            Send(null, 3, 1, segment);
            if (several) Send(null, 3, size + 1, segment);
            Send("expected it from rank 3", 1, 1, segment);
            foreach (uint chunk in new uint[] { several ? 2u * size + 1 : size + 1u, 3 * size + 1, int.MaxValue, uint.MaxValue, uint.MaxValue - size + 1u })
                Send("no such segment", 3, chunk, segment);
            Send("no such segment", 3, 1, segment, offset: 1UL << 40);
            Send("no such segment", 3, 1, segment - 4);
        });
        Assert.All(answers, answer =>
        {
            if (answer.Expected is null) Assert.Null(answer.Refusal);
            else Assert.Contains(answer.Expected, answer.Refusal);
        });

        // And all of it goes on as if nothing had been.
        Fault[] faults = new Fault[size];
        world.Each((rank, other) =>
        {
            if (rank == 0)
            {
                faults[0] = work.Wait(30_000, out _);
                return;
            }

            using Work own = other.Start(buffers.Send(rank), buffers.Receive(rank), (ulong)buffers.Count, DataType.I32, ReduceOp.Sum, new OperationOptions { Algorithm = Algorithm.Ring });
            faults[rank] = own.Wait(30_000, out _);
        });
        Assert.All(faults, fault => Assert.Equal((Status.Ok, ""), (fault.Status, fault.Message ?? "")));
        for (int at = 0; at < Shared; at += 11) Assert.Equal(6 + at % 13 * 4, buffers.Received(at % size, at));
    }

    private static unsafe Work Start(Member member, Buffers buffers) =>
        member.Start(buffers.Send(0), buffers.Receive(0), (ulong)buffers.Count, DataType.I32, ReduceOp.Sum, new OperationOptions { Algorithm = Algorithm.Ring });
}
