namespace Collectives.Transport.Tests.Faults;

/// <summary>What a connection is in the middle of when it is cut.</summary>
internal enum CutPlace
{
    Handshake,
    Header,
    Payload,

    /// <summary>The frame before has passed whole, and nothing of this one.</summary>
    BetweenFrames,
}

/// <summary>
/// A planned end of a connection: a point in one of its directions. Number counts bytes in a handshake, and frames
/// from 0 elsewhere; Part says how far into the header or payload the point is, from 0 to 1.
/// </summary>
/// <param name="Reset">With RST, so that what was not read yet is lost; else with FIN, after everything before the point.</param>
internal sealed record Cut(bool FromDialer, CutPlace Place, int Number, double Part = 0.5, bool Reset = false)
{
    /// <summary>Any point among the first frames but in the handshake; half of the cuts are resets.</summary>
    public static Cut Draw(Random random, int frames) => new(
        random.Next(2) == 0,
        (CutPlace)random.Next((int)CutPlace.Header, (int)CutPlace.BetweenFrames + 1),
        random.Next(frames),
        random.NextDouble(),
        random.Next(2) == 0);
}
