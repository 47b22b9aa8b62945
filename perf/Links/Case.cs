namespace Collectives.Perf.Links;

/// <summary>A row of the report: what is done, and by which contestant (an index into the list of them).</summary>
internal sealed record Case(string Name, int Contestant, Exchange Exchange)
{
    private const int Sockets = 0, Copy = 1, FirstLink = 2;

    public static readonly int[] LaneCounts = [1, 2, 4];

    /// <summary>All rows, in the order in which each round goes through them. The baseline of a kind comes first.</summary>
    public static List<Case> All(int segments, int pingPongs)
    {
        List<Case> cases = [new Case("memory copy", Copy, new Exchange(segments, 0, 0))];
        Add("one way", new Exchange(segments, 0, 0));
        Add("both ways", new Exchange(segments, segments, 0));
        Add("ping-pong", new Exchange(0, 0, pingPongs));
        return cases;

        void Add(string kind, Exchange exchange)
        {
            cases.Add(new Case($"{kind}, blocking sockets", Sockets, exchange));
            for (int i = 0; i < LaneCounts.Length; i++)
            {
                string lanes = LaneCounts[i] == 1 ? "1 lane" : $"{LaneCounts[i]} lanes";
                cases.Add(new Case($"{kind}, {lanes}", FirstLink + i, exchange));
            }
        }
    }

    /// <summary>"one way", "both ways" ...: rows of one kind are compared with each other.</summary>
    public string Kind => Name.Split(',')[0];

    /// <summary>Segments that this process holds after the exchange; the copy stays in the leading one.</summary>
    public int Received(bool leads) => Contestant == Copy ? (leads ? Exchange.There : 0) : leads ? Exchange.Back : Exchange.There;

    public static List<IContestant> Contestants(SegmentBuffers buffers, bool leads, int spinUs)
    {
        List<IContestant> contestants = [new SocketContestant(buffers), new CopyContestant(buffers)];
        foreach (int lanes in LaneCounts) contestants.Add(new LinkContestant(buffers, leads, lanes, spinUs));
        return contestants;
    }
}
