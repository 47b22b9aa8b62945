"""What Python arguments become in C, and what is refused before C sees it."""

import math

import pytest

import collectives
from collectives import InvalidArgument, _abi, _arguments, _configs

NONE = dict.fromkeys(
    "coordinator min_members group lanes advertise interface_name port_range token congestion_control heartbeat spin deadline"
    " scratch_limit_bytes keepalive user_timeout dump_dir recorded_events keep_order".split()
)


def config(**given):
    return _configs.communicator_config(**{**NONE, **given})


def test_nothing_given_is_all_defaults():
    found = config()
    assert found.size == 112
    assert [getattr(found, name) or None for name, _ in found._fields_[1:]] == [None] * (len(found._fields_) - 1)


def test_times_are_seconds():
    found = config(heartbeat=0.25, spin=0.00005, deadline=1.5, keepalive=14.2, user_timeout=2)
    assert (found.heartbeat_ms, found.spin_us, found.deadline_ms) == (250, 50, 1500)
    assert (found.keepalive_s, found.user_timeout_ms) == (15, 2000)
    assert config(spin=0).spin_us == -1
    assert [config(recorded_events=given).recorded_events for given in (0, 1, 2**20)] == [-1, 1, 2**20]
    assert config(deadline=1e-9).deadline_ms == 1  # never the 0 that would be the default


def test_other_fields():
    found = config(coordinator="host:1", min_members=3, group=2**32 - 1, lanes=4, token="päss", scratch_limit_bytes=2**40)
    assert (found.coordinator, found.min_members, found.group, found.lanes) == (b"host:1", 3, 2**32 - 1, 4)
    assert (found.token, found.scratch_limit_bytes) == ("päss".encode(), 2**40)


@pytest.mark.parametrize(
    "field, value",
    [
        ("min_members", -1),
        ("min_members", 2**32),
        ("min_members", 1.0),
        ("lanes", True),
        ("group", "1"),
        ("heartbeat", 0),
        ("heartbeat", math.nan),
        ("heartbeat", "soon"),
        ("deadline", -1.0),
        ("deadline", math.inf),
        ("spin", -0.1),
        ("scratch_limit_bytes", 0),
        ("coordinator", b"host:1"),
        ("token", "a\0b"),
    ],
)
def test_fields_out_of_range_are_named(field, value):
    with pytest.raises(InvalidArgument) as caught:
        config(**{field: value})
    assert caught.value.message.startswith(f"{field}: expected ") and repr(value) in caught.value.message


def test_options():
    found = _arguments.options(7, "ring", 2.5, "none", "fail", "proceed", 3, 4096, 0.5, -7)._obj
    assert (found.size, found.tag, found.algorithm, found.recover) == (56, 7, _abi.ALGORITHM_RING, _abi.RECOVER_NONE)
    assert (found.weight, found.deadline_ms) == (2.5, 500)
    assert (found.on_loss, found.on_late, found.min_participants, found.contribution) == (1, 2, 3, 4096)
    assert found.priority == -7


@pytest.mark.parametrize(
    "given, words",
    [
        ({"op": "median"}, "op: expected one of 'sum', 'avg', 'prod', 'min', 'max', found 'median'"),
        ({"op": 1}, "op: expected one of .* found 1"),
        ({"algorithm": "bush"}, "algorithm: expected one of 'auto', 'ring', 'exchange', 'star', .* found 'bush'"),
        ({"recover": None}, "recover: expected one of 'input', 'none', found None"),
        ({"on_loss": "stop"}, "on_loss: expected one of 'retry', 'fail', found 'stop'"),
        ({"on_late": 1}, "on_late: expected one of 'wait', 'evict', 'proceed', found 1"),
        ({"on_late": "proceed"}, "contribution"),
        ({"min_participants": 0}, "min_participants: expected an int in 1..4096, found 0"),
        ({"contribution": bytes(4)}, "out: expected a writable buffer"),
        ({"tag": -1}, r"tag: expected an int in 0\.\.2147483647, found -1"),
        ({"tag": 2**31}, "tag: expected"),
        ({"weight": 0}, "weight: expected a finite number above 0, found 0"),
        ({"weight": math.inf}, "weight: expected"),
        ({"priority": 101}, r"priority: expected an int in -100\.\.100, found 101"),
        ({"deadline": 0}, "deadline: expected seconds, more than 0"),
        ({"dtype": "float"}, "dtype: expected one of"),
    ],
)
def test_options_out_of_range_are_named(given, words):
    with collectives.Coordinator() as coordinator, collectives.Communicator(coordinator.address) as comm:
        buffer = bytearray(4)
        for call in (comm.all_reduce, comm.all_reduce_start):
            with pytest.raises(InvalidArgument, match=words):
                call(buffer, **given)
        comm.all_reduce(buffer)  # a refused call has changed nothing
        assert comm.stats().operations == 1


@pytest.mark.parametrize("given", [{"lanes": 65}, {"heartbeat": 0.05}, {"coordinator": "no port"}])
def test_what_only_the_library_can_refuse(given):
    with collectives.Coordinator() as coordinator:
        with pytest.raises(InvalidArgument) as caught:
            collectives.Communicator(**{"coordinator": coordinator.address, "deadline": 10, **given})
    assert next(iter(given)) in caught.value.message
