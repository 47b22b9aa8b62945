using Collectives.Membership.Messages;

namespace Collectives.Membership.Coordination;

/// <summary>What the coordinator does to the world. None of the calls comes back into its state.</summary>
public interface ICoordinatorOutputs
{
    void Send(long session, ControlMessage message);

    /// <summary>Ends the session after what was sent to it. Disconnected may follow or not.</summary>
    void Close(long session);

    /// <summary>A change of a roster, in one line for people.</summary>
    void Note(string line);

    // For those who count.

    void Joined()
    {
    }

    void Gone(LossReason reason)
    {
    }

    void Activated()
    {
    }
}
