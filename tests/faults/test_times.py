"""How long survivors wait, in the terms of docs/membership.md: from the fault to the first good result of the slowest of them."""

import signal

import pytest

from cluster import Cluster
from plan import KillAt, Moment, TellAt
from processes import now_ns

KILLS = 12
RESTARTS = 5
HEARTBEAT_MS = 1000


def slowest_first_result(members, after_ns, before_epoch):
    """Milliseconds."""
    return max(min(result.ns for result in member.report.results.values() if result.epoch > before_epoch) - after_ns for member in members) / 1e6


@pytest.fixture
def cluster(request):
    made = []

    def make(**options):
        made.append(Cluster(**options))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_after_a_kill(cluster, record_property):
    """Half of the times within 100 ms, always within 500."""
    times = []
    for i in range(KILLS):
        group = cluster(window=3, seed=i)
        victim = "abcd"[i % 4]
        members = group.start(4, plan=[KillAt(Moment(victim, "reduce", times=30 + i))])
        group.wait_for_told(group.members[victim])
        rest = [member for member in members if member.label != victim]
        struck = group.members[victim].told[0].ns
        group.wait_for_results(rest, struck, 5, such=lambda result: result.epoch > 1)
        times.append(slowest_first_result(rest, struck, 1))
        group.stop(rest)
        group.check_agreement(rest)
        group.close()
    times.sort()
    record_property("ms", times)
    print(f"first good result after a kill, ms: {[round(one) for one in times]}")
    assert times[len(times) // 2] <= 100 and times[-1] <= 500, times


def test_after_a_member_has_died_with_its_coordinator(cluster):
    """As when a member's process hosts the coordinator: the next one of the list does not wait for somebody whom nobody is connected to."""
    times = []
    for i in range(4):
        group = cluster(window=3, coordinators=2, seed=i)
        victim = "abcd"[i]
        members = group.start(4, plan=[TellAt(Moment(victim, "reduce", times=30 + i))])
        group.wait_for_told(group.members[victim])
        struck = now_ns()
        group.coordinators[0].kill()
        group.kill([group.members[victim]])
        rest = [member for member in members if member.label != victim]
        group.wait_for_results(rest, struck, 10, such=lambda result: result.epoch > 1)
        times.append(slowest_first_result(rest, struck, 1))
        group.stop(rest)
        group.check_agreement(rest)
        group.close()
    times.sort()
    print(f"first good result after a member has died with its coordinator, ms: {[round(one) for one in times]}")
    assert times[1] <= 500 and times[-1] <= 2000, times


def test_after_a_stop(cluster):
    group = cluster(window=3, heartbeat_ms=HEARTBEAT_MS)
    members = group.start(4)
    group.wait_for_results(members, 0, 20, count=20)
    members[1].signal(signal.SIGSTOP)
    members[1].await_stop()
    check_silence(group, members[1], [member for member in members if member is not members[1]])


@pytest.mark.parametrize("point", ["reduce", "done"])
def test_after_a_blackhole(cluster, network, point):
    group = cluster(window=3, heartbeat_ms=HEARTBEAT_MS, network=network)
    members = group.start(4, plan=[TellAt(Moment("b", point, times=20))])
    group.wait_for_told(members[1])
    network.blackhole(["b"], ["a", "c", "d", "coordinator 0"])
    members[1].answer()
    check_silence(group, members[1], [member for member in members if member.label != "b"])


def check_silence(group, victim, rest):
    struck = now_ns()
    group.wait_for_results(rest, struck, 10, such=lambda result: result.epoch > 1)
    waited = slowest_first_result(rest, struck, 1)
    print(f"first good result after silence, ms: {waited:.0f}")
    assert waited <= HEARTBEAT_MS + 500


def longest_pause(member, from_ns, to_ns):
    """Milliseconds between two results of that time."""
    times = sorted(result.ns for result in member.report.results.values() if from_ns <= result.ns <= to_ns)
    return max(later - earlier for earlier, later in zip(times, times[1:])) / 1e6


def test_a_restart_of_the_coordinator_holds_nobody_up(cluster):
    """No operation fails or runs again, and none waits more than 100 ms longer than others do (three times of five: the machine has pauses of its own)."""
    group = cluster(window=3)
    members = group.start(4)
    group.wait_for_results(members, 0, 20, count=50)
    begun = now_ns()
    group.wait(lambda: now_ns() > begun + 2e9, 5, "two seconds have gone by")
    restarts = [now_ns()]
    for _ in range(RESTARTS):
        group.coordinators[0].kill()
        group.wait_for_results(members, now_ns(), 5, count=50)
        group.coordinators[0].start()
        started = now_ns()
        group.wait(lambda: now_ns() > started + 1.5e9, 5, "so much has gone by, and with it the new coordinator's first second")
        restarts.append(now_ns())
    newcomer = group.start(1, minimum=1)
    group.wait_for_joined(newcomer)
    usual = max(longest_pause(member, begun, restarts[0]) for member in members)
    then = [max(longest_pause(member, *restart) for member in members) for restart in zip(restarts, restarts[1:])]
    print(f"longest pause, ms: {usual:.1f} before, {', '.join(f'{pause:.1f}' for pause in then)} in restarts")
    assert sorted(then)[RESTARTS // 2] <= usual + 100, then
    for member in members:
        assert not any(result.retries or result.epoch > 1 for result in member.report.results.values() if result.ns < restarts[-1])
    group.stop([*members, *newcomer])
    group.check_agreement([*members, *newcomer])
