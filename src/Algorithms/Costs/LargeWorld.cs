using System.Numerics;
using Collectives.Algorithms.Schedules;

namespace Collectives.Algorithms.Costs;

/// <summary>
/// Worlds in which not all members have links with each other, and nothing is known of those that they have: the formulas of the
/// families (<see cref="Families.ICostFamily"/>) for equal links.
/// </summary>
internal static class LargeWorld
{
    public static Candidate Predict(Algorithm algorithm, in ChoiceQuestion question, LinkModel links, MachineModel machine)
    {
        int world = links.World, log = BitOperations.Log2((uint)(world - 1)) + 1;
        bool isHalf = !(question.Collective.Sums() && question.Collective.Spreads());
        bool hasRoot = question.Collective is Collective.Broadcast or Collective.Reduce;
        double bytes = question.Bytes;
        // Hops one way, and into how many blocks the data is cut.
        int depth = algorithm == Algorithm.Ring ? world - 1 : log;
        int blocks = algorithm == Algorithm.Tree ? 2 : hasRoot ? 1 : world;
        double block = bytes / blocks;
        double segment = Math.Min(block, ChunkLayout.SegmentBytesFor((long)Math.Ceiling(block)));
        double frames = segment > 0 ? Math.Ceiling(block / segment) : 1;
        // Each member sends nearly every byte once each way, in as many frames as there are blocks.
        double sent = hasRoot || algorithm == Algorithm.Tree ? bytes : bytes / world * (world - 1);
        int ways = isHalf ? 1 : 2;
        double perByte = links.IsOneHost ? 0 : 1 / machine.NearBytesPerSecond;
        double way = ways * depth * (machine.Hop + segment * perByte) + (block - segment) * perByte;
        double card = ways * sent * perByte;
        double work = ways * (blocks * frames * (machine.SendFrame + machine.ReceiveFrame) + sent * (machine.SendByte + machine.ReceiveByte))
            + (question.Collective.Sums() ? sent * machine.ReduceByte : 0);
        double seconds = Math.Max(Math.Max(way, card), links.IsOneHost ? work * world / machine.Processors : work);
        double done = log * machine.Hop;
        return new Candidate(algorithm, seconds + done, ways * depth, (long)Math.Round(ways * sent), world);
    }
}
