using Collectives.Transport;

namespace Collectives.Simulation.Tests.Wires;

/// <summary>
/// Which machines reach each other. While a partition lasts nothing gets from one side to the other; what was sent arrives
/// afterwards, as by a TCP that sends again, unless its connection has been given up meanwhile.
/// </summary>
internal sealed class Reach
{
    private readonly List<HashSet<MemberId>> _apart = [];

    /// <summary>Those who wait for a partition to end.</summary>
    public event Action? Healed;

    /// <summary>The machines are cut off from all others; coordinators have ids as well.</summary>
    public void Separate(HashSet<MemberId> machines) => _apart.Add(machines);

    public void Join(HashSet<MemberId> machines)
    {
        if (_apart.Remove(machines)) Healed?.Invoke();
    }

    public bool IsApart(MemberId one, MemberId other)
    {
        foreach (HashSet<MemberId> machines in _apart)
        {
            if (machines.Contains(one) != machines.Contains(other)) return true;
        }

        return false;
    }
}
