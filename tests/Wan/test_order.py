"""The order of members over emulated lines: found by what the lines carry, and applied at an update."""

import statistics
import time

import pytest
from harness.wan_group import Coordinator, Stream, pairs, places, rings

FAST, SLOW = 100, 25


@pytest.fixture
def world(emulator):
    """Four sites of which two pairs have slow lines: one way round, and the same way back, goes past them."""
    rates = {frozenset(pair): SLOW for pair in ((0, 1), (2, 3))}
    sites = [emulator.site(f"s{i}") for i in range(4)]
    for i in range(4):
        for j in range(4):
            if i != j:
                emulator.link(f"s{i}", f"s{j}", both=False, rate=f"{rates.get(frozenset((i, j)), FAST)}mbit", delay="15ms")
        emulator.tell("congestion", f"s{i}", "bbr")
    coordinator = Coordinator(sites[0])
    yield sites, coordinator, rates
    coordinator.close()


def watch(coordinator, stream, until, seconds):
    """Looks at the group until that is so, and returns it and when it was."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and stream.is_running:
        group = coordinator.group()
        if group and group["epoch"] and until(group):
            return group, time.monotonic()
        time.sleep(0.1)
    raise AssertionError(f"not so after {seconds} s: {coordinator.group()['order']}")


def test_rings_go_past_slow_lines(world):
    sites, coordinator, rates = world
    stream = Stream(sites, coordinator, 4 << 20, 1, 14)
    _, began = watch(coordinator, stream, lambda group: True, 20)
    known, at = watch(coordinator, stream, lambda group: group["order"]["probes_left"] == 0, 10)
    assert at - began < 8

    place = places(known, sites)
    errors = []
    for member in known["members"]:
        for link in member["links"]:
            rate = rates.get(frozenset((place[member["rank"]], place[link["peer_rank"]])), FAST)
            errors.append(abs((link["carries_bytes_per_second"] or 0) * 8e-6 / (rate * 1448 / 1538) - 1))
    assert len(errors) == 12 and statistics.median(errors) < 0.4

    changed, _ = watch(coordinator, stream, lambda group: group["order"]["chosen"] and group["epoch"] > known["epoch"], 14)
    for ring in rings(changed, sites):
        assert all(frozenset(pair) not in rates for pair in pairs(ring["sites"])), ring
    # There and back again is two rings, that share no line.
    assert len(changed["order"]["rings"]) == 2
    assert [member["rank"] for member in changed["members"]] == [member["rank"] for member in known["members"]]

    found = stream.result()
    assert found["wrong"] == 0 and found["updates_ns"]
    took = [b - a for a, b in zip(found["ends_ns"], found["ends_ns"][1:]) if a > found["updates_ns"][-1]]
    # A ring over a slow line would need two seconds, and one alone over fast lines half of one.
    assert statistics.median(took) < 0.9e9


def test_the_order_of_ranks_may_be_kept(world):
    sites, coordinator, _ = world
    stream = Stream(sites, coordinator, 1 << 20, 2, 4, keep_order=True)
    group, _ = watch(coordinator, stream, lambda group: True, 20)
    time.sleep(2)
    group = coordinator.group()
    assert not group["order"]["chosen"] and group["order"]["probes_left"] == 0
    assert [ring["ranks"] for ring in group["order"]["rings"]] == [[0, 1, 2, 3]]
    found = stream.result()
    assert found["wrong"] == 0 and not found["updates_ns"]
