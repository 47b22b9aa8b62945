using System.Runtime.InteropServices;

namespace Collectives.Native.Structs;

/// <summary>coll_options.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Options
{
    public uint Size;
    public uint Tag;
    public int Algorithm;
    public int Recover;
    public double Weight;
    public long DeadlineMs;
    public int OnLoss;
    public int OnLate;
    public nint Contribution;
    public uint MinParticipants;
    public int Priority;
}
