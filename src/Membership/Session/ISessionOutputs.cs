using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Membership.Session;

/// <summary>What the session's protocol does to the world: sockets in a process, a queue in a simulation.</summary>
public interface ISessionOutputs
{
    /// <summary>
    /// Connects to that entry of the list and shakes hands, presenting the epoch. Answered by Opened or
    /// DialFailed, unless HangUp comes first.
    /// </summary>
    void Dial(int coordinator, ulong epoch);

    void Send(ControlMessage message);

    /// <summary>Drops the connection or the dial; what was sent before is still delivered if it can be.</summary>
    void HangUp();

    /// <summary>The first registration succeeded (None), or will not. Once per session.</summary>
    void Started(Fault fault);
}
