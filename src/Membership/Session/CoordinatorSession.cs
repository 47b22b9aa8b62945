using System.Net;
using System.Text;
using Collectives.Membership.Messages;
using Collectives.Transport;

namespace Collectives.Membership.Session;

/// <summary>
/// A member's session with its coordinator, on a thread of its own. What it hears goes to the listener, on that
/// thread. When the coordinator goes away the session dials the list again in the background, and says who it is
/// and which epoch it is active in; the epoch and its operations need no coordinator.
/// </summary>
public sealed class CoordinatorSession : ICoordinatorSession, IDisposable
{
    private readonly SessionLoop _loop;
    private readonly Thread _thread;
    private int _disposed;

    private CoordinatorSession(SessionLoop loop)
    {
        _loop = loop;
        _thread = new Thread(loop.Run) { IsBackground = true, Name = "coll-session" };
    }

    /// <summary>Our address on the connection to the coordinator: the one to advertise.</summary>
    public IPAddress? LocalAddress => _loop.LocalAddress;

    /// <summary>Messages sent to coordinators, heartbeats and the reports that follow them not counted.</summary>
    public long MessagesSent => _loop.MessagesSent;

    /// <summary>Whether a coordinator has this member right now.</summary>
    public bool IsAttached => _loop.IsAttached;

    /// <summary>
    /// Dials and registers; returns once the member is pending, or with the reason why it is not. The listener
    /// may be called before this returns.
    /// </summary>
    public static Fault Start(SessionSettings settings, ICoordinatorListener listener, out CoordinatorSession? session)
    {
        session = null;
        CoordinatorList? coordinators = CoordinatorList.Parse(settings.Coordinators, out string problem);
        if (coordinators is null) return new Fault(Status.InvalidArgument, "coordinator: " + problem);
        problem = Check(settings);
        if (problem.Length > 0) return new Fault(Status.InvalidArgument, problem);

        SessionLoop loop;
        try
        {
            loop = new SessionLoop(settings, coordinators, listener);
        }
        catch (IOException refused)
        {
            return new Fault(Status.System, refused.Message);
        }

        var started = new CoordinatorSession(loop);
        started._thread.Start();
        Fault fault = loop.AwaitStart();
        if (fault.IsNone) session = started;
        else started.Dispose();
        return fault;
    }

    public void Ready(Ready ready) => _loop.Submit(ready);

    public void Unreachable(ulong epoch, MemberId member, string reason, bool isUp = false) => _loop.Submit(new Unreachable(epoch, member, reason, isUp));

    public void Links(Links links) => _loop.Submit(links);

    public void Update(ulong epoch, ulong operations) => _loop.Submit(new Update(epoch, operations));

    public void Settled(Settled answer) => _loop.Submit(answer);

    public void Late(Late late) => _loop.Submit(late);

    public void Inquired(Inquired answer) => _loop.Submit(answer);

    public void Recalled(Recalled answer) => _loop.Submit(answer);

    public void Probed(Probed answer) => _loop.Submit(answer);

    /// <summary>After OnBeat. Without a coordinator it is dropped.</summary>
    public void Report(Report report) => _loop.Submit(report);

    /// <summary>Dispose is left to do.</summary>
    public void Leave() => _loop.Submit(Messages.Leave.Instance);

    /// <summary>Sends what is still to be sent, closes the connection and joins the thread. Not from the listener.</summary>
    public void Dispose()
    {
        if (Thread.CurrentThread == _thread) throw new InvalidOperationException("a session cannot be disposed of by its own listener");
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _loop.Stop();
        _thread.Join();
        _loop.Dispose();
    }

    private static string Check(SessionSettings settings)
    {
        if (settings.Member.IsNone) return "member id: expected a drawn id, found zero";
        if (settings.MinMembers is < 1 or > Roster.MaxMembers)
            return $"min_members: expected 1 to {Roster.MaxMembers}, found {settings.MinMembers}";
        if (settings.Port is < 1 or > 65535) return $"port: expected 1 to 65535, found {settings.Port}";
        if (settings.HeartbeatMs != 0 && settings.HeartbeatMs is < SessionSettings.MinHeartbeatMs or > SessionSettings.MaxHeartbeatMs)
            return $"heartbeat_ms: expected {SessionSettings.MinHeartbeatMs} to {SessionSettings.MaxHeartbeatMs}, found {settings.HeartbeatMs}";
        if (settings.DeadlineMs < 1) return $"deadline_ms: expected at least 1, found {settings.DeadlineMs}";
        int hostBytes = Encoding.UTF8.GetByteCount(settings.AdvertisedHost);
        return hostBytes > ControlMessage.MaxHostByteCount || settings.AdvertisedHost.Any(char.IsControl)
            ? $"advertised host: expected at most {ControlMessage.MaxHostByteCount} bytes without control characters, found {hostBytes}"
            : "";
    }
}
