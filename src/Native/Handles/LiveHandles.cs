using Collectives.Communication;
using Collectives.Membership.Server;

namespace Collectives.Native.Handles;

/// <summary>The process's handles, one table per kind.</summary>
internal static class LiveHandles
{
    public static HandleTable<CoordinatorServer> Coordinators { get; } = new(HandleKind.Coordinator);

    public static HandleTable<Communicator> Communicators { get; } = new(HandleKind.Communicator);

    public static HandleTable<Work> Works { get; } = new(HandleKind.Work);
}
