using System.Text.Json.Serialization;

namespace Collectives.Perf.Wan.Commands;

/// <summary>The answer to "site": where it is and how to get in.</summary>
internal sealed record SiteReport(string Name, int Number, string Address, string Address6, string Device, string Namespace);

/// <summary>One direction's counts since the emulator was started. Bytes are those on the wire, with all that a segment costs there.</summary>
internal sealed record LinkReport(string From, string To, double Rate, bool Up, long Segments, long Bytes, long Lost, long Dropped);

/// <summary>The answer to "stats". Lateness is that since the last "stats".</summary>
internal sealed record StatsReport(
    double Seconds, bool Valid, string[] Why, long Packets, double LatenessUs, double LatenessP99Us, double LatenessMaxUs,
    long DeviceDrops, long Unrouted, LinkReport[] Links);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SiteReport))]
[JsonSerializable(typeof(StatsReport))]
internal sealed partial class ReportJson : JsonSerializerContext;
