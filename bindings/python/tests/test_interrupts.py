"""Ctrl-C (SIGINT) ends every wait soon, and leaves behind what the documentation says."""

import signal
import time

# A wait has slices of 0.1 s, and all deadlines are minutes away; the rest is for a busy machine.
SOON = 10.0


def interrupt(member):
    """Sends SIGINT once the member is on its way into its wait; it must come out of it soon."""
    member.event("waiting")
    member.kill(signal.SIGINT)
    sent = time.monotonic()
    assert member.event("interrupted") is not None
    assert time.monotonic() - sent < SOON


def test_a_wait_for_a_work(group):
    first, other = group.start(2, "interrupts:work_wait")
    interrupt(first)
    other.tell()
    assert first.result() == [True, True]
    assert other.result() is None


def test_an_all_reduce_in_place(group):
    first, other = group.start(2, "interrupts:all_reduce")
    interrupt(first)
    other.tell()
    assert first.result() == [True, "Aborted"]
    assert other.result() == [1, True]  # alone, its sum is its input


def test_the_creation_of_a_communicator(group):
    (alone,) = group.start(1, "interrupts:create", min_members=2)
    interrupt(alone)
    assert alone.result() == "goes on"  # and the process has ended, with 0
    # It is gone from the coordinator too: the next two make a world of two.
    assert group.run(2, "interrupts:joins") == [2, 2]


def test_an_update(group):
    first, other = group.start(2, "interrupts:update")
    interrupt(first)
    assert first.result() == "Aborted"
    other.tell()
    assert other.result() is None
