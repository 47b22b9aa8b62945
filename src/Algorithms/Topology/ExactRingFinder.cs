using System.Numerics;

namespace Collectives.Algorithms.Topology;

/// <summary>
/// The ring of least latency by dynamic programming over subsets (Held and Karp 1962, "A dynamic programming approach
/// to sequencing problems"; Bellman found the same that year). For every set of members and every member of it: the
/// least latency of a path that starts at rank 0, visits the set and ends there. That is the least over the member
/// before the last, of the smaller set's path and the link. Rank 0 belongs to no set; rank r is bit r - 1.
///
/// Cost: P^2 x 2^P / 8 steps (a fraction of a millisecond for 12 members) and a table of P x 2^P / 2 numbers.
/// </summary>
internal sealed class ExactRingFinder : IRingFinder
{
    private readonly FreeLinks _links;
    private readonly int _others;
    private readonly double[] _least;
    private readonly double[] _latencyInto;
    private readonly uint[] _sources;

    public ExactRingFinder(FreeLinks links)
    {
        _links = links;
        _others = links.World - 1;
        _least = new double[_others << _others];
        _sources = new uint[_others];
        _latencyInto = new double[_others * _others];
        for (int to = 0; to < _others; to++)
        {
            for (int from = 0; from < _others; from++)
                _latencyInto[to * _others + from] = links.Latency(from + 1, to + 1);
        }
    }

    public bool HasTime => true;

    public bool Find(double mostPassage, Span<int> ring)
    {
        FindSources(mostPassage);
        FillTable(mostPassage);
        return ReadRing(mostPassage, ring);
    }

    private void FindSources(double mostPassage)
    {
        for (int to = 0; to < _others; to++)
        {
            uint sources = 0;
            for (int from = 0; from < _others; from++)
            {
                if (_links.Passage(from + 1, to + 1) <= mostPassage) sources |= 1u << from;
            }

            _sources[to] = sources;
        }
    }

    private void FillTable(double mostPassage)
    {
        for (int last = 0; last < _others; last++)
            _least[(_others << last) + last] = LinkLatency(0, last + 1, mostPassage);
        for (uint set = 1; set < 1u << _others; set++)
        {
            if (BitOperations.IsPow2(set)) continue;
            Span<double> row = _least.AsSpan((int)set * _others, _others);
            for (uint ends = set; ends != 0; ends &= ends - 1)
            {
                int last = BitOperations.TrailingZeroCount(ends);
                row[last] = LeastBefore(set & ~(1u << last), last);
            }
        }
    }

    private double LeastBefore(uint set, int last)
    {
        ReadOnlySpan<double> paths = _least.AsSpan((int)set * _others, _others);
        ReadOnlySpan<double> links = _latencyInto.AsSpan(last * _others, _others);
        double least = double.PositiveInfinity;
        for (uint sources = set & _sources[last]; sources != 0; sources &= sources - 1)
        {
            int before = BitOperations.TrailingZeroCount(sources);
            least = Math.Min(least, paths[before] + links[before]);
        }

        return least;
    }

    /// <summary>From the end backwards: the member before is the one that gave the least.</summary>
    private bool ReadRing(double mostPassage, Span<int> ring)
    {
        uint set = (1u << _others) - 1;
        int last = -1;
        double least = double.PositiveInfinity;
        for (int end = 0; end < _others; end++)
        {
            double sum = _least[(int)set * _others + end] + LinkLatency(end + 1, 0, mostPassage);
            if (sum >= least) continue;
            least = sum;
            last = end;
        }

        if (last < 0) return false;
        ring[0] = 0;
        for (int place = _others; place > 1; place--)
        {
            ring[place] = last + 1;
            set &= ~(1u << last);
            last = MemberBefore(set, last);
        }

        ring[1] = last + 1;
        return true;
    }

    private int MemberBefore(uint set, int last)
    {
        double least = double.PositiveInfinity;
        int found = -1;
        for (uint sources = set & _sources[last]; sources != 0; sources &= sources - 1)
        {
            int before = BitOperations.TrailingZeroCount(sources);
            double sum = _least[(int)set * _others + before] + _latencyInto[last * _others + before];
            if (sum >= least) continue;
            least = sum;
            found = before;
        }

        return found;
    }

    private double LinkLatency(int from, int to, double mostPassage) =>
        _links.Passage(from, to) <= mostPassage ? _links.Latency(from, to) : double.PositiveInfinity;
}
