namespace Collectives.Communication.Operations;

/// <summary>An operation in one of the epochs that it runs in.</summary>
internal readonly record struct RunKey(ulong Epoch, OperationKey Operation);
