"""Who comes, and what that costs those who are there; groups that share a coordinator."""

import signal

from cluster import Cluster
from plan import KillAt, Moment, StopAt, TellAt
from processes import now_ns
from test_times import longest_pause

HEARTBEAT_MS = 1000

# A link that never was is given 8 s, then others may complain for another 1 s; an epoch that forms is given 10 s.
FORMING_MS = 10_000


def test_a_newcomer_that_nobody_reaches_delays_the_others_once(network):
    cluster = Cluster(window=2, network=network, heartbeat_ms=HEARTBEAT_MS)
    members = cluster.start(3)
    cluster.wait_for_results(members, 0, 20, count=20)
    begun = now_ns()
    newcomer = cluster.start(1, plan=[TellAt(Moment("d", "forming"))], minimum=1)[0]
    cluster.wait_for_told(newcomer)
    network.blackhole(["d"], ["a", "b", "c"])
    newcomer.answer()
    cluster.wait_for_gone([newcomer], FORMING_MS / 1000 + 5)
    cluster.wait_for_results(members, now_ns(), 5, count=50)
    assert newcomer.report.gone == "COLL_ERR_EVICTED"
    for member in members:
        assert longest_pause(member, begun, now_ns()) <= FORMING_MS
    cluster.stop(members)
    cluster.check_agreement(members)
    cluster.close()


def test_a_newcomer_that_falls_silent_delays_the_others_by_its_heartbeat():
    cluster = Cluster(window=2, heartbeat_ms=HEARTBEAT_MS)
    members = cluster.start(3)
    cluster.wait_for_results(members, 0, 20, count=20)
    begun = now_ns()
    newcomer = cluster.start(1, plan=[StopAt(Moment("d", "forming"))], minimum=1)[0]
    cluster.wait_for_told(newcomer)
    newcomer.await_stop()
    cluster.wait_for_results(members, now_ns(), 10, count=50)
    for member in members:
        assert longest_pause(member, begun, now_ns()) <= HEARTBEAT_MS + 500
    newcomer.signal(signal.SIGKILL)
    cluster.stop(members)
    cluster.check_agreement(members)
    cluster.close()


def test_groups_change_independently():
    """A death in one and a join in another: a third one, and the rest of both, hear nothing of it."""
    cluster = Cluster(window=2)
    groups = [
        cluster.start(3, plan=[KillAt(Moment("b", "result", times=10))], environment={"COLLECTIVES_GROUP": "1"}),
        cluster.start(2, environment={"COLLECTIVES_GROUP": "2"}),
        cluster.start(2, environment={"COLLECTIVES_GROUP": "3"}),
    ]
    cluster.wait_for_told(cluster.members["b"])
    groups[1] += cluster.start(1, minimum=1, environment={"COLLECTIVES_GROUP": "2"})
    groups[0] = [member for member in groups[0] if member.label != "b"]
    for group in groups:
        cluster.wait_for_joined(group)
        cluster.wait_for_results(group, now_ns(), 10, count=20)
    for group in groups:
        cluster.stop(group)
        masks = sum(1 << member.bit for member in group)
        assert group[0].report.results[max(group[0].report.results)].members == masks
    epochs = [sorted({result.epoch for result in group[0].report.results.values()}) for group in groups]
    assert epochs == [[1, 2], [1, 2], [1]], epochs
    cluster.close()
