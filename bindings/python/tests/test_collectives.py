"""The collectives with parts and roots: exact values over processes, and what is refused before C sees it."""

import pytest

numpy = pytest.importorskip("numpy")

import collectives  # noqa: E402
from collectives import InvalidArgument  # noqa: E402


@pytest.mark.parametrize("world, type_name", [(1, "f4"), (2, "u1"), (3, "f8"), (4, "i4")])
def test_every_one(group, world, type_name):
    for found in group.run(world, "moving:every_one", type_name=type_name):
        assert found == []


@pytest.mark.parametrize("world", [1, 4])
def test_different_lengths(group, world):
    for found in group.run(world, "moving:different_lengths"):
        assert found == []


def test_in_the_background(group):
    pytest.importorskip("torch")
    for found in group.run(3, "moving:in_the_background"):
        assert found == []


def test_without_one(group):
    members = group.start(4, "moving:without_one")
    slots = [member.event("slot") for member in members]
    victim = members[2]
    for member in members:
        member.tell(str(slots[2]))
    victim.kill()
    for member in members:
        if member is not victim:
            assert member.result() == []


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda comm: comm.broadcast(bytearray(3), 1), r"root: expected an int in 0\.\.0, found 1"),
        (lambda comm: comm.reduce(bytearray(3), "sum", -1), r"root: expected an int in 0\.\.0, found -1"),
        (lambda comm: comm.reduce(bytearray(3), "total"), "op: expected one of"),
        (lambda comm: comm.broadcast(None), "tensor: expected a torch tensor"),
        (lambda comm: comm.gather(bytearray(3), 0, bytearray(4)), "out: expected 3 elements, 1 parts like tensor"),
        (lambda comm: comm.scatter(bytearray(3), 0, bytearray(4)), "tensor: expected 4 elements, 1 parts like out"),
        (lambda comm: comm.all_gather(bytes(3)), "tensor: expected a writable buffer"),
        (lambda comm: comm.all_gather(bytes(3), bytes(3)), "out: expected a writable buffer"),
        (lambda comm: comm.all_gather(numpy.zeros(3), numpy.zeros(3, "f4")), "out: expected f64 elements"),
        (lambda comm: comm.reduce_scatter(numpy.zeros(3), out=numpy.zeros(2)), "tensor: expected 2 elements"),
        (lambda comm: comm.all_gather_v(bytearray(3), [3, 1]), "counts: expected 1 ints, one for each slot, found 2"),
        (lambda comm: comm.all_gather_v(bytearray(3), 3), "counts: expected 1 ints, one for each slot, found 3"),
        (lambda comm: comm.all_gather_v(bytearray(3), [-1]), r"counts\[0\]: expected an int"),
        (lambda comm: comm.all_gather_v(bytearray(3), [2]), "tensor: expected 2 elements, the sum of counts, found 3"),
        (lambda comm: comm.reduce_scatter_v(bytearray(3), [4]), "tensor: expected 4 elements, the sum of counts"),
        (
            lambda comm: comm.all_to_all_v(bytearray(3), [3], bytearray(2), [3]),
            "out: expected 3 elements, the sum of recv_counts, found 2",
        ),
        (lambda comm: comm.send(bytearray(3), 0), "to: .*own"),
        (lambda comm: comm.recv(bytearray(3), 0), "from: .*own"),
        (lambda comm: comm.recv(bytes(3), 0), "tensor: expected a writable buffer"),
        (lambda comm: comm.send(bytearray(3), 7), r"to: expected an int in 0\.\.0, found 7"),
        (lambda comm: comm.send(bytearray(3), 0, tag=65536), "own|tag"),
        (lambda comm: comm.barrier(algorithm="ring"), "algorithm: .*coll_barrier"),
        (lambda comm: comm.all_to_all(bytearray(3), algorithm="tree"), "algorithm: .*coll_all_to_all"),
        (lambda comm: comm.broadcast(bytearray(3), on_late="proceed"), "on_late"),
        (lambda comm: comm.broadcast(bytearray(3), priority=200), "priority: expected"),
    ],
)
def test_what_is_refused(call, words):
    with collectives.Coordinator() as coordinator, collectives.Communicator(coordinator.address) as comm:
        with pytest.raises(InvalidArgument, match=words):
            call(comm)
        comm.all_reduce(bytearray(3))  # nothing has changed
        assert comm.stats().operations == 1


def test_an_unknown_option_is_a_type_error():
    with collectives.Coordinator() as coordinator, collectives.Communicator(coordinator.address) as comm:
        with pytest.raises(TypeError, match="contribution"):
            comm.broadcast(bytearray(3), contribution=bytearray(3))


def test_after_destroy():
    with collectives.Coordinator() as coordinator, collectives.Communicator(coordinator.address) as comm:
        pass
    for call in (comm.barrier, lambda: comm.broadcast(bytearray(1)), lambda: comm.all_gather(bytearray(1)), lambda: comm.slot):
        with pytest.raises(collectives.InvalidHandle):
            call()
