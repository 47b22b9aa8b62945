"""What the emulator must sustain on two cores, with nothing else running: make test-wan."""

import statistics
import time

import pytest
from harness.emulator import Emulator
from harness.iperf import Transfer
from harness.wan_group import Coordinator, Stream, rings

SITES = ["Frankfurt", "London", "Milan", "Stockholm"]


def expect_valid(emulator):
    stats = emulator.stats()
    assert stats["valid"], stats["why"]
    return stats


@pytest.mark.parametrize("streams", [1, 16])
def test_five_gigabits_over_eighty_milliseconds(streams):
    with Emulator() as emulator:
        here, there = emulator.site("here"), emulator.site("there")
        emulator.link("here", "there", rate="5gbit", delay="40ms")
        for site in ("here", "there"):
            emulator.tell("tcp", site, "tuned", "50mb")
        rate = Transfer(here, there, 20, streams=streams, omit=10, congestion="cubic").bits_per_second()
        print(f"{streams} streams: {rate / 5e9:.3f} of 5 Gbit/s")
        assert rate > 0.93 * 5e9
        expect_valid(emulator)


def test_twelve_links_carry_seven_gigabits_together():
    with Emulator() as emulator:
        sites = [emulator.site(name) for name in SITES]
        for one in sites:
            for other in sites:
                if one is not other:
                    emulator.link(one.name, other.name, both=False, rate="700mbit", delay="10ms")
        transfers = [Transfer(one, other, 15, streams=4, omit=5) for one in sites for other in sites if one is not other]
        total = sum(transfer.bits_per_second() for transfer in transfers)
        print(f"12 links: {total / 1e9:.2f} Gbit/s")
        assert total > 7e9
        expect_valid(emulator)


def test_a_line_that_falls_to_a_tenth_is_left_within_three_operations(emulator):
    sites = [emulator.site(f"s{i}") for i in range(4)]
    for site in sites:
        for other in sites:
            if site is not other:
                emulator.link(site.name, other.name, both=False, rate="100mbit", delay="10ms")
        emulator.tell("congestion", site.name, "bbr")
    coordinator = Coordinator(sites[0])
    try:
        stream = Stream(sites, coordinator, 8 << 20, 1, 50)
        began = time.monotonic()
        group = None
        while time.monotonic() < began + 20 or not (group and group["order"]["chosen"]):
            assert time.monotonic() < began + 40, "no order was chosen"
            time.sleep(0.5)
            group = coordinator.group()
        one, other = rings(group, sites)[0]["sites"][:2]
        emulator.tell("rate", sites[one].name, sites[other].name, "10mbit")
        fell = time.monotonic_ns()
        found = stream.result()
    finally:
        coordinator.close()
    fell -= found["began_ns"]
    update = next(update for update in found["updates_ns"] if update > fell)
    slow = [end for end in found["ends_ns"] if fell < end <= update]
    took = list(zip(found["ends_ns"], found["ends_ns"][1:]))
    after = [b - a for a, b in took if a >= update]
    before = [b - a for a, b in took if b <= fell]
    print(f"operations until the new order: {len(slow)}; seconds before {statistics.median(before) / 1e9:.2f}, "
          f"meanwhile up to {max(b - a for a, b in took) / 1e9:.2f}, after {statistics.median(after) / 1e9:.2f}")
    assert found["wrong"] == 0 and len(slow) <= 3
    assert statistics.median(after) < 2 * statistics.median(before)
