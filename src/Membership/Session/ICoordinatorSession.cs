using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Membership.Session;

/// <summary>What a member tells its coordinator. Any thread; without a coordinator all but an update is dropped.</summary>
public interface ICoordinatorSession
{
    void Ready(Ready ready);

    /// <summary>The link to a member of the forming or active epoch cannot be made, or is gone.</summary>
    void Unreachable(ulong epoch, MemberId member, string reason, bool isUp = false);

    /// <summary>After OnReconnected, and again when a connection breaks soon after it.</summary>
    void Links(Links links);

    /// <summary>Answered by OnForm, by OnActivate with the same epoch, or by OnRefused with Mismatch.</summary>
    void Update(ulong epoch, ulong operations);

    /// <summary>Answers OnSettle.</summary>
    void Settled(Settled answer);

    /// <summary>An operation has passed its deadline; OnInquire follows, or OnSettle.</summary>
    void Late(Late late);

    /// <summary>Answers OnInquire.</summary>
    void Inquired(Inquired answer);

    /// <summary>Answers OnProbe.</summary>
    void Probed(Probed answer);

    /// <summary>Answers OnRecall.</summary>
    void Recalled(Recalled answer);

    /// <summary>Ends the session; the others are told.</summary>
    void Leave();
}
