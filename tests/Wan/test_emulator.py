"""The emulator, by what kernel TCP and ping find on its links."""

import hashlib
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest
from harness.emulator import PROGRAM, Emulator, EmulatorError
from harness.iperf import Transfer

GOODPUT = 1448 / 1538  # payload in what a full segment takes on the wire

SEND = """
import hashlib, os, socket, sys
block, digest = os.urandom(1 << 20), hashlib.sha256()
with socket.create_connection((sys.argv[1], 4000)) as line:
    for i in range(int(sys.argv[2])):
        piece = bytes([i]) + block
        line.sendall(piece)
        digest.update(piece)
print(digest.hexdigest())
"""
RECEIVE = """
import hashlib, socket, sys
digest = hashlib.sha256()
with socket.create_server((sys.argv[1], 4000), family=socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET) as server:
    print("ready", flush=True)
    line, _ = server.accept()
    while piece := line.recv(1 << 20):
        digest.update(piece)
print(digest.hexdigest())
"""


def round_trips_ms(source, address, count, seconds=0.01):
    """Times in the order of the answers, and the numbers of the questions."""
    said = source.run("ping", "-i", str(seconds), "-c", str(count), address)
    return [float(found) for found in re.findall(r"time=([\d.]+)", said)], [int(found) for found in re.findall(r"icmp_seq=(\d+)", said)]


def round_trip_ms(source, address, count=100):
    return statistics.median(round_trips_ms(source, address, count)[0])


@pytest.mark.parametrize("family", ["address", "address6"])
def test_delays_are_those_told_in_each_direction(emulator, two, family):
    here, there = two
    emulator.link("here", "there", both=False, rate="1gbit", delay="30ms")
    emulator.link("there", "here", both=False, rate="1gbit", delay="12ms")
    assert abs(round_trip_ms(here, getattr(there, family)) - 42) < 1


def test_jitter_spreads_delays_and_overtakes_nothing(emulator, two):
    here, there = two
    emulator.link("here", "there", rate="1gbit", delay="30ms", jitter="3ms", fading="20ms")
    times, order = round_trips_ms(here, there.address, 400, 0.005)
    assert len(times) == 400 and order == sorted(order)
    low, middle, high = statistics.quantiles(times, n=4)
    assert abs(middle - 60) < 3
    assert 2.5 < high - low < 9  # two independent directions: 1.35 * sqrt(2) * 3 ms = 5.7 ms, seen for two seconds


def test_rates_are_those_told_in_each_direction(emulator, two):
    here, there = two
    emulator.link("here", "there", both=False, rate="400mbit", delay="10ms")
    emulator.link("there", "here", both=False, rate="150mbit", delay="10ms")
    # One after the other: acknowledgements that wait behind the other direction's load would slow either down.
    assert 0.88 < Transfer(here, there, 3, streams=4, omit=1).bits_per_second() / 400e6 / GOODPUT < 1.02
    assert 0.88 < Transfer(there, here, 3, streams=4, omit=1).bits_per_second() / 150e6 / GOODPUT < 1.02
    stats = emulator.stats()
    assert stats["valid"], stats["why"]


@pytest.mark.parametrize("family", ["address", "address6"])
def test_what_is_lost_is_sent_again_and_nothing_else_changes(emulator, two, family):
    here, there = two
    emulator.link("here", "there", rate="2gbit", delay="1ms", loss="0.5%")
    receiver = there.start("/usr/bin/python3", "-c", RECEIVE, getattr(there, family), stdout=subprocess.PIPE, text=True)
    assert receiver.stdout.readline().strip() == "ready"
    sent = here.run("/usr/bin/python3", "-c", SEND, getattr(there, family), "16")
    assert receiver.communicate(timeout=30)[0].strip() == sent.strip()
    forth = emulator.stats()["links"][0]
    assert forth["lost"] / (forth["lost"] + forth["segments"]) == pytest.approx(0.005, rel=0.4)


def test_a_full_queue_drops_what_comes_on_top(emulator, two):
    here, there = two
    emulator.link("here", "there", rate="100mbit", delay="20ms", queue="100kb")
    rate = Transfer(here, there, 3, streams=4, omit=1).bits_per_second()
    assert emulator.stats()["links"][0]["dropped"] > 0
    assert rate < 100e6 * GOODPUT * 1.02
    # What waits is at most the queue: 8 ms at that rate.
    transfer = Transfer(here, there, 3, streams=4)
    assert round_trip_ms(here, there.address) < 40 + 8 + 3
    transfer.bits_per_second()


def test_a_link_goes_down_and_up_and_its_rate_changes(emulator, two):
    here, there = two
    emulator.link("here", "there", rate="500mbit", delay="5ms")
    round_trip_ms(here, there.address, 5)
    emulator.tell("down", "here", "there")
    with pytest.raises(EmulatorError):
        here.run("ping", "-q", "-c", "3", "-i", "0.05", "-W", "0.3", there.address)
    emulator.tell("up", "here", "there")
    round_trip_ms(here, there.address, 5)
    emulator.tell("rate", "here", "there", "50mbit")
    assert Transfer(here, there, 3, omit=2).bits_per_second() < 52e6


def test_one_stream_has_the_kernels_window_and_more_have_more(emulator, two):
    here, there = two
    emulator.link("here", "there", rate="1gbit", delay="50ms")
    one = Transfer(here, there, 3, streams=1, omit=2).bits_per_second()
    assert 0.15e9 < one < 0.4e9
    emulator.tell("tcp", "here", "tuned", "12.5mb")
    emulator.tell("tcp", "there", "tuned", "12.5mb")
    assert Transfer(here, there, 3, streams=1, omit=2).bits_per_second() > 2 * one


def test_congestion_control_is_that_of_the_site(emulator, two):
    here, there = two
    emulator.link("here", "there", rate="100mbit", delay="5ms")
    for name in ("bbr", "cubic"):
        emulator.tell("congestion", "here", name)
        transfer = Transfer(here, there, 2)
        time.sleep(1)
        assert f" {name} " in here.run("ss", "-Htin", "dst", there.address)
        transfer.bits_per_second()


def test_what_goes_nowhere_is_counted_and_reaches_nobody(emulator, two):
    here, there = two
    with pytest.raises(EmulatorError):
        here.run("ping", "-q", "-c", "2", "-i", "0.05", "-W", "0.2", there.address)  # no link was made
    with pytest.raises(EmulatorError, match="[Uu]nreachable"):
        here.run("ping", "-q", "-c", "1", "192.0.2.1")  # there is no way out of a site
    assert emulator.stats()["unrouted"] > 0


@pytest.mark.parametrize("line, expected", [
    ("link here nowhere rate=1gbit delay=1ms", "no site nowhere"),
    ("link here here rate=1gbit delay=1ms", "twice"),
    ("link here there rate=1gbit", "delay="),
    ("rate here there 1mbit", "no link"),
    ("site here", "already"),
    ("congestion here nonsense", "nonsense"),
    ("fly here there", "expected site NAME"),
])
def test_what_can_not_be_done_is_refused_and_changes_nothing(emulator, two, line, expected):
    with pytest.raises(EmulatorError, match=expected):
        emulator.tell(line)
    emulator.link("here", "there", rate="1gbit", delay="1ms")
    assert round_trip_ms(two[0], two[1].address, 5) < 4


def devices():
    return {name for _, name in socket.if_nameindex() if name.startswith("wan")}


def test_twelve_sites_stand_within_a_second():
    before = devices()
    with Emulator() as emulator:
        began = time.monotonic()
        for i in range(12):
            emulator.site(str(i))
        for i in range(12):
            for other in range(i):
                emulator.link(str(i), str(other), rate="100mbit", delay="10ms")
        took = time.monotonic() - began
        assert round_trip_ms(emulator.sites["0"], emulator.sites["11"].address, 5) < 22
    assert took < (1 if len(os.sched_getaffinity(0)) > 2 else 3)
    assert devices() == before


def test_a_killed_emulator_leaves_nothing():
    before = devices()
    emulator = Emulator()
    site = emulator.site("here")
    emulator.process.send_signal(signal.SIGKILL)
    emulator.process.wait()
    emulator.close()
    assert devices() == before and not Path(site.namespace).exists()


def test_an_emulator_ends_with_who_started_it():
    code = f"import subprocess, time; p = subprocess.Popen([{PROGRAM!r}], stdin=subprocess.PIPE); print(p.pid, flush=True); time.sleep(60)"
    starter = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    emulator = int(starter.stdout.readline())
    starter.kill()
    starter.wait()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{emulator}/cmdline").exists() and Path(f"/proc/{emulator}/cmdline").read_bytes():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_seed_loses_the_same_again():
    def lost(seed):
        with Emulator("--seed", str(seed)) as emulator:
            here, there = emulator.site("here"), emulator.site("there")
            emulator.link("here", "there", rate="1gbit", delay="0ms", loss="20%")
            said = here.run("sh", "-c", f"ping -i 0.002 -c 200 -W 0.3 {there.address} || true")
            return hashlib.sha256(str(re.findall(r"icmp_seq=(\d+)", said)).encode()).hexdigest()

    assert lost(3) == lost(3) != lost(4)
