namespace Collectives.Transport.Tcp;

/// <summary>A member that relays, and where it is dialled.</summary>
internal readonly record struct RelayAddress(MemberId Member, string Host, int Port)
{
    public override string ToString() => $"{Member} at {HostPort.Join(Host, Port)}";
}
