using Collectives.Transport.Tcp;
using Collectives.Transport.Tests.Conformance;

namespace Collectives.Transport.Tests.Tcp;

public sealed class TcpConformanceTests : LinkConformance
{
    private protected override Pair Connect() => Pair.OverTcp(new LaneSettings { ReconnectMs = 10_000 });
}

public sealed class FourLaneConformanceTests : LinkConformance
{
    private protected override Pair Connect() => Pair.OverTcp(new LaneSettings { LanesPerLink = 4, ReconnectMs = 10_000 });
}
