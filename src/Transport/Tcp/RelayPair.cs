namespace Collectives.Transport.Tcp;

/// <summary>Two members that may connect to each other through this one, and their connections that wait for one of the other's.</summary>
internal sealed class RelayPair(MemberId one, MemberId other)
{
    public MemberId One => one;

    public MemberId Other => other;

    public List<RelayEnd> Waiting { get; } = [];

    public bool Joins(MemberId first, MemberId second) => (one == first && other == second) || (one == second && other == first);

    /// <summary>Whether that member asks for the other one, which it names by the first half of its id.</summary>
    public bool Joins(MemberId from, ulong halfOfOther) => (one == from && other.High == halfOfOther) || (other == from && one.High == halfOfOther);
}
