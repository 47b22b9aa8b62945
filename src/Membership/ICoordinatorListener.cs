using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Membership;

/// <summary>
/// What a member hears from its coordinator. Called on the session's own thread, one call at a time: an
/// implementation hands the message over to the thread that owns the state it changes, and returns.
/// </summary>
public interface ICoordinatorListener
{
    /// <summary>
    /// How far the first epoch is. After OnForm: that epoch will not be, too few members are left; the next
    /// OnForm comes when there are enough again.
    /// </summary>
    void OnWaiting(Waiting waiting);

    /// <summary>Connect to this roster and call Ready. A later one replaces it, whatever became of it.</summary>
    void OnForm(Form form);

    /// <summary>
    /// The epoch is active: the last one formed, with what its members agree on of their links; or the active one again after an update that
    /// changed nothing, these included.
    /// </summary>
    void OnActivate(Activate activate);

    /// <summary>What the next update would change.</summary>
    void OnPending(uint count, bool hasBetterOrder);

    /// <summary>Find out what a link carries, and answer with Probed.</summary>
    void OnProbe(Probe probe);

    /// <summary>Members of the active epoch are lost: stop its operations and answer with Settled. A later one replaces it.</summary>
    void OnSettle(Settle settle);

    /// <summary>How the active epoch and its operations go on.</summary>
    void OnVerdict(Verdict verdict);

    /// <summary>An operation has passed a member's deadline: stop it and answer with Inquired.</summary>
    void OnInquire(Inquire inquire);

    /// <summary>How that operation goes on.</summary>
    void OnRuling(Ruling ruling);

    /// <summary>Connect, or let two others connect, through another member.</summary>
    void OnRelay(Relay relay);

    /// <summary>The coordinator does not know the active epoch: answer with Recalled.</summary>
    void OnRecall();

    /// <summary>The others have gone on. The session has ended and does not come back.</summary>
    void OnEvicted(Evicted evicted);

    /// <summary>The coordinator refuses; after Mismatch the session goes on, otherwise OnDisconnected follows.</summary>
    void OnRefused(Refused refused);

    /// <summary>The connection is gone. The session dials again in the background; the active epoch is not touched.</summary>
    void OnDisconnected(Fault fault);

    /// <summary>A heartbeat has been sent: now is the time for a Report, if there is something to tell.</summary>
    void OnBeat()
    {
    }

    /// <summary>The coordinator, this one or another of the list, has this member again after OnDisconnected.</summary>
    void OnReconnected();
}
