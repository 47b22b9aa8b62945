"""Errors that involve other members: on all sides, with words that say who and what."""

import re

import pytest

import collectives


@pytest.mark.parametrize(
    "calls, words",
    [
        ([[10, "f4", "sum"], [11, "f4", "sum"]], ["10", "11"]),
        ([[10, "f4", "sum"], [10, "f8", "sum"]], ["f32", "f64"]),
        ([[10, "f4", "sum"], [10, "f4", "max"]], ["sum", "max"]),
        ([[5, "i4", "min"], [5, "i4", "min"], [6, "i4", "min"]], ["5", "6"]),
    ],
)
def test_mismatched_calls(group, calls, words):
    members = group.start(len(calls), "failures:mismatch", calls=calls)
    for member in members:
        member.event("failed")
    for member in members:
        member.tell()
    for member in members:
        (name, status, message), intact = member.result()
        assert (name, status, intact) == ("Mismatch", -12, True)
        assert all(re.search(word, message.lower()) for word in words), message


def lose_one(group, world, **arguments):
    """Kills the last of so many members while the others wait for it; all ranks, and what the survivors found."""
    members = group.start(world, "failures:loses_a_member", **arguments)
    ranks = [member.event("rank") for member in members]
    *survivors, lost = members
    lost.tell("stay away")
    for survivor in survivors:
        survivor.tell("call")
    for survivor in survivors:
        survivor.event("started")
    lost.kill()
    for survivor in survivors:
        survivor.event("ended")
    for survivor in survivors:
        survivor.tell()
    return ranks, [survivor.result() for survivor in survivors]


@pytest.mark.parametrize("world, elements", [(2, 10), (3, 1_000_000)])
def test_a_killed_member_is_left_out(group, world, elements):
    ranks, found = lose_one(group, world, elements=elements, on_loss="retry")
    for participants, same_again, _, first, later in found:
        assert participants == later == world - 1 and same_again
        assert first == sum(ranks[:-1])


@pytest.mark.parametrize("world, elements", [(2, 10), (3, 1_000_000)])
def test_a_killed_member_is_named_and_inputs_are_intact(group, world, elements):
    ranks, found = lose_one(group, world, elements=elements, on_loss="fail")
    for (name, status, message), same_again, put_back, _, later in found:
        assert (name, status) == ("PeerLost", -30)
        assert re.search(rf"\b(member|rank) {ranks[-1]}\b", message), message
        assert "127.0.0.1" in message
        assert put_back and same_again
        assert later == world - 1


@pytest.mark.parametrize("ending, error", [("deadline", "DeadlineExceeded"), ("abort", "Aborted"), ("leave", "Left")])
def test_a_wait_ends(group, ending, error):
    first, other = group.start(2, "failures:waits_alone", ending=ending)
    found, intact, later, info, all_reduce, shown = first.result()
    other.tell()
    other.result()
    assert found[0] == error and intact
    assert later is None or later[0] == error
    destroyed = ["InvalidHandle", -11, "the communicator has been destroyed"]
    assert [info, all_reduce, shown] == [destroyed, destroyed, "<collectives.Communicator destroyed>"]
    if ending == "deadline":
        assert re.search(r"\b(member|rank) [01]\b", found[2]), found


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_is_refused(group):
    for names, status, parent_goes_on in group.run(2, "failures:forks"):
        assert names.split(",") == ["Forked"] * 6
        assert status == 0 and parent_goes_on


def test_a_wrong_token_is_refused():
    with collectives.Coordinator(token="right") as coordinator:
        with pytest.raises(collectives.Refused, match="token"):
            collectives.Communicator(coordinator.address, token="wrong", deadline=20)
        with collectives.Communicator(coordinator.address, token="right", deadline=20) as comm:
            assert comm.info()[:3] == (0, 1, 1)


def test_nobody_there():
    with pytest.raises(collectives.DeadlineExceeded, match="2") as caught:
        with collectives.Coordinator() as coordinator:
            collectives.Communicator(coordinator.address, min_members=2, deadline=0.3)
    assert isinstance(caught.value, TimeoutError)
    address = coordinator_address_that_nobody_has()
    with pytest.raises(collectives.CoordinatorUnreachable, match=re.escape(address)):
        collectives.Communicator(address, deadline=0.5)


def coordinator_address_that_nobody_has():
    """An address whose coordinator has stopped."""
    with collectives.Coordinator() as coordinator:
        return coordinator.address


def test_coordinators():
    with collectives.Coordinator("127.0.0.1:0") as coordinator:
        assert coordinator.port > 0 and coordinator.address == f"127.0.0.1:{coordinator.port}"
        with pytest.raises(collectives.SystemRefused, match=str(coordinator.port)):
            collectives.Coordinator(coordinator.address)
    coordinator.stop()
    with pytest.raises(collectives.InvalidHandle):
        coordinator.port
    with pytest.raises(collectives.InvalidArgument, match="listen"):
        collectives.Coordinator("nowhere")


def test_one_process_may_be_a_world():
    with collectives.Coordinator() as coordinator, collectives.Communicator(coordinator.address) as comm:
        values = bytearray([1, 2, 3])
        result = comm.all_reduce(values)
        assert (list(values), result.participants, result.retries) == ([1, 2, 3], 1, 0)
        found = comm.info()
        assert (found.rank, found.world, found.pending, len(found.member)) == (0, 1, 0, 16)
        assert (comm.rank, comm.world) == (0, 1)
        assert comm.stats().operations == 1
        assert comm.update().world == 1
        assert "rank 0 of 1" in repr(comm)
