"""The structs and constants of collectives.h, field by field. tests/test_header.py compares the two."""

from ctypes import (
    Structure,
    c_char_p,
    c_double,
    c_int32,
    c_int64,
    c_uint8,
    c_uint32,
    c_uint64,
    c_void_p,
    sizeof,
)
from typing import Type, TypeVar

AnyStruct = TypeVar("AnyStruct", bound=Structure)

ABI_VERSION = 0x00010001

OK = 0
TIMEOUT = 1
PENDING = 2

I8, U8, I16, U16, I32, U32, I64, U64 = 1, 2, 3, 4, 5, 6, 7, 8
F16, BF16, F32, F64 = 20, 21, 22, 23

SUM, AVG, PROD, MIN, MAX = 1, 2, 3, 4, 5

ALGORITHM_AUTO, ALGORITHM_RING, ALGORITHM_EXCHANGE, ALGORITHM_STAR = 0, 1, 2, 3
ALGORITHM_TWO_WAY_RING, ALGORITHM_TREE, ALGORITHM_HALVING, ALGORITHM_DIRECT, ALGORITHM_HIERARCHICAL = 4, 5, 6, 7, 8
RECOVER_INPUT, RECOVER_NONE = 0, 1
ON_LOSS_RETRY, ON_LOSS_FAIL = 0, 1
ON_LATE_WAIT, ON_LATE_EVICT, ON_LATE_PROCEED = 0, 1, 2

LOG_OFF, LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG = 0, 1, 2, 3, 4


class CoordinatorConfig(Structure):
    """coll_coordinator_config"""

    _fields_ = [
        ("size", c_uint32),
        ("listen", c_char_p),
        ("token", c_char_p),
        ("heartbeat_ms", c_uint32),
        ("metrics", c_char_p),
    ]


class Config(Structure):
    """coll_config"""

    _fields_ = [
        ("size", c_uint32),
        ("min_members", c_uint32),
        ("coordinator", c_char_p),
        ("group", c_uint32),
        ("lanes", c_uint32),
        ("advertise", c_char_p),
        ("interface_name", c_char_p),
        ("token", c_char_p),
        ("congestion_control", c_char_p),
        ("heartbeat_ms", c_uint32),
        ("spin_us", c_int32),
        ("deadline_ms", c_int64),
        ("scratch_limit_bytes", c_uint64),
        ("keepalive_s", c_uint32),
        ("user_timeout_ms", c_uint32),
        ("dump_dir", c_char_p),
        ("recorded_events", c_int32),
        ("keep_order", c_int32),
        ("port_range", c_char_p),
    ]


class EpochInfo(Structure):
    """coll_epoch_info"""

    _fields_ = [
        ("size", c_uint32),
        ("rank", c_uint32),
        ("epoch", c_uint64),
        ("world", c_uint32),
        ("pending", c_uint32),
        ("member", c_uint8 * 16),
        ("slot", c_uint32),
        ("slots", c_uint32),
    ]


class CommStatistics(Structure):
    """coll_comm_statistics"""

    _fields_ = [
        ("size", c_uint32),
        ("lanes", c_uint32),
        ("operations", c_uint64),
        ("failures", c_uint64),
        ("tx_bytes", c_uint64),
        ("rx_bytes", c_uint64),
        ("frames_dropped", c_uint64),
        ("connections_refused", c_uint64),
        ("coordinator_messages", c_uint64),
        ("scratch_bytes", c_uint64),
        ("scratch_peak_bytes", c_uint64),
        ("managed_bytes", c_uint64),
    ]


class Options(Structure):
    """coll_options"""

    _fields_ = [
        ("size", c_uint32),
        ("tag", c_uint32),
        ("algorithm", c_int32),
        ("recover", c_int32),
        ("weight", c_double),
        ("deadline_ms", c_int64),
        ("on_loss", c_int32),
        ("on_late", c_int32),
        ("contribution", c_void_p),
        ("min_participants", c_uint32),
        ("priority", c_int32),
    ]


class Result(Structure):
    """coll_result"""

    _fields_ = [
        ("size", c_uint32),
        ("participants", c_uint32),
        ("epoch", c_uint64),
        ("retries", c_uint32),
        ("pending_members", c_uint32),
        ("tx_bytes", c_uint64),
        ("rx_bytes", c_uint64),
        ("seconds", c_double),
        ("algorithm", c_int32),
        ("late", c_int32),
        ("participant_mask", c_uint64),
        ("better_order", c_uint32),
        ("reserved", c_uint32),
        ("slot_mask", c_uint64),
        ("predicted_seconds", c_double),
    ]


STRUCTS = {
    "coll_coordinator_config": CoordinatorConfig,
    "coll_config": Config,
    "coll_epoch_info": EpochInfo,
    "coll_comm_statistics": CommStatistics,
    "coll_options": Options,
    "coll_result": Result,
}


def sized(struct: Type[AnyStruct]) -> AnyStruct:
    """A zeroed struct with its `size` set: what the header's _INIT macros make."""
    value = struct()
    setattr(value, "size", sizeof(struct))
    return value
