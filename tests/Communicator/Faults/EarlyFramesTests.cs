using Collectives.Algorithms.Reduction;
using Collectives.Communication.Tests.Support;
using Collectives.Transport;
using Collectives.Transport.Tests.Faults;

namespace Collectives.Communication.Tests.Faults;

/// <summary>A lane is cut while one member holds what it has not called for yet.</summary>
public sealed class EarlyFramesTests
{
    [Fact]
    public unsafe void FramesHeldEarlyAndSentAgainCountOnce()
    {
        const int count = 1_500_000;
        // The eager limit lets a MiB through; the lane ends behind its last whole segment.
        using ProxiedWorld proxied = new(2, 1, connection => connection == 0 ? new Cut(FromDialer: true, CutPlace.BetweenFrames, 4) : null);
        Member[] byId = [.. proxied.World.Members.OrderBy(member => member.Id)];
        int[] rank = [.. byId.Select(member => proxied.World.Members.IndexOf(member))];
        using Buffers large = new(2, DataType.I32, count, inPlace: false), small = new(2, DataType.I32, 10, inPlace: false);
        large.Fill((rank, at) => rank + at % 1000);
        small.Fill((rank, at) => rank + at);

        Work Start(int member, Buffers buffers, uint tag) => byId[member].Start(buffers.Send(rank[member]), buffers.Receive(rank[member]),
            (ulong)buffers.Count, DataType.I32, ReduceOp.Sum, new OperationOptions { Tag = tag });

        void Await(params Work[] works)
        {
            foreach (Work work in works)
            {
                Fault fault = work.Wait(30_000, out _);
                Assert.True(fault.IsNone, $"{fault.Message}; {proxied.Connections} connections");
                work.Dispose();
            }
        }

        Work early = Start(0, large, 0);
        Assert.True(SpinWait.SpinUntil(() => proxied.Connections == 2, 20_000), "the lane is not dialled again");
        // What the late member does first needs the lane.
        for (uint tag = 1; tag <= 20; tag++) Await(Start(0, small, tag), Start(1, small, tag));
        Await(early, Start(1, large, 0));
        for (int at = 0; at < count; at++) Assert.Equal(1 + 2 * (at % 1000), large.Received(at % 2, at));
        Assert.Equal(2, proxied.Connections);
    }
}
