using System.Diagnostics;
using System.Text.Json;
using Collectives.Perf.Wan.Emulation;
using Collectives.Perf.Wan.Packets;
using Collectives.Perf.Wan.Sites;

namespace Collectives.Perf.Wan.Commands;

/// <summary>Carries out commands, one line each, and answers each with a line that begins with "ok" or "error".</summary>
internal sealed class Emulator : IDisposable
{
    public const string Help =
        "site NAME | link FROM TO rate=R delay=T [jitter=T] [fading=T] [loss=P] [queue=B] | rate FROM TO R | down FROM TO | up FROM TO | "
        + "uplink SITE R QUEUE | congestion SITE NAME | tcp SITE stock | tcp SITE tuned BANDWIDTH-DELAY | stats | help | quit";

    private const long LatenessLimit = 5_000_000;
    private const int MostSites = 250;

    private readonly PacketPool _pool;
    private readonly Engine _engine;
    private readonly int _seed;
    private readonly string _congestion;
    private readonly List<Site> _sites = [];
    private readonly List<Link> _links = [];
    private readonly Dictionary<Site, AccessLine> _uplinks = [];
    private readonly long _started = Stopwatch.GetTimestamp();
    private Lateness.Snapshot? _lateness;

    /// <param name="memory">Bytes for packets under way.</param>
    /// <param name="seed">Of losses and jitter.</param>
    /// <param name="congestion">The sites' congestion control.</param>
    public Emulator(long memory, int seed, string congestion)
    {
        _pool = new PacketPool(memory);
        _engine = new Engine(_pool);
        _seed = seed;
        _congestion = congestion;
    }

    /// <summary>Reads commands until "quit" or the end, whichever comes first: the emulator ends with who started it.</summary>
    public void Run(TextReader commands, TextWriter answers)
    {
        while (commands.ReadLine() is { } line)
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is [] or ["#", ..]) continue;
            if (words is ["quit"]) return;
            try
            {
                string answer = CarryOut(words);
                answers.WriteLine(answer.Length == 0 ? "ok" : $"ok {answer}");
            }
            catch (Exception exception) when (exception is CommandException or InvalidOperationException or IOException)
            {
                answers.WriteLine($"error {exception.Message.ReplaceLineEndings(" ")}");
            }
            answers.Flush();
        }
    }

    public void Dispose()
    {
        _engine.Dispose();
        foreach (Site site in _sites) site.Dispose();
        _pool.Dispose();
    }

    private string CarryOut(string[] words)
    {
        switch (words)
        {
            case ["help"]: return Help;
            case ["site", var name]: return Add(name);
            case ["link", var from, var to, .. var settings]: Connect(Named(from), Named(to), settings); return "";
            case ["rate", var from, var to, var rate]: Change(from, to, settings => settings with { Rate = Quantity.Rate(rate) }); return "";
            case ["down", var from, var to]: Change(from, to, settings => settings with { Up = false }); return "";
            case ["up", var from, var to]: Change(from, to, settings => settings with { Up = true }); return "";
            case ["uplink", var site, var rate, var queue]: SetUplink(Named(site), new AccessLine(Quantity.Rate(rate), Quantity.Size(queue))); return "";
            case ["congestion", var site, var name]: Named(site).SetCongestion(name); return "";
            case ["tcp", var site, "stock"]: Named(site).SetTcp(TcpProfile.Stock); return "";
            case ["tcp", var site, "tuned", var product]: Named(site).SetTcp(TcpProfile.Tuned(Quantity.Size(product))); return "";
            case ["stats"]: return JsonSerializer.Serialize(Stats(), ReportJson.Default.StatsReport);
            default: throw new CommandException($"expected {Help}; found {string.Join(' ', words)}");
        }
    }

    private string Add(string name)
    {
        if (_sites.Count == MostSites) throw new CommandException($"expected at most {MostSites} sites");
        if (_sites.Any(site => site.Name == name)) throw new CommandException($"there is a site {name} already");
        Site made = Site.Create(name, _sites.Count + 1, TcpProfile.Stock, _congestion);
        _sites.Add(made);
        Publish();
        return JsonSerializer.Serialize(new(made.Name, made.Number, made.Address, made.Address6, made.Device, made.NamespacePath), ReportJson.Default.SiteReport);
    }

    private void Connect(Site from, Site to, string[] words)
    {
        if (from == to) throw new CommandException($"expected two sites, found {from.Name} twice");
        LinkSettings settings = LinkWords.Parse(words);
        if (Between(from, to) is { } link)
        {
            link.Settings = settings;
            return;
        }
        _links.Add(new Link(from.Number, to.Number, settings, _pool, HashCode(from.Number, to.Number)) { Access = _uplinks.GetValueOrDefault(from) });
        Publish();
    }

    private void Change(string from, string to, Func<LinkSettings, LinkSettings> change)
    {
        Link link = Between(Named(from), Named(to)) ?? throw new CommandException($"there is no link from {from} to {to}");
        link.Settings = change(link.Settings);
    }

    private void SetUplink(Site site, AccessLine line)
    {
        _uplinks[site] = line;
        foreach (Link link in _links.Where(link => link.From == site.Number)) link.Access = line;
    }

    private StatsReport Stats()
    {
        _lateness = _engine.Lateness.Since(_lateness);
        long drops = _sites.Sum(site => site.DeviceDrops());
        long refused = _links.Sum(link => link.Refused), failed = _sites.Sum(site => site.Port.Failed);
        List<string> why = [];
        if (_lateness.P99 > LatenessLimit) why.Add($"one packet in a hundred came {_lateness.P99 / 1e6:F1} ms late or more, expected {LatenessLimit / 1e6:F0} ms at most");
        if (drops > 0) why.Add($"the devices dropped {drops} packets");
        if (failed > 0) why.Add($"the devices did not take {failed} packets");
        if (refused > 0) why.Add($"memory was missing for {refused} packets: give more with --memory");
        return new(
            Stopwatch.GetElapsedTime(_started).TotalSeconds, why.Count == 0, [.. why], _lateness.Packets,
            _lateness.Average / 1e3, _lateness.P99 / 1e3, _lateness.Most / 1e3, drops, _sites.Sum(site => site.Port.Unrouted),
            [.. _links.Select(link => new LinkReport(
                _sites[link.From - 1].Name, _sites[link.To - 1].Name, link.Settings.Rate, link.Settings.Up, link.Segments, link.Bytes, link.Lost, link.Dropped))]);
    }

    private void Publish() => _engine.World = new World([.. _sites.Select(site => site.Port)], _links);

    private Link? Between(Site from, Site to) => _links.Find(link => link.From == from.Number && link.To == to.Number);

    private Site Named(string name) => _sites.Find(site => site.Name == name) ?? throw new CommandException($"there is no site {name}");

    // The same losses for the same seed, other ones on every link.
    private int HashCode(int from, int to) => unchecked((_seed * 31 + from) * 65599 + to);
}
