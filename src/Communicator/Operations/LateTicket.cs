namespace Collectives.Communication.Operations;

/// <summary>What a member that is late for an operation needs to get its result when it calls it.</summary>
/// <param name="Epoch">The member that has kept the result, at rank 0, and the late one.</param>
/// <param name="Present">The epoch that the others ran it in.</param>
internal sealed record LateTicket(Epoch Epoch, Epoch Present);
