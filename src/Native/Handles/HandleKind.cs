namespace Collectives.Native.Handles;

/// <summary>What a handle stands for. The value is the handle's top byte.</summary>
internal enum HandleKind : byte
{
    Coordinator = 0xC1,
    Communicator = 0xC2,
    Work = 0xC3,
}
