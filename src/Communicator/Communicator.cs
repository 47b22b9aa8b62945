using System.Text;
using Collectives.Algorithms.Reduction;
using Collectives.Communication.Observation;
using Collectives.Communication.Operations;
using Collectives.Communication.Recording;
using Collectives.Membership;
using Collectives.Membership.Messages;
using Collectives.Membership.Session;
using Collectives.Transport;
using Collectives.Transport.Faults;
using Collectives.Transport.Handshake;
using Collectives.Transport.Logging;
using Collectives.Transport.Progress;
using Collectives.Transport.Tcp;

namespace Collectives.Communication;

/// <summary>
/// What a user holds: a member's place in a group. It ties together the session with the coordinator, the links
/// to the other members and the operations, which all meet on one progress loop.
/// </summary>
public sealed unsafe class Communicator : IDisposable
{
    private readonly CommunicatorSettings _settings;
    private readonly ProgressLoop _loop;
    private readonly OperationEngine _engine;
    private readonly MembershipFlow _membership;
    private readonly TcpNetwork _network;
    private readonly CoordinatorSession _session;
    private readonly DumpFiles? _dumps;
    private int _disposed;

    private Communicator(CommunicatorSettings settings, ProgressLoop loop, OperationEngine engine, TcpNetwork network,
        MembershipFlow membership, CoordinatorSession session)
    {
        _settings = settings;
        _loop = loop;
        _engine = engine;
        _network = network;
        _membership = membership;
        _session = session;
        if (settings.DumpDirectory.Length == 0) return;
        _dumps = new DumpFiles(settings.DumpDirectory, engine.Recorder.Self, Dump);
        engine.Recorder.WhenOperationFails = _dumps.Want;
    }

    public EpochInfo Info => _membership.Info;

    public CommunicatorStatistics Statistics => new()
    {
        Lanes = _network.Counters.OpenLanes,
        Operations = _engine.Committed,
        Failures = _engine.Failed,
        TxBytes = _network.Counters.TxBytes,
        RxBytes = _network.Counters.RxBytes,
        FramesDropped = _engine.FramesDropped,
        ConnectionsRefused = _network.Counters.ConnectionsRefused,
        CoordinatorMessages = _session.MessagesSent,
        ScratchBytes = _engine.Scratch.Leased * (long)_engine.Scratch.BlockBytes + _engine.Blocks.RentedBytes,
        ScratchPeakBytes = _engine.Scratch.HeldBytes + _engine.Blocks.PeakBytes,
        ManagedBytes = GC.GetTotalAllocatedBytes(),
    };

    /// <summary>What the flight recorder has kept, and what is going on now, as JSON in UTF-8.</summary>
    public byte[] Dump()
    {
        new LoopQuestion(_engine).TryAsk(out Report? view, out Roster? roster);
        return FlightDump.Write(_engine.Recorder, _settings.Group, Info, Statistics, view, member => roster?.RankOf(member) ?? -1);
    }

    /// <summary>Returns once the member is active in an epoch, or with the reason why it is not.</summary>
    public static Fault Create(CommunicatorSettings settings, out Communicator? communicator)
    {
        communicator = null;
        Fault fault = settings.Validate();
        if (!fault.IsNone) return fault;
        fault = FaultHook.Arm();
        if (!fault.IsNone) return fault;
        fault = OpenSsl.Check();
        if (!fault.IsNone) return fault;
        fault = ListenAddress.Choose(settings, out ListenAddress address);
        if (!fault.IsNone) return fault;

        fault = ProgressLoop.Create("coll-progress", Spinning.Choose(settings.SpinUs), out ProgressLoop? loop);
        if (!fault.IsNone) return fault;

        MemberId self = MemberId.Draw();
        ScratchBudget budget = ScratchBudget.From(settings);
        FlightRecorder recorder = new(self, settings.RecordedEvents switch { 0 => FlightRecorder.DefaultEvents, < 0 => 0, int wanted => wanted });
        OperationEngine engine = new(loop!, budget.Blocks, budget.Reserve) { Recorder = recorder };
        LaneSettings lanes = new()
        {
            LanesPerLink = settings.Lanes == 0 ? DefaultLanes : settings.Lanes,
            MostLanes = settings.Lanes == 0 ? budget.MostLanes : settings.Lanes,
            CongestionControl = settings.CongestionControl,
            KeepaliveSeconds = settings.KeepaliveS,
            UserTimeoutMs = settings.UserTimeoutMs > 0 ? settings.UserTimeoutMs : settings.HeartbeatMs / 2,
            ReconnectMs = settings.ReconnectMs,
        };
        byte[] token = Encoding.UTF8.GetBytes(settings.Token);
        fault = TcpNetwork.Create(loop!, engine, self, settings.Group, token, address.Listen, lanes, out TcpNetwork? network, address.LastPort);
        if (!fault.IsNone)
        {
            loop!.Dispose();
            engine.Dispose();
            return fault;
        }

        MembershipFlow membership = new(loop!, engine, network!, self, settings.KeepOrder != 0);
        loop!.Failed = membership.LoopFailed;
        engine.LinkListener = new RecordingLinkListener(membership, recorder);
        Reporter reporter = new(engine);
        SessionSettings session = new()
        {
            Coordinators = settings.Coordinator,
            Token = settings.Token,
            Group = settings.Group,
            Member = self,
            MinMembers = settings.MinMembers,
            AdvertisedHost = address.AdvertisedHost,
            Port = network!.Port,
            HeartbeatMs = settings.HeartbeatMs,
            KeepsOrder = settings.KeepOrder != 0,
            DeadlineMs = settings.CallDeadlineMs,
        };
        long startMs = Environment.TickCount64;
        fault = CoordinatorSession.Start(session, new ObservingListener(membership, loop!, recorder, reporter), out CoordinatorSession? started);
        if (fault.IsNone)
        {
            membership.Attach(started!);
            reporter.Attach(started!);
            Communicator created = new(settings, loop!, engine, network, membership, started!);
            fault = membership.AwaitEpoch(Math.Max(1, settings.CallDeadlineMs - (Environment.TickCount64 - startMs)), settings.MinMembers);
            if (fault.IsNone)
            {
                communicator = created;
                return fault;
            }

            created.Dispose();
            return fault;
        }

        membership.CloseNetwork(farewellMs: 0);
        loop!.Dispose();
        engine.Dispose();
        membership.Dispose();
        return fault;
    }

    /// <summary>The admission point; see coll_comm_update.</summary>
    public Fault Update(out EpochInfo info)
    {
        Fault fault = _membership.Update(_settings.CallDeadlineMs);
        info = Info;
        return fault;
    }

    public Fault Run(in CollectiveCall call, in OperationOptions options, out OperationResult result)
    {
        Work work = Prepare(call, options);
        _loop.Post(work, thenWait: true);
        Fault fault = work.Wait(-1, out result);
        work.Dispose();
        return fault;
    }

    /// <summary>Never fails itself: what is wrong shows when the work is waited for.</summary>
    public Work Start(in CollectiveCall call, in OperationOptions options)
    {
        Work work = Prepare(call, options);
        _loop.Post(work);
        return work;
    }

    /// <summary>Ends everything in progress, and all that comes later, with <see cref="Status.Aborted"/>.</summary>
    public void Abort()
    {
        if (!_membership.Close(new Fault(Status.Aborted, "the communicator was aborted on this member")).IsNone) return;
        _membership.CloseNetwork(farewellMs: 0);
        _session.Leave();
    }

    /// <summary>Tells the others that this member goes.</summary>
    public Fault Leave()
    {
        Fault closed = _membership.Close(new Fault(Status.Left, "this member has left; only destroy is left to call"));
        if (!closed.IsNone) return closed;
        // The others can end what this member has ended before they hear that it has gone.
        _membership.CloseNetwork(MembershipFlow.FarewellMs);
        _session.Leave();
        return Fault.None;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        bool goes = _membership.Close(new Fault(Status.Aborted, "the communicator was destroyed while the call was in progress")).IsNone;
        _membership.CloseNetwork(MembershipFlow.FarewellMs);
        if (goes) _session.Leave();
        // The session before the loop: its listener posts there.
        _session.Dispose();
        _dumps?.Dispose();
        _loop.Dispose();
        _engine.Dispose();
        _membership.Dispose();
        Log.Flush(LogFlushMs);
    }

    /// <summary>One connection fills a link in a rack; long fat links want more.</summary>
    private const int DefaultLanes = 1;

    private const int LogFlushMs = 1000;

    private Work Prepare(in CollectiveCall call, in OperationOptions options)
    {
        Work work = _engine.Works.Get();
        work.Prepare(_engine, call, Info.Slots, options, options.DeadlineMs > 0 ? options.DeadlineMs : _settings.DeadlineMs);
        return work;
    }
}
