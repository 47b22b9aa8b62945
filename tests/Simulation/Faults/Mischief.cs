using Collectives.Simulation.Tests.Members;
using Collectives.Simulation.Tests.Time;
using Collectives.Transport;

namespace Collectives.Simulation.Tests.Faults;

/// <summary>
/// Makes the run's faults happen, in clusters: what follows closely on something else finds it half done.
/// </summary>
internal sealed class Mischief(World world)
{
    private readonly Timeline _timeline = world.Timeline;
    private readonly List<HashSet<MemberId>> _partitions = [];
    private bool _isOver;

    public void Begin()
    {
        long atUs = _timeline.NowUs + _timeline.Random.Next(0, 500_000);
        for (int i = 0; i < world.Shape.Faults; i++)
        {
            _timeline.At(Math.Min(atUs, world.FaultyUntilUs - 1), () => Strike(_timeline.Pick(world.Shape.Kinds)));
            atUs += _timeline.Random.Next(4) switch
            {
                0 => _timeline.Random.Next(0, 3_000),
                1 => _timeline.Random.Next(0, 100_000),
                2 => _timeline.Random.Next(0, 1_000_000),
                _ => _timeline.Random.Next(0, 4_000_000),
            };
        }

        foreach (FaultKind kind in world.Shape.Certain) _timeline.At(_timeline.Random.NextInt64(_timeline.NowUs + 1_000_000, world.FaultyUntilUs), () => Strike(kind));
    }

    /// <summary>Mends all that does not mend itself.</summary>
    public void End()
    {
        _isOver = true;
        foreach (HashSet<MemberId> partition in _partitions) world.Reach.Join(partition);
        foreach (SimulatedMember member in world.Living) member.Resume();
        foreach (SimulatedCoordinator coordinator in world.Coordinators.Where(coordinator => coordinator.IsPaused)) coordinator.Resume();
        if (!world.Coordinators.Any(coordinator => coordinator.IsRunning)) world.Coordinators[^1].Start();
    }

    private void Strike(FaultKind kind)
    {
        if (kind is FaultKind.CrashCoordinator or FaultKind.StopCoordinator or FaultKind.PauseCoordinator)
        {
            StrikeCoordinator(kind);
        }
        else if (kind == FaultKind.Join)
        {
            // Before the first epoch they would keep the others from beginning where they need more.
            if (world.Shape.NewcomersNeed <= 1 || world.Living.Any(member => member.Engine.Epoch is not null)) world.AddMember(world.Shape.NewcomersNeed);
        }
        else if (kind == FaultKind.Partition)
        {
            Separate();
        }
        else if (world.Living.ToArray() is { Length: > 1 } living)
        {
            StrikeMember(kind, _timeline.Pick(living), living);
        }
    }

    private void StrikeMember(FaultKind kind, SimulatedMember member, SimulatedMember[] living)
    {
        switch (kind)
        {
            case FaultKind.Kill:
                member.Kill("killed", isSilent: false);
                break;
            case FaultKind.KillAmid:
                member.DiesAfter = _timeline.Random.Next(1, 1 << _timeline.Random.Next(1, 7));
                break;
            case FaultKind.Vanish:
                member.Kill("vanishes", isSilent: true);
                break;
            case FaultKind.Exit:
                member.Program.IsToExit = true;
                break;
            case FaultKind.Leave:
                member.Program.IsToLeave = true;
                break;
            case FaultKind.Stop:
                world.Trace?.Add($"{member} is stopped");
                member.Stop();
                Later(member.Resume);
                break;
            case FaultKind.Slow:
                world.Trace?.Add($"{member} is slow");
                member.Loop.Pace = new Delay(1_000, 20_000, 0.1, 200_000);
                Later(() => member.Loop.Pace = world.Shape.Wake);
                break;
            case FaultKind.CutLink:
                SimulatedMember other = _timeline.Pick(living);
                world.Trace?.Add($"the connection of {member} and {other} is cut");
                member.Network.Cut(other.Id);
                break;
            case FaultKind.CutSession:
                world.Trace?.Add($"the session of {member} is cut");
                member.Session.Reset();
                break;
        }
    }

    private void StrikeCoordinator(FaultKind kind)
    {
        if (world.Coordinators.Where(coordinator => coordinator is { IsRunning: true, IsPaused: false }).ToArray() is not { Length: > 0 } running) return;
        SimulatedCoordinator coordinator = running[0];
        if (kind == FaultKind.PauseCoordinator)
        {
            world.Trace?.Add($"{coordinator.Name} is stopped for a while");
            coordinator.Pause();
            Later(coordinator.Resume);
            return;
        }

        if (kind == FaultKind.StopCoordinator) coordinator.Stop();
        else if (_timeline.Chance(0.8)) coordinator.Crash(isSilent: false, isReset: _timeline.Chance(0.5));
        else coordinator.Crash(isSilent: true, isReset: false);
        Later(RestartCoordinator);

        // One that others have taken the place of may stay away, unless they are gone as well.
        void RestartCoordinator()
        {
            if (!coordinator.IsRunning && (world.Shape.RestartsBesideOthers || !world.Coordinators.Any(one => one.IsRunning))) coordinator.Start();
        }
    }

    private void Separate()
    {
        SimulatedMember[] living = world.Living.ToArray();
        HashSet<MemberId> machines = [.. living.Where(_ => _timeline.Chance(0.5)).Select(member => member.Id)];
        if (machines.Count == 0) return;
        if (_timeline.Chance(0.5)) machines.Add(_timeline.Pick(world.Coordinators).Id);
        world.Trace?.Add($"cut off: {string.Join(" ", machines)}");
        world.Reach.Separate(machines);
        _partitions.Add(machines);
        _timeline.After(world.UserTimeoutMs * 1000L, () =>
        {
            // Their connections give up. A pair is cut from one end, which is both.
            foreach (SimulatedMember one in living)
            {
                foreach (SimulatedMember other in living)
                {
                    if (one.Index < other.Index && world.Reach.IsApart(one.Id, other.Id)) one.Network.Cut(other.Id);
                }
            }
        });
        Later(() =>
        {
            if (!_partitions.Remove(machines)) return;
            world.Trace?.Add($"reached again: {string.Join(" ", machines)}");
            world.Reach.Join(machines);
        });
    }

    /// <summary>After a moment, or after longer than a silence may last.</summary>
    private void Later(Action act) => _timeline.After(_timeline.Chance(0.5) ? _timeline.Random.Next(0, 300_000) : _timeline.Random.Next(0, 8_000_000), () =>
    {
        if (!_isOver) act();
    });
}
