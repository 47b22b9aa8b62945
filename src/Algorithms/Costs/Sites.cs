namespace Collectives.Algorithms.Costs;

/// <summary>
/// Members that are near each other: on one host, or with a round trip below a far link's; and whoever is near one of them (single
/// linkage). It follows from the agreed links alone, so that all members draw the same sites.
/// </summary>
public static class Sites
{
    /// <returns>The ranks of each site in ascending order; sites in the order of their first rank. A world whose links are not known is one site.</returns>
    public static int[][] Of(LinkModel links)
    {
        var siteOf = new int[links.World];
        Array.Fill(siteOf, -1);
        List<int[]> sites = [];
        var reached = new Stack<int>();
        for (int first = 0; first < links.World; first++)
        {
            if (siteOf[first] >= 0) continue;
            List<int> members = [];
            siteOf[first] = sites.Count;
            reached.Push(first);
            while (reached.TryPop(out int member))
            {
                members.Add(member);
                for (int other = 0; other < links.World; other++)
                {
                    // A round trip is the same from both ends, where both have told it.
                    if (siteOf[other] >= 0 || links.IsFar(member, other) || links.IsFar(other, member)) continue;
                    siteOf[other] = sites.Count;
                    reached.Push(other);
                }
            }

            members.Sort();
            sites.Add([.. members]);
        }

        return [.. sites];
    }
}
