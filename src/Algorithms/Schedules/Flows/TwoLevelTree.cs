namespace Collectives.Algorithms.Schedules.Flows;

/// <summary>
/// Within a site every member is a child of the site's representative, and the representatives are in a row, so that a block crosses
/// each line between sites once. Representatives change from block to block, so that all members take part in that.
/// </summary>
/// <param name="sites">The ranks of each site.</param>
/// <param name="block">Which of the blocks: it belongs to a member of that place in its site.</param>
/// <param name="leads">As of a <see cref="ChainTree"/>.</param>
public sealed class TwoLevelTree(IReadOnlyList<int[]> sites, int rootSite, int block, bool leads) : IFlowTree
{
    public int Root => Representative(rootSite);

    public bool Has(int rank) => true;

    public int ParentOf(int rank)
    {
        int site = SiteOf(rank);
        if (rank != Representative(site)) return Representative(site);
        return site == rootSite ? IFlowTree.None : Representative(Beside(site, leads ? -1 : 1));
    }

    public void AddChildrenOf(int rank, List<int> children)
    {
        int site = SiteOf(rank);
        if (rank != Representative(site)) return;
        int[] members = sites[site];
        int place = Array.IndexOf(members, rank);
        for (int i = 1; i < members.Length; i++) children.Add(members[(place + i) % members.Length]);
        int next = Beside(site, leads ? 1 : -1);
        if (next != rootSite) children.Add(Representative(next));
    }

    private int Beside(int site, int step) => (site + step + sites.Count) % sites.Count;

    private int Representative(int site) => sites[site][block % sites[site].Length];

    private int SiteOf(int rank)
    {
        for (int site = 0; site < sites.Count; site++)
        {
            if (Array.IndexOf(sites[site], rank) >= 0) return site;
        }

        throw new ArgumentOutOfRangeException(nameof(rank), rank, "expected a member of a site");
    }
}
