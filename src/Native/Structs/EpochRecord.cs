using System.Runtime.InteropServices;
using Collectives.Communication;
using Collectives.Transport;

namespace Collectives.Native.Structs;

/// <summary>coll_epoch_info.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct EpochRecord
{
    public uint Size;
    public uint Rank;
    public ulong Epoch;
    public uint World;
    public uint Pending;
    public fixed byte Member[MemberId.ByteCount];
    public uint Slot;
    public uint Slots;

    public static EpochRecord From(in EpochInfo info)
    {
        EpochRecord record = new()
        {
            Rank = (uint)info.Rank,
            Epoch = info.Epoch,
            World = (uint)info.World,
            Pending = (uint)info.Pending,
            Slot = (uint)info.Slot,
            Slots = (uint)info.Slots,
        };
        info.Member.Write(new Span<byte>(record.Member, MemberId.ByteCount));
        return record;
    }
}
