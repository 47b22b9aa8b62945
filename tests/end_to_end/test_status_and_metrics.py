"""What an operator sees of a running group: `collectives status`, and metrics in Prometheus' format."""

import json
import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from prometheus import parse
from surface import BUILDS, DIST, ROOT

TOOL = DIST / "bin/collectives"
TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
SECONDS = 60
HEARTBEAT_MS = 2000  # reports may follow every third of it


def environment(**more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COLLECTIVES_")}
    return {**kept, "COLLECTIVES_TOKEN": TOKEN, **more}


class Member:
    """A process of observed_member.py."""

    def __init__(self, coordinator, **settings):
        self.process = subprocess.Popen(
            ["/usr/bin/python3", ROOT / "tests/end_to_end/observed_member.py"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=environment(PYTHONPATH=str(ROOT / "bindings/python"), COLLECTIVES_LIBRARY=str(BUILDS[0]),
                            COLLECTIVES_COORDINATOR=coordinator.address, COLLECTIVES_HEARTBEAT_MS=str(HEARTBEAT_MS), **settings),
        )

    def joined(self):
        self.rank = int(self.process.stdout.readline())
        return self.rank

    def tell(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def did(self):
        assert self.process.stdout.readline() == "done\n"

    def quit(self):
        self.tell("quit")
        assert self.process.wait(SECONDS) == 0


class Coordinator:
    """`collectives coordinator` with metrics, and what is asked of it."""

    def __init__(self):
        self.process = subprocess.Popen(
            [TOOL, "coordinator", "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True, env=environment()
        )
        self.address = re.fullmatch(r"listening on (127\.0\.0\.1:\d+)\n", self.process.stdout.readline())[1]
        port = re.fullmatch(r"metrics on port (\d+), at /metrics\n", self.process.stdout.readline())[1]
        self.metrics_url = f"http://127.0.0.1:{port}/metrics"
        self.members = []

    def start(self, count, **settings):
        started = [Member(self, COLLECTIVES_MIN_MEMBERS=str(count), **settings) for _ in range(count)]
        self.members += started
        return started

    def join(self, count, **settings):
        """Members in the order of their ranks."""
        started = self.start(count, **settings)
        return sorted(started, key=Member.joined)

    def status(self, *options):
        return status(self.address, *options)

    def look(self):
        return json.loads(self.status("--json").stdout)

    def group(self, number=0):
        return next(group for group in self.look()["groups"] if group["group"] == number)

    def scrape(self):
        with urllib.request.urlopen(self.metrics_url, timeout=SECONDS) as answer:
            assert answer.status == 200
            assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
            return parse(answer.read().decode())

    def close(self):
        for member in self.members:
            member.process.kill()
            member.process.communicate()
        self.process.terminate()
        self.process.communicate(timeout=SECONDS)
        assert self.process.returncode == 0


def status(*arguments, **more):
    return subprocess.run(
        [TOOL, "status", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=SECONDS, env=environment(**more)
    )


def until(found):
    """What it finds, once it finds something; members report with their heartbeats."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if result := found():
            return result
        time.sleep(0.02)
    raise AssertionError("it never came about")


@pytest.fixture
def coordinator():
    started = Coordinator()
    yield started
    started.close()


def only(samples, **labels):
    """The sample that has these labels, among others."""
    found = [value for of, value in samples[1].items() if labels.items() <= dict(of).items()]
    assert len(found) == 1, (labels, samples)
    return found[0]


def test_status_shows_rosters_and_who_is_pending(coordinator):
    members = coordinator.join(2)
    coordinator.members.append(Member(coordinator))
    group = until(lambda: (now := coordinator.group())["members"][2:] and now)
    assert (group["epoch"], group["forming"], group["last_epoch"], group["needed"]) == (1, 0, 1, 0)
    assert [(member["rank"], member["standing"], member["phase"]) for member in group["members"]] == [
        (0, "active", "running"), (1, "active", "running"), (-1, "pending", "waiting")]
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+", member["address"]) for member in group["members"])
    assert all(member["since_seconds"] >= 0 for member in group["members"])

    text = coordinator.status()
    assert text.returncode == 0 and text.stderr == ""
    assert re.search(r"^group 0: epoch 1 for [\d.]+ s; 2 active, 1 pending$", text.stdout, flags=re.M), text.stdout
    for member in group["members"]:
        rank = "-" if member["rank"] < 0 else member["rank"]
        row = rf"^  {rank} +{member['member'][:8]} +{re.escape(member['address'])} +{member['standing']} +{member['phase']} +[\d.]+ s +"
        assert re.search(row, text.stdout, flags=re.M), text.stdout

    # who has come to the update, and who is waited for there
    members[1].tell("update")
    until(lambda: [member["phase"] for member in coordinator.group()["members"]] == ["running", "updating", "waiting"])
    members[0].tell("update")
    for member in members:
        member.did()
    assert coordinator.members[2].joined() == 2
    group = until(lambda: (now := coordinator.group())["epoch"] == 2 and now)
    assert [(member["rank"], member["standing"]) for member in group["members"]] == [(0, "active"), (1, "active"), (2, "active")]
    for member in coordinator.members:
        member.quit()


def test_status_shows_what_is_in_flight_and_who_is_waited_for(coordinator):
    first, second = coordinator.join(2, COLLECTIVES_GROUP="7")
    first.tell("start 1000")
    first.did()
    operation = until(lambda: coordinator.group(7)["members"][0].get("operations"))[0]
    other = coordinator.group(7)["members"][1]["member"]
    assert (operation["epoch"], operation["operation"], operation["tag"]) == (1, 0, 3)
    assert (operation["call"], operation["bytes"]) == ("all_reduce(count 1000, u8, sum)", 1000)
    assert (operation["waits_for"], operation["waits_for_rank"]) == (other, 1)
    # it grows older without another report
    until(lambda: coordinator.group(7)["members"][0]["operations"][0]["age_seconds"] > operation["age_seconds"] + 0.5)
    line = rf"^    rank 0 \(\w+\): operation 0 with tag 3 of epoch 1, all_reduce\(count 1000, u8, sum\), for [\d.]+ s, waits for rank 1 \({other[:8]}\): "
    assert re.search(line, coordinator.status().stdout, flags=re.M)

    second.tell("start 1000")
    second.did()
    for member in (first, second):
        member.tell("wait")
        member.did()
    until(lambda: not any(member["operations"] for member in coordinator.group(7)["members"]))
    assert "operations in flight" not in coordinator.status().stdout
    for member in (first, second):
        member.quit()
    until(lambda: coordinator.look()["groups"] == [])


def test_status_shows_links_with_rates_and_round_trip(coordinator):
    members = coordinator.join(2)
    links = []
    while not (links and links[0]["tx_bytes_per_second"] > 0 and links[0]["rx_bytes_per_second"] > 0):
        for member in members:
            member.tell("reduce 1000000")
        for member in members:
            member.did()
        links = coordinator.group()["members"][0]["links"]
    assert links[0]["tx_bytes"] >= 1_000_000 and links[0]["rx_bytes"] >= 1_000_000
    assert 0 < links[0]["rtt_seconds"] < 10 and links[0]["lanes"] == 1 and links[0]["congestion_control"]
    assert links[0]["peer_rank"] == 1
    assert re.search(r"^    0 +\w{8} +rank 1 \(\w{8}\) +1 +[\d.]+ [kMG]?B/s +", coordinator.status().stdout, flags=re.M)
    # a link on which nothing moves has no rate, and a member with nothing new reports nothing, beat after beat
    until(lambda: coordinator.group()["members"][0]["links"][0]["tx_bytes_per_second"] == 0)
    until(lambda: coordinator.group()["members"][0]["report_age_seconds"] > 4 * HEARTBEAT_MS / 3 / 1000)
    assert coordinator.look()["sessions"] == 2
    for member in members:
        member.quit()


def test_metrics_are_well_formed_and_tell_the_same(coordinator):
    empty = coordinator.scrape()
    assert only(empty["collectives_sessions"]) == 0 and only(empty["collectives_joins_total"]) == 0
    members = coordinator.join(3, COLLECTIVES_GROUP="4")
    members[0].tell("start 50000")
    members[0].did()
    group = until(lambda: (now := coordinator.group(4))["members"][0].get("operations") and all(member["links"] for member in now["members"]) and now)
    ids = [member["member"] for member in group["members"]]
    found = until(lambda: (now := coordinator.scrape()) and len(now["collectives_link_rtt_seconds"][1]) == 6 and now)

    assert {standing: only(found["collectives_members"], group="4", standing=standing) for standing in ("active", "joining", "pending")} == {
        "active": 3, "joining": 0, "pending": 0}
    assert only(found["collectives_epoch"], group="4") == 1 and only(found["collectives_epoch_age_seconds"], group="4") > 0
    assert only(found["collectives_sessions"]) == 3 and only(found["collectives_joins_total"]) == 3
    assert only(found["collectives_epochs_total"]) == 1
    assert only(found["collectives_operations_in_flight"], member=ids[0]) == 1
    assert only(found["collectives_operations_in_flight"], member=ids[1]) == 0
    assert only(found["collectives_oldest_operation_age_seconds"], member=ids[0]) > 0
    for name in ("link_tx_bytes_total", "link_rx_bytes_total", "link_rtt_seconds", "link_lanes", "link_carries_bytes_per_second"):
        kind, samples = found["collectives_" + name]
        assert {(dict(labels)["member"], dict(labels)["peer"]) for labels in samples} == {(a, b) for a in ids for b in ids if a != b}
    assert 0 < only(found["collectives_link_rtt_seconds"], member=ids[0], peer=ids[1]) < 10

    members[2].process.kill()
    lost = until(lambda: (now := coordinator.scrape()) and only(now["collectives_losses_total"], reason="disconnected") == 1 and now)
    assert only(lost["collectives_members"], group="4", standing="active") == 2
    assert only(lost["collectives_losses_total"], reason="silent") == 0
    assert not any(dict(labels).get("member") == ids[2] for _, samples in lost.values() for labels in samples)


def test_an_evicted_member_is_counted(coordinator):
    first, second = coordinator.join(2)
    second.process.send_signal(signal.SIGSTOP)
    until(lambda: only(coordinator.scrape()["collectives_losses_total"], reason="silent") == 1)
    # It comes back, and hears that the others have gone on.
    second.process.send_signal(signal.SIGCONT)
    until(lambda: only(coordinator.scrape()["collectives_evictions_total"]) == 1)


def test_a_status_that_cannot_be_had(coordinator):
    wrong = status(coordinator.address, "--token", "guess")
    assert (wrong.returncode, wrong.stdout) == (1, "") and "token" in wrong.stderr and coordinator.address in wrong.stderr
    nobody = status("127.0.0.1:1")
    assert (nobody.returncode, nobody.stdout) == (1, "") and "127.0.0.1:1" in nobody.stderr
    for arguments in (["nowhere"], ["127.0.0.1:0"], [coordinator.address, "--watch", "0"], [coordinator.address, "--token", "a", "--token-file", "b"]):
        unusable = status(*arguments)
        assert (unusable.returncode, unusable.stdout) == (2, "") and unusable.stderr.startswith("collectives: "), arguments
    loud = status(coordinator.address, COLLECTIVES_LOG="loud")
    assert loud.returncode == 2 and "COLLECTIVES_LOG" in loud.stderr
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(coordinator.metrics_url + "/more", timeout=SECONDS)


def test_watch_repeats(coordinator):
    watching = subprocess.Popen(
        [TOOL, "status", coordinator.address, "--json", "--watch", "0.1"], stdout=subprocess.PIPE, text=True, env=environment()
    )
    times = [json.loads(watching.stdout.readline())["uptime_seconds"] for _ in range(3)]
    watching.terminate()
    watching.communicate(timeout=SECONDS)
    assert times == sorted(times) and times[2] >= times[0] + 0.2


@pytest.mark.parametrize("command", ["status", "coordinator", "explain"])
def test_help_names_every_option_and_the_exit_codes(command):
    shown = subprocess.run([TOOL, command, "--help"], stdout=subprocess.PIPE, text=True, timeout=SECONDS)
    assert shown.returncode == 0 and "Exit codes: 0" in shown.stdout
    options = {"status": ["HOST:PORT", "--json", "--watch", "--token", "--token-file"],
               "coordinator": ["--listen", "--metrics", "--token", "--token-file", "--heartbeat-ms"],
               "explain": ["--world", "--count", "--type", "--op", "--collective", "--root", "--rtt-ms", "--mbit", "--coordinator", "--group", "--json",
                           "--token", "--token-file"]}
    assert all(option in shown.stdout for option in options[command])
