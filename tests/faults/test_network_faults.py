"""What networks do besides failing: garble, slow down, fall apart in two."""

import pytest

from cluster import Cluster
from plan import CorruptByte, Moment, TellAt
from processes import now_ns

HEARTBEAT_MS = 1000


@pytest.mark.parametrize("lanes", [1, 2])
@pytest.mark.parametrize("point", ["reduce", "result", "done"])
def test_a_garbled_frame_costs_a_lane_and_no_more(point, lanes, baseline):
    cluster = Cluster(window=3, lanes=lanes)
    members = cluster.start(3, plan=[CorruptByte(Moment("b", point, times=times)) for times in (5, 11)])
    cluster.wait(lambda: len(members[1].told) == 2, 20, "two frames were garbled")
    cluster.wait_for_results(members, members[1].told[1].ns, 5, count=20)
    cluster.stop(members)
    cluster.check_agreement(members)
    cluster.check_nothing_is_held(members, baseline)
    assert {(result.members, result.retries, result.epoch) for member in members for result in member.report.results.values()} == {(0b111, 0, 1)}
    cluster.close()


def test_a_slow_line_slows_down_and_loses_nobody(network):
    cluster = Cluster(window=2, network=network, heartbeat_ms=HEARTBEAT_MS, fixed=1, largest=1 << 18)
    members = cluster.start(3, plan=[TellAt(Moment("b", "reduce", times=20))])
    cluster.wait_for_told(members[1])
    network.slow_down("b", 20)  # a megabyte takes 0.4 s
    members[1].answer()
    cluster.wait_for_results(members, now_ns(), 30, count=5)
    network.heal()
    cluster.wait_for_results(members, now_ns(), 10, count=5)
    cluster.stop(members)
    cluster.check_agreement(members)
    assert {(result.members, result.retries, result.epoch) for member in members for result in member.report.results.values()} == {(0b111, 0, 1)}
    cluster.close()


@pytest.mark.parametrize("with_the_first", ["most", "few"])
def test_of_two_sides_the_larger_one_goes_on(network, with_the_first):
    """Two coordinators in everybody's list, one on each side. The smaller side ends no operation, and is evicted when it is back."""
    cluster = Cluster(window=2, network=network, heartbeat_ms=HEARTBEAT_MS, coordinators=2)
    members = cluster.start(5, plan=[TellAt(Moment("d", "reduce", times=25))])
    most, few = members[:3], members[3:]
    cluster.wait_for_told(members[3])
    near, far = ("coordinator 0", "coordinator 1") if with_the_first == "most" else ("coordinator 1", "coordinator 0")
    network.blackhole(["a", "b", "c", near], ["d", "e", far])
    members[3].answer()
    parted = now_ns()
    cluster.wait_for_results(most, parted, 30, count=20, such=lambda result: result.members == 0b111)
    assert all(result.members == 0b11111 for member in few for result in member.report.results.values())
    network.heal()
    cluster.wait_for_gone(few, 20)
    assert {member.report.gone for member in few} == {"COLL_ERR_EVICTED"}
    cluster.stop(most)
    cluster.check_agreement(most)
    cluster.close()


def test_of_two_halves_none_goes_on(network):
    """Both wait; when they reach each other again they go on as if nothing had been."""
    cluster = Cluster(window=2, network=network, heartbeat_ms=HEARTBEAT_MS, coordinators=2)
    members = cluster.start(4, plan=[TellAt(Moment("d", "begun", times=10))])
    cluster.wait_for_told(members[3])
    network.blackhole(["a", "b", "coordinator 0"], ["c", "d", "coordinator 1"])
    members[3].answer()
    parted = now_ns()
    cluster.wait(lambda: now_ns() > parted + 5e9, 10, "five seconds have gone by")
    during = [result for member in members for result in member.report.results.values() if result.ns > parted + 1e9]
    assert not during
    network.heal()
    healed = now_ns()
    cluster.wait(
        lambda: all(member.report.left or sum(result.ns > healed for result in member.report.results.values()) >= 5 for member in members), 30,
        "all have gone on, or know that the others have")
    # Whoever comes back to a coordinator too late, behind a dial that has still to time out, is evicted.
    rest = [member for member in members if not member.report.left]
    assert len(rest) >= 3, "\n".join(member.describe() for member in members)
    cluster.stop(rest)
    cluster.check_agreement(rest)
    cluster.close()
