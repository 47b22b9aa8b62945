namespace Collectives.Algorithms.Schedules;

/// <summary>Which members need a link: all pairs in small worlds, in larger ones those that the schedules name.</summary>
public static class LinkSchedule
{
    public const int FullMeshWorld = 32;

    public static bool Needs(int rank, int peer, int world)
    {
        if (rank == peer) return false;
        if (world <= FullMeshWorld) return true;
        RingSchedule ring = new(rank, world);
        if (peer == ring.Next || peer == ring.Previous) return true;
        AllDoneSchedule done = new(rank, world);
        for (int round = 0; round < done.Rounds; round++)
        {
            if (done.Target(round) == peer || done.Source(round) == peer) return true;
        }

        return false;
    }
}
