using Collectives.Transport;

namespace Collectives.Communication;

/// <summary>An epoch as one member sees it; coll_epoch_info.</summary>
public readonly record struct EpochInfo(ulong Epoch, int Rank, int World, int Pending, MemberId Member);
