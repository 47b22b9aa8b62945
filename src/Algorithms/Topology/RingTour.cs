namespace Collectives.Algorithms.Topology;

/// <summary>
/// A ring under improvement. The order is held twice in a row, so that a stretch of less than one round that starts
/// anywhere in the first half is contiguous.
/// </summary>
internal sealed class RingTour(int world)
{
    private readonly int[] _around = new int[2 * world];
    private readonly int[] _place = new int[world];
    private readonly int[] _next = new int[world];

    /// <summary>Two rounds of the ring.</summary>
    public ReadOnlySpan<int> Around => _around;

    public ReadOnlySpan<int> Order => _around.AsSpan(0, world);

    public int PlaceOf(int member) => _place[member];

    public void Set(ReadOnlySpan<int> order)
    {
        order.CopyTo(_around);
        order.CopyTo(_around.AsSpan(world));
        for (int place = 0; place < world; place++) _place[order[place]] = place;
    }

    /// <summary>
    /// Swaps two neighbouring stretches, (i, j] and (j, k], and reverses neither. Moving a few members elsewhere is
    /// the same move with a short stretch.
    /// </summary>
    public void SwapStretches(int i, int j, int k)
    {
        Span<int> next = _next;
        Stretch(j, k).CopyTo(next);
        Stretch(i, j).CopyTo(next[(k - j)..]);
        Stretch(k, i + world).CopyTo(next[(k - i)..]);
        Set(next);
    }

    /// <summary>The stretch (i, j] is travelled backwards.</summary>
    public void Reverse(int i, int j)
    {
        Span<int> next = _next;
        Stretch(i, j).CopyTo(next);
        next[..(j - i)].Reverse();
        Stretch(j, i + world).CopyTo(next[(j - i)..]);
        Set(next);
    }

    /// <summary>
    /// The double bridge (Martin, Otto and Felten 1991): three stretches in reverse order, each travelled forwards.
    /// A single swap cannot undo it.
    /// </summary>
    public void DoubleBridge(int i, int j, int k, int l)
    {
        Span<int> next = _next;
        Stretch(k, l).CopyTo(next);
        Stretch(j, k).CopyTo(next[(l - k)..]);
        Stretch(i, j).CopyTo(next[(l - j)..]);
        Stretch(l, i + world).CopyTo(next[(l - i)..]);
        Set(next);
    }

    private ReadOnlySpan<int> Stretch(int after, int last) => _around.AsSpan(after + 1, last - after);
}
