using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Communication.Operations;

/// <summary>Hears of links, and of operations that members hold up, on the loop.</summary>
internal interface ILinkListener
{
    void LinkUp(Peer peer);

    /// <summary>All lanes are closed; they are being made again.</summary>
    void LinkDown(Peer peer);

    /// <summary>It has stayed so for long.</summary>
    void LinkLost(Peer peer, Fault fault);

    /// <summary>All that an operation waits for beyond its deadline is a word of that member.</summary>
    void KeepsWaiting(Epoch epoch, int rank, string text);

    /// <summary>An operation has passed its deadline, and the coordinator is to find out how far it came elsewhere.</summary>
    void IsLate(Operation operation, LatePolicy policy, string text);

    /// <summary>An operation can end neither well nor badly: this member must leave the others.</summary>
    void CannotStay(Fault fault);
}
