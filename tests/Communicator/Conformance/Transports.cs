namespace Collectives.Communication.Tests.Conformance;

public sealed class AllReduceOverTcp : AllReduceConformance
{
    protected override bool InProcess => false;
}

public sealed class AllReduceInProcess : AllReduceConformance
{
    protected override bool InProcess => true;
}
