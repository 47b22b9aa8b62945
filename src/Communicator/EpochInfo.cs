using Collectives.Transport;

namespace Collectives.Communication;

/// <summary>An epoch as one member sees it; coll_epoch_info.</summary>
/// <param name="Slot">This member's rank at the last admission point: where its part of a buffer is.</param>
/// <param name="Slots">The world at the last admission point: how many parts such buffers have.</param>
public readonly record struct EpochInfo(ulong Epoch, int Rank, int World, int Pending, MemberId Member, int Slot = 0, int Slots = 0);
