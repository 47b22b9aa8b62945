using System.Numerics;
using Collectives.Algorithms.Schedules.Flows;

namespace Collectives.Algorithms.Tests.Schedules.Flows;

/// <summary>Every plan played through without a socket, for every world up to 33: what arrives where, over how many hops, with how many bytes.</summary>
public sealed class FlowPlannerTests
{
    public static TheoryData<int> Worlds => [.. Enumerable.Range(1, 33)];

    [Theory]
    [MemberData(nameof(Worlds))]
    public void TreesTakeAboutLog2HopsEachWay(int world)
    {
        Played played = Play(world, rank => FlowPlanner.AllReduceByTrees(rank, world), part: world * 6);
        played.AllHaveAll();
        Assert.InRange(played.Hops, 0, 2 * (Log2(world) + 1));
        // Each byte leaves a member at most twice on the way up and down together; a root that is a leaf of the other tree, less.
        Assert.All(played.Sent, sent => Assert.InRange(sent, 0, 3 * played.Bytes / 2 + played.Bytes));
        if (world > 1) Assert.Equal(2L * (world - 1) * played.Bytes, played.Sent.Sum());
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void WhoeverIsAnInnerNodeOfOneTreeIsALeafOfTheOther(int world)
    {
        if (world < 3) return;
        int innerInBoth = 0;
        for (int rank = 0; rank < world; rank++)
        {
            List<int> first = [], second = [];
            new BinaryTree(world, isSecond: false).AddChildrenOf(rank, first);
            new BinaryTree(world, isSecond: true).AddChildrenOf(rank, second);
            if (first.Count > 0 && second.Count > 0) innerInBoth++;
            Assert.InRange(first.Count, 0, 2);
        }

        // Node 0 hangs above the rest, and is a leaf of neither tree.
        Assert.InRange(innerInBoth, 0, 2);
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void HalvingSendsTheLeastPossibleInLog2Hops(int world)
    {
        Played played = Play(world, rank => FlowPlanner.AllReduceByHalving(rank, world), part: world * 4);
        played.AllHaveAll();
        Assert.Equal(2 * MostBits(world), played.Hops);
        Assert.InRange(played.Hops, 0, 2 * Log2(world));
        Assert.All(played.Sent, sent => Assert.Equal(2L * (world - 1) * played.Bytes / world, sent));
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void DirectTakesTwoHops(int world)
    {
        Played played = Play(world, rank => FlowPlanner.AllReduceDirect(rank, world), part: world * 4);
        played.AllHaveAll();
        Assert.Equal(world == 1 ? 0 : 2, played.Hops);
        Assert.All(played.Sent, sent => Assert.Equal(2L * (world - 1) * played.Bytes / world, sent));
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 1)]
    [InlineData(2, 4)]
    [InlineData(3, 3)]
    [InlineData(4, 2)]
    public void SitesAreCrossedByEachBlockOnce(int sites, int size)
    {
        int world = sites * size;
        int[][] members = [.. Enumerable.Range(0, sites).Select(site => Enumerable.Range(0, size).Select(place => place * sites + site).ToArray())];
        Played played = Play(world, rank => FlowPlanner.AllReduceBySites(rank, world, members), part: world * 4);
        played.AllHaveAll();
        long between = played.Moves.Where(move => move.From % sites != move.To % sites).Sum(move => move.Bytes);
        Assert.Equal(2L * (sites - 1) * played.Bytes, between);
        Assert.InRange(played.Hops, 0, 2 * sites);
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void ReduceScatterAndAllGatherSendTheLeastPossible(int world)
    {
        int[] order = [.. Enumerable.Range(0, world).Select(place => (place * 2) % Math.Max(1, world | 1) % world)];
        if (order.Distinct().Count() < world) order = [.. Enumerable.Range(0, world)];
        foreach (FlowShape shape in new[] { FlowShape.Ring, FlowShape.Halving, FlowShape.Direct })
        {
            int hops = shape switch { FlowShape.Ring => world - 1, FlowShape.Halving => MostBits(world), _ => Math.Min(1, world - 1) };
            Played scattered = Play(world, rank => FlowPlanner.ReduceScatter(rank, world, shape, order), part: world * 4);
            for (int rank = 0; rank < world; rank++) Assert.Equal(Everybody(world), scattered.Sums[rank, rank]);
            Played gathered = Play(world, rank => FlowPlanner.AllGather(rank, world, shape, order), part: world * 4);
            for (int rank = 0; rank < world; rank++)
            {
                for (int block = 0; block < world; block++) Assert.Equal(BigInteger.One << block, gathered.Results[rank, block]);
            }

            foreach (Played played in new[] { scattered, gathered })
            {
                Assert.Equal(hops, played.Hops);
                Assert.Equal((long)(world - 1) * played.Bytes, played.Sent.Sum());
                Assert.All(played.Received, received => Assert.Equal((long)(world - 1) * played.Bytes / world, received));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void BroadcastAndReduceReachEverybodyOnce(int world)
    {
        int[] order = [.. Enumerable.Range(0, world)];
        foreach (FlowShape shape in Enum.GetValues<FlowShape>())
        {
            foreach (int root in new[] { 0, world / 2, world - 1 })
            {
                int blocks = FlowPlanner.BlocksFromRoot(world, shape);
                int hops = shape switch
                {
                    FlowShape.Ring => world - 1,
                    FlowShape.Halving => Math.Min(2, world - 1),
                    FlowShape.Direct => Math.Min(1, world - 1),
                    _ => world == 1 ? 0 : Log2(world) + 2,
                };
                Played sent = Play(world, rank => FlowPlanner.Broadcast(rank, world, root, shape, order), part: blocks * 4);
                for (int rank = 0; rank < world; rank++)
                {
                    for (int block = 0; block < blocks; block++) Assert.Equal(BigInteger.One << root, sent.Results[rank, block]);
                }

                Played reduced = Play(world, rank => FlowPlanner.Reduce(rank, world, root, shape, order), part: blocks * 4);
                for (int block = 0; block < blocks; block++) Assert.Equal(Everybody(world), reduced.Sums[root, block]);
                foreach (Played played in new[] { sent, reduced })
                {
                    Assert.InRange(played.Hops, 0, hops);
                    Assert.Equal((long)(world - 1) * played.Bytes, played.Sent.Sum());
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void GatherScatterAndAllToAllBringEachPartToItsPlace(int world)
    {
        int root = world / 3;
        int hops = world <= 32 ? Math.Min(1, world - 1) : Log2(world);
        Played gathered = Play(world, rank => FlowPlanner.Gather(rank, world, root), part: world * 4);
        Played scattered = Play(world, rank => FlowPlanner.Scatter(rank, world, root), part: world * 4);
        Played exchanged = Play(world, rank => FlowPlanner.AllToAll(rank, world), part: world * world * 4);
        for (int rank = 0; rank < world; rank++)
        {
            Assert.Equal(BigInteger.One << rank, gathered.Results[root, rank]);
            Assert.Equal(BigInteger.One << root, scattered.Results[rank, rank]);
            for (int to = 0; to < world; to++) Assert.Equal(BigInteger.One << rank, exchanged.Results[to, rank * world + to]);
        }

        Assert.InRange(Math.Max(gathered.Hops, Math.Max(scattered.Hops, exchanged.Hops)), 0, hops);
    }

    [Theory]
    [InlineData(33)]
    [InlineData(100)]
    [InlineData(257)]
    public void LargerWorldsUseTheLinksThatTheyHave(int world)
    {
        int[] order = [.. Enumerable.Range(0, world)];
        foreach (Func<int, FlowPlan> plan in new Func<int, FlowPlan>[]
        {
            rank => FlowPlanner.AllReduceByTrees(rank, world),
            rank => FlowPlanner.AllReduceByHalving(rank, world),
            rank => FlowPlanner.Broadcast(rank, world, 5, FlowShape.Tree, order),
            rank => FlowPlanner.Broadcast(rank, world, 5, FlowShape.Ring, order),
            rank => FlowPlanner.Gather(rank, world, 7),
        })
        {
            for (int rank = 0; rank < world; rank++)
            {
                FlowPlan own = plan(rank);
                for (int block = 0; block < own.Blocks; block++)
                {
                    foreach (int other in own.SumSources(block)) Assert.True(Collectives.Algorithms.Schedules.LinkSchedule.Needs(rank, other, world));
                    foreach (int other in own.ResultTargets(block)) Assert.True(Collectives.Algorithms.Schedules.LinkSchedule.Needs(rank, other, world));
                }
            }
        }
    }

    private static int Log2(int world) => world == 1 ? 0 : BitOperations.Log2((uint)(world - 1)) + 1;

    /// <summary>The most set bits of a distance in that world: hops of a binomial tree.</summary>
    private static int MostBits(int world) => Enumerable.Range(0, world).Max(distance => BitOperations.PopCount((uint)distance));

    private static BigInteger Everybody(int world) => (BigInteger.One << world) - 1;

    /// <summary>Blocks are equal parts; a sum is a number with a bit for each member whose input is in it.</summary>
    private static Played Play(int world, Func<int, FlowPlan> planOf, int part)
    {
        FlowPlan[] plans = [.. Enumerable.Range(0, world).Select(planOf)];
        int blocks = (int)plans.Max(plan => plan.Blocks == 0 ? 0 : Enumerable.Range(0, plan.Blocks).Max(i => plan[i].Name)) + 1;
        Played played = new(world, blocks, part / blocks);
        for (int name = 0; name < blocks; name++)
        {
            foreach (FlowPlan plan in plans)
            {
                int index = plan.IndexOf(name);
                if (index < 0) continue;
                BlockFlow flow = plan[index];
                if (flow.IsSummed ? flow.SumTarget < 0 : flow.Root == plan.Rank) GoDown(name, plan, flow.IsSummed ? GoUp(name, plan) : (BigInteger.One << plan.Rank, 0));
            }
        }

        return played;

        (BigInteger Sum, int Hops) GoUp(int name, FlowPlan plan)
        {
            BigInteger sum = BigInteger.One << plan.Rank;
            int hops = 0;
            foreach (int source in plan.SumSources(plan.IndexOf(name)))
            {
                FlowPlan below = plans[source];
                Assert.Equal(plan.Rank, below[below.IndexOf(name)].SumTarget);
                (BigInteger partial, int far) = GoUp(name, below);
                Assert.True((sum & partial).IsZero, "an input is added twice");
                sum |= partial;
                played.Move(source, plan.Rank);
                hops = Math.Max(hops, far + 1);
            }

            played.Sums[plan.Rank, name] = sum;
            played.Hops = Math.Max(played.Hops, hops);
            return (sum, hops);
        }

        void GoDown(int name, FlowPlan plan, (BigInteger Sum, int Hops) from)
        {
            int index = plan.IndexOf(name);
            if (plan[index].IsKept) played.Results[plan.Rank, name] = from.Sum;
            played.Hops = Math.Max(played.Hops, from.Hops);
            foreach (int target in plan.ResultTargets(index))
            {
                Assert.Equal(plan.Rank, plans[target][plans[target].IndexOf(name)].ResultSource);
                played.Move(plan.Rank, target);
                GoDown(name, plans[target], (from.Sum, from.Hops + 1));
            }
        }
    }

    private sealed class Played(int world, int blocks, int blockBytes)
    {
        public BigInteger[,] Sums { get; } = new BigInteger[world, blocks];

        public BigInteger[,] Results { get; } = new BigInteger[world, blocks];

        public List<(int From, int To, int Bytes)> Moves { get; } = [];

        public long[] Sent { get; } = new long[world];

        public long[] Received { get; } = new long[world];

        /// <summary>One after the other, on the longest way.</summary>
        public int Hops { get; set; }

        /// <summary>Of the whole buffer.</summary>
        public long Bytes => (long)blocks * blockBytes;

        public void Move(int from, int to)
        {
            Moves.Add((from, to, blockBytes));
            Sent[from] += blockBytes;
            Received[to] += blockBytes;
        }

        public void AllHaveAll()
        {
            for (int rank = 0; rank < world; rank++)
            {
                for (int block = 0; block < blocks; block++) Assert.Equal(Everybody(world), Results[rank, block]);
            }
        }
    }
}
