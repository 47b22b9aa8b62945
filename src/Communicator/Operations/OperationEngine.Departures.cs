namespace Collectives.Communication.Operations;

/// <summary>What members that leave mean for operations in flight.</summary>
internal sealed unsafe partial class OperationEngine
{
    /// <summary>Whether an operation is in flight that only waits for members other than that one.</summary>
    public bool HasFinished(Epoch epoch, int rank) => _list.Exists(operation => operation.Epoch == epoch && operation.IsDone(rank));
}
