"""The flight recorder and the log, from Python."""

import json
import logging
import re
from datetime import datetime

import pytest

import collectives


def words(member):
    """An id of 16 bytes as it stands in dumps: each half with its most significant byte first."""
    raw = bytes.fromhex(member)
    return (raw[7::-1] + raw[:7:-1]).hex()


def kinds(dump):
    return [event["kind"] for event in dump["events"]]


def of_kind(dump, kind):
    return [event for event in dump["events"] if event["kind"] == kind]


def test_a_dump_tells_what_happened(group):
    members = group.start(2, "observing:dumps", operations=3)
    ids = [words(identity) for _, identity in sorted(member.event("ready") for member in members)]
    for member in members:
        member.tell()
    members[0].event("away")
    members[1].event("started")
    members[1].tell()
    members[1].event("dumped")
    members[0].tell()
    (after, _), (_, during) = members[0].result(), members[1].result()

    assert (after["member"], after["rank"], after["world"], after["epoch"]) == (ids[after["rank"]], after["rank"], 2, 1)
    assert kinds(after)[:4] == ["epoch_forming", "lane_opened", "link_up", "epoch_active"]
    begun, committed = of_kind(after, "operation_begun"), of_kind(after, "operation_committed")
    assert [(event["epoch"], event["operation"], event["tag"]) for event in committed] == [(1, n, 5) for n in range(3)]
    assert [event["bytes"] for event in begun] == [8, 8, 8]
    assert all(event["call"] == "all_reduce(count 8, u8, sum)" for event in begun)
    assert all(event["participants"] == 2 and event["retries"] == 0 and event["seconds"] > 0 for event in committed)
    assert all(event["tx_bytes"] > 8 and event["rx_bytes"] > 8 for event in committed)
    assert after["statistics"]["operations"] == 3 and after["operations"] == []
    assert after["events_recorded"] == len(after["events"])
    times = [datetime.strptime(event["time"], "%Y-%m-%dT%H:%M:%S.%fZ") for event in committed]
    assert times == sorted(times)

    (operation,) = during["operations"]
    other = 1 - during["rank"]
    assert (operation["call"], operation["bytes"]) == ("all_reduce(count 4, u8, sum)", 4)
    assert (operation["waits_for"], operation["waits_for_rank"]) == (ids[other], other)
    assert f"waits for member {other}" in operation["progress"] and operation["age_seconds"] >= 0
    (link,) = during["links"]
    assert (link["peer"], link["peer_rank"], link["lanes"]) == (ids[other], other, 1)
    assert link["tx_bytes"] > 0 and link["rx_bytes"] > 0 and link["rtt_seconds"] > 0 and link["congestion_control"]


def test_a_killed_member_is_in_the_dump(group):
    survivor, lost = group.start(2, "observing:loses_a_member")
    identity = lost.event("joined")
    survivor.event("joined")
    lost.tell("stay away")
    survivor.tell("call")
    lost.kill()
    dump = survivor.result()
    (loss,) = of_kind(dump, "member_lost")
    assert (loss["peer"], loss["epoch"], loss["reason"]) == (words(identity), 2, "disconnected")
    # The coordinator's word may be there before the ends of the lanes.
    assert all(event["peer"] == words(identity) for event in of_kind(dump, "lane_broken"))


def test_a_broken_lane_is_in_the_dump(group, monkeypatch):
    # The first frame of each member that says that it is done arrives damaged, and costs the connection.
    for name, value in {"PLAN": "corrupt a done * 0", "MEMBER": "a"}.items():
        monkeypatch.setenv("COLLECTIVES_FAULT_" + name, value)
    for dump in group.run(2, "observing:reduces", operations=3):
        assert {"lane_broken", "link_down"} <= set(kinds(dump))
        after = kinds(dump)[kinds(dump).index("link_down") :]
        assert "lane_opened" in after and "operation_committed" in after and "link_lost" not in after
        assert [event["retries"] for event in of_kind(dump, "operation_committed")] == [0, 0, 0]


def test_a_failure_leaves_a_file_once_the_communicator_is_destroyed(group, tmp_path, monkeypatch):
    monkeypatch.setenv("COLLECTIVES_DUMP_DIR", str(tmp_path))
    first, other = group.start(2, "failures:waits_alone", ending="deadline")
    first.result()
    (path,) = tmp_path.iterdir()
    dump = json.loads(path.read_text())
    assert [event["status"] for event in of_kind(dump, "operation_failed")] == ["deadline"]
    assert re.fullmatch(rf"collectives-{dump['member']}-\d{{8}}T\d{{6}}\.\d{{3}}Z\.json", path.name)
    other.tell()
    other.result()


def test_a_large_dump_comes_whole():
    with collectives.Coordinator() as coordinator:
        with collectives.Communicator(coordinator.address, recorded_events=5000) as comm:
            for _ in range(5100):
                comm.all_reduce(bytearray(1))
            dump = comm.dump()
            assert len(dump["events"]) == 5000 and dump["events_recorded"] > 5100
            assert [event["operation"] for event in of_kind(dump, "operation_committed")][-1] == 5099
        with collectives.Communicator(coordinator.address, recorded_events=0) as comm:
            comm.all_reduce(bytearray(1))
            assert comm.dump()["events"] == []
        with pytest.raises(collectives.InvalidHandle):
            comm.dump()


@pytest.mark.parametrize("level", ["info", "debug"])
def test_the_log_goes_to_logging(group, level):
    for heard, later in group.run(2, "observing:logs", level=level):
        assert {name for _, name, _ in heard} == {"test.observing"}
        names = [(of, re.search(r" event=(\w+)", line)[1]) for of, _, line in heard]
        assert ("INFO", "epoch_active") in names and ("INFO", "link_up") in names
        assert (("DEBUG", "operation_committed") in names) == (level == "debug")
        assert all(re.match(r"time=\S+ level=\w+ event=\w+ member=[0-9a-f]{8}", line) for _, _, line in heard)
        assert later == 0


def test_an_interpreter_ends_with_its_log_on(group):
    assert group.run(2, "observing:leaves_the_log_on") == [True, True]


def test_levels_that_are_none():
    for level in ("loud", 3, "off"):
        with pytest.raises(collectives.InvalidArgument, match="level: expected one of 'error'"):
            collectives.set_log(level)
    collectives.set_log(None)
    assert logging.getLogger("collectives").level == logging.NOTSET


def test_a_coordinator_with_metrics():
    with collectives.Coordinator(metrics="127.0.0.1:0") as coordinator:
        assert coordinator.metrics_port not in (0, coordinator.port)
    with pytest.raises(collectives.InvalidHandle):
        coordinator.metrics_port
    with collectives.Coordinator() as coordinator:
        assert coordinator.metrics_port == 0
    with pytest.raises(collectives.InvalidArgument, match="metrics"):
        collectives.Coordinator(metrics="nowhere")
