namespace Collectives.Transport.Logging;

/// <summary>How much a line matters; each level includes those above it. The values are those of COLL_LOG_*.</summary>
public enum LogLevel
{
    Off = 0,

    /// <summary>Something that ends a communicator, or the coordinator.</summary>
    Error = 1,

    /// <summary>A failure that the library deals with, or hands to its caller: a lost member, a broken lane.</summary>
    Warning = 2,

    /// <summary>Changes that are part of a normal run: epochs, links, members that come.</summary>
    Info = 3,

    /// <summary>Every operation.</summary>
    Debug = 4,
}
