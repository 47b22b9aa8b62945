namespace Collectives.Perf.Wan.Emulation;

/// <summary>All sites, by number from 1 on, and the links between them. Never changed: a larger world replaces it.</summary>
internal sealed class World
{
    public static readonly World Empty = new([], []);

    private readonly Link?[] _between;

    public World(IReadOnlyList<Port> ports, IReadOnlyList<Link> links)
    {
        Ports = [.. ports];
        Links = [.. links];
        _between = new Link?[(ports.Count + 1) * (ports.Count + 1)];
        foreach (Link link in links) _between[link.From * (ports.Count + 1) + link.To] = link;
    }

    public Port[] Ports { get; }

    public Link[] Links { get; }

    public Link? Between(int from, int to) => to < 1 || to > Ports.Length ? null : _between[from * (Ports.Length + 1) + to];
}
