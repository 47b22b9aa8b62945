"""Members that die on long lines that lose packets: the survivors' results are exact for those that took part."""

import signal

import pytest
from cluster import Cluster
from plan import KillAt, Moment
from processes import now_ns
from sites import Sites


@pytest.fixture
def cluster(emulator):
    made = Cluster(window=3, network=Sites(emulator, rate="200mbit", delay="10ms", loss="0.5%"), heartbeat_ms=3000, lanes=4, fixed=0, largest=1 << 20)
    yield made
    made.close()


@pytest.mark.parametrize("point", ["reduce", "result", "done"])
def test_a_member_dies(cluster, point):
    members = cluster.start(4, plan=[KillAt(Moment("b", point, times=60))])
    cluster.wait_for_told(cluster.members["b"], 60)
    struck = cluster.members["b"].told[0].ns
    rest = [member for member in members if member.label != "b"]
    cluster.wait_for_results(rest, struck, 40, such=lambda result: result.epoch > 1, count=10)
    cluster.stop(rest)
    cluster.check_agreement(rest)


def test_a_member_stops_and_is_left_behind(cluster):
    members = cluster.start(3)
    cluster.wait_for_results(members, 0, 40, count=10)
    stopped, rest = members[1], [members[0], members[2]]
    struck = now_ns()
    stopped.process.send_signal(signal.SIGSTOP)
    cluster.wait_for_results(rest, struck, 40, such=lambda result: result.epoch > 1, count=10)
    stopped.process.kill()
    cluster.stop(rest)
    cluster.check_agreement(rest)
