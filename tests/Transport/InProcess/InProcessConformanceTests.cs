using Collectives.Transport.Tests.Conformance;

namespace Collectives.Transport.Tests.InProcess;

public sealed class InProcessConformanceTests : LinkConformance
{
    private protected override Pair Connect() => Pair.InProcess();
}
