"""What the emulator must sustain on two cores, with nothing else running: make test-wan."""

import pytest
from harness.emulator import Emulator
from harness.iperf import Transfer

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
