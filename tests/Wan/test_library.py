"""The library over emulated lines: every result exact, and as many lanes as a line needs."""

import threading
import time

import pytest
from harness.wan_group import Coordinator, Stream


@pytest.fixture
def world(emulator):
    """Makes sites that are linked alike, with a coordinator at the first."""
    coordinators = []

    def make(count, **settings):
        sites = [emulator.site(f"s{i}") for i in range(count)]
        for site in sites:
            for other in sites:
                if site is not other:
                    emulator.link(site.name, other.name, both=False, **settings)
            emulator.tell("congestion", site.name, "bbr")
        coordinators.append(Coordinator(sites[0]))
        return sites, coordinators[-1]

    yield make
    for coordinator in coordinators:
        coordinator.close()


def links_of(coordinator):
    return [link for member in coordinator.group()["members"] for link in member["links"]]


def streamed(sites, coordinator, size=1 << 20, in_flight=4, seconds=6, look_after=None, **options):
    """The record of a stream, and the links as they were after so many seconds."""
    stream = Stream(sites, coordinator, size, in_flight, seconds, **options)
    time.sleep(look_after or seconds * 0.8)
    links = links_of(coordinator)
    found = stream.result()
    assert found["wrong"] == 0 and found["ends_ns"]
    return found, links


def test_a_long_line_gets_more_lanes(world):
    # In a ring each link is sent on in one direction, and of three links one has its sender at the end that doesn't dial.
    far, coordinator = world(3, rate="300mbit", delay="75ms")
    found, links = streamed(far, coordinator, size=8 << 20, seconds=14)
    # A kernel's own window lets one connection have 0.18 Gbit/s there.
    assert len(links) == 6 and all(link["lanes"] >= 4 for link in links)
    assert {link["congestion_control"] for link in links} == {"bbr"}


def test_a_rack_has_one_lane(world):
    near, coordinator = world(2, rate="1gbit", delay="0.05ms")
    _, links = streamed(near, coordinator, seconds=3)
    assert {link["lanes"] for link in links} == {1}


def test_the_number_of_lanes_may_be_told(world):
    far, coordinator = world(2, rate="300mbit", delay="20ms")
    _, links = streamed(far, coordinator, seconds=3, lanes=3)
    assert {link["lanes"] for link in links} == {3}


@pytest.mark.parametrize("lanes", [None, 4])
def test_losses_change_no_result(world, lanes):
    sites, coordinator = world(3, rate="200mbit", delay="8ms", loss="1%", jitter="1ms")
    found, _ = streamed(sites, coordinator, seconds=5, lanes=lanes)
    assert len(found["ends_ns"]) > 8


def test_no_operation_fails_when_a_line_flaps(emulator, world):
    sites, coordinator = world(3, rate="200mbit", delay="8ms")
    stopped = threading.Event()

    def flap():
        while not stopped.wait(1.5):
            for word in ("down", "up"):
                for one, other in (("s0", "s1"), ("s1", "s0")):
                    emulator.tell(word, one, other)
                if word == "down":
                    time.sleep(0.5)

    flapping = threading.Thread(target=flap)
    flapping.start()
    try:
        found = Stream(sites, coordinator, 1 << 20, 4, 7).result()
    finally:
        stopped.set()
        flapping.join()
    assert found["wrong"] == 0 and len(found["ends_ns"]) > 8
