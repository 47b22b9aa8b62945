using Collectives.Transport;

namespace Collectives.Membership;

/// <summary>One place in a roster: who it is, and where its lanes are dialed.</summary>
/// <param name="Host">An address or a name; IPv6 addresses without brackets.</param>
public readonly record struct RosterMember(MemberId Id, string Host, int Port)
{
    /// <summary>"1a2b3c4d at 10.0.0.7:4100", as it stands in messages.</summary>
    public override string ToString() => $"{Id} at {HostPort.Join(Host, Port)}";
}
