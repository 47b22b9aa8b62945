using Collectives.Membership.Coordination;
using Collectives.Membership.Messages;
using Collectives.Simulation.Tests.Wires;
using Collectives.Transport;

namespace Collectives.Simulation.Tests.Members;

/// <summary>
/// An address at which a coordinator can be started, crash, sleep and be started anew: the real one
/// (<see cref="CoordinatorState"/>) on simulated connections.
/// </summary>
internal sealed class SimulatedCoordinator(World world, int index, CoordinatorRules rules) : ICoordinatorOutputs
{
    // As ServerLoop has it.
    private const long LastSettlementMs = 2000;

    private readonly SortedDictionary<long, ControlLine> _lines = [];
    private CoordinatorState? _state;
    private ControlMessage? _encodedMessage;
    private byte[] _encoded = [];
    private long _tickAtMs = long.MaxValue;
    private long _lastNumber;
    private bool _isStopping;
    private bool _ticks;

    public string Name { get; } = $"coordinator-{index}:1";

    public MemberId Id { get; } = new(0xC000_0000_0000_0000UL + (ulong)index, 1);

    public bool IsRunning => _state is not null;

    /// <summary>Its process does not run at the moment.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>How often one has been started here.</summary>
    public int Starts { get; private set; }

    /// <summary>
    /// When it may be started anew: a machine that has fallen silent takes longer to come back than its members need to notice.
    /// </summary>
    public long MayStartAtMs { get; private set; }

    public void Start()
    {
        if (world.Now < MayStartAtMs)
        {
            world.Timeline.At(MayStartAtMs * 1000, () =>
            {
                if (!IsRunning && (world.Shape.RestartsBesideOthers || !world.Coordinators.Any(one => one.IsRunning))) Start();
            });
            return;
        }

        world.Trace?.Add($"{Name} starts");
        Starts++;
        _state = new CoordinatorState(rules, this, world.Now);
    }

    /// <summary>The process is gone, and with it all that it knew.</summary>
    public void Crash(bool isSilent, bool isReset)
    {
        world.Trace?.Add($"{Name} crashes{(isSilent ? " silently" : "")}");
        foreach (ControlLine line in _lines.Values)
        {
            if (isSilent) line.FallSilent();
            else line.LoseCoordinator(isReset);
        }

        if (isSilent) MayStartAtMs = world.Now + world.Shape.HeartbeatMs;

        Forget();
    }

    /// <summary>It is asked to stop: ends settlements, then says goodbye to all.</summary>
    public void Stop()
    {
        world.Trace?.Add($"{Name} is asked to stop");
        _isStopping = true;
        long byMs = world.Now + LastSettlementMs;
        CoordinatorState stopping = _state!;
        void Look()
        {
            if (_state != stopping) return;
            if (stopping.IsSettling && world.Now < byMs)
            {
                world.Timeline.After(50_000, Look);
                return;
            }

            world.Trace?.Add($"{Name} stops");
            foreach (ControlLine line in _lines.Values) line.CloseByCoordinator();
            Forget();
        }

        Look();
    }

    public void Pause() => IsPaused = true;

    public void Resume()
    {
        IsPaused = false;
        // What has come meanwhile is read first.
        _ticks = true;
        foreach (ControlLine line in _lines.Values.ToArray()) line.Up.Pump();
        _ticks = false;
        Turn(() => { });
    }

    /// <summary>A connection arrives, its handshake done.</summary>
    public void Accept(ControlLine line, uint group, ulong epoch)
    {
        if (line.IsClosedByMember) return;
        // Its kernel takes connections for it meanwhile.
        if (IsPaused || world.Reach.IsApart(line.Member.Id, Id))
        {
            world.Timeline.After(20_000, () => Accept(line, group, epoch));
            return;
        }

        if (_state is null || _isStopping)
        {
            world.Timeline.After(world.Shape.Control.Draw(world.Timeline), () => line.Member.FailToDial(line));
            return;
        }

        line.Number = (Starts * 1_000_000L) + ++_lastNumber;
        _lines.Add(line.Number, line);
        Turn(() => _state.Connected(line.Number, line.Member.Id, group, epoch, $"host-of-{line.Member.Id}", world.Now));
        world.Timeline.After(world.Shape.Control.Draw(world.Timeline), () => line.Member.Open(line));
    }

    /// <summary>What comes over the connection; null: its end.</summary>
    public void Hear(ControlLine line, ControlMessage? message)
    {
        if (_state is null || !_lines.ContainsKey(line.Number)) return;
        if (message is not null)
        {
            if (!line.IsClosedByCoordinator) Turn(() => _state.Received(line.Number, message, world.Now));
            return;
        }

        _lines.Remove(line.Number);
        line.CloseByCoordinator();
        Turn(() => _state.Disconnected(line.Number, "the other side closed the connection", world.Now));
    }

    void ICoordinatorOutputs.Send(long session, ControlMessage message)
    {
        if (!_lines.TryGetValue(session, out ControlLine? line) || line.IsClosedByCoordinator) return;
        if (!ReferenceEquals(message, _encodedMessage)) (_encodedMessage, _encoded) = (message, ControlFrame.Encode(message));
        line.Down.Send(_encoded);
    }

    void ICoordinatorOutputs.Close(long session)
    {
        if (_lines.TryGetValue(session, out ControlLine? line)) line.CloseByCoordinator();
    }

    void ICoordinatorOutputs.Note(string line) => world.Trace?.Add($"{Name}: {line}");

    private void Forget()
    {
        _lines.Clear();
        (_state, _isStopping, IsPaused, _tickAtMs) = (null, false, false, long.MaxValue);
    }

    /// <summary>Something for its one thread to do; then it sleeps until the next is due.</summary>
    private void Turn(Action act)
    {
        if (_state is not { } state || IsPaused) return;
        act();
        // A tick may cause what causes another turn.
        if (_ticks) return;
        _ticks = true;
        state.Tick(world.Now);
        _ticks = false;
        long dueMs = state.NextDue;
        if (dueMs >= _tickAtMs || dueMs == long.MaxValue) return;
        _tickAtMs = dueMs;
        world.Timeline.At(dueMs * 1000, () =>
        {
            if (_state != state) return;
            if (_tickAtMs == dueMs) _tickAtMs = long.MaxValue;
            Turn(() => { });
        });
    }
}
