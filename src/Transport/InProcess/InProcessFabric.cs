using System.Collections.Concurrent;
using Collectives.Transport.Progress;

namespace Collectives.Transport.InProcess;

/// <summary>What connects the members of one process: each network registers here under its member's id.</summary>
public class InProcessFabric
{
    private readonly ConcurrentDictionary<MemberId, InProcessNetwork> _networks = new();

    /// <summary>
    /// Brings a message to the other network's loop. A fabric of a simulation may delay it and have others overtake it: frames
    /// have no order. It may drop it only once the connection is cut (<see cref="InProcessNetwork.Cut"/>).
    /// </summary>
    protected internal virtual void Carry(MemberId from, InProcessNetwork to, ILoopMessage message) => to.Deliver(message);

    internal void Register(MemberId member, InProcessNetwork network) => _networks[member] = network;

    internal void Unregister(MemberId member) => _networks.TryRemove(member, out _);

    internal InProcessNetwork? Find(MemberId member) => _networks.GetValueOrDefault(member);
}
