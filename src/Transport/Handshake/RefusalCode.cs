namespace Collectives.Transport.Handshake;

/// <summary>Why an acceptor does not go on with a connection. The values are those on the wire.</summary>
public enum RefusalCode : ushort
{
    None = 0,

    /// <summary>The acceptor speaks another version of the protocol.</summary>
    Version = 1,

    /// <summary>The acceptor does not take connections of this purpose: a lane at a coordinator, say.</summary>
    Purpose = 2,

    /// <summary>A field of the hello is out of its range.</summary>
    Malformed = 3,

    /// <summary>The acceptor is not the member that the dialer expects there.</summary>
    WrongPeer = 4,

    /// <summary>The dialer does not know the token.</summary>
    Token = 5,

    /// <summary>The acceptor's roster does not have the dialer.</summary>
    UnknownMember = 6,

    /// <summary>The acceptor is in another group.</summary>
    Group = 7,

    /// <summary>The acceptor is past the dialer's epoch.</summary>
    Epoch = 8,

    /// <summary>Not now: the acceptor has not heard of the epoch yet, or is busy. Dialing again is worth it.</summary>
    TryAgain = 9,
}

public static class RefusalWords
{
    public static string Describe(RefusalCode code) => code switch
    {
        RefusalCode.None => "not refused",
        RefusalCode.Version => "it speaks another version of the protocol",
        RefusalCode.Purpose => "it does not take connections of this purpose (a coordinator takes sessions, a member takes lanes and relays)",
        RefusalCode.Malformed => "it found a field of the hello out of range",
        RefusalCode.WrongPeer => "it is not the member that was expected there",
        RefusalCode.Token => "it has another token",
        RefusalCode.UnknownMember => "its roster does not have this member",
        RefusalCode.Group => "it is in another group",
        RefusalCode.Epoch => "it has gone on to a later epoch",
        RefusalCode.TryAgain => "it is not ready yet; dialing again may succeed",
        _ => $"it gave the unknown refusal code {(ushort)code}",
    };
}
