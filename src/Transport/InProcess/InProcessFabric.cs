using System.Collections.Concurrent;

namespace Collectives.Transport.InProcess;

/// <summary>What connects the members of one process: each network registers here under its member's id.</summary>
public sealed class InProcessFabric
{
    private readonly ConcurrentDictionary<MemberId, InProcessNetwork> _networks = new();

    internal void Register(MemberId member, InProcessNetwork network) => _networks[member] = network;

    internal void Unregister(MemberId member) => _networks.TryRemove(member, out _);

    internal InProcessNetwork? Find(MemberId member) => _networks.GetValueOrDefault(member);
}
