"""The functions of collectives.h with their C types: name -> (result, arguments).

Handles and buffers are c_void_p and pass as plain ints; struct pointers are c_void_p too, since a
byref() object made once then passes without a type check on each call.
"""

from ctypes import (
    CDLL,
    c_char_p,
    c_int,
    c_int32,
    c_int64,
    c_size_t,
    c_uint16,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any, Dict, List, Tuple

_STATUS = c_int32
_POINTER = c_void_p
# comm, then the call's own arguments, then options; the last one differs between a collective and its _start.
_COLLECTIVES: Dict[str, List[Any]] = {
    "coll_all_reduce": [_POINTER, _POINTER, c_uint64, c_int32, c_int32],
    "coll_reduce_scatter": [_POINTER, _POINTER, c_uint64, c_int32, c_int32],
    "coll_reduce_scatter_v": [_POINTER, _POINTER, _POINTER, c_int32, c_int32],
    "coll_all_gather": [_POINTER, _POINTER, c_uint64, c_int32],
    "coll_all_gather_v": [_POINTER, _POINTER, _POINTER, c_int32],
    "coll_broadcast": [_POINTER, _POINTER, c_uint64, c_int32, c_uint32],
    "coll_reduce": [_POINTER, _POINTER, c_uint64, c_int32, c_int32, c_uint32],
    "coll_gather": [_POINTER, _POINTER, c_uint64, c_int32, c_uint32],
    "coll_scatter": [_POINTER, _POINTER, c_uint64, c_int32, c_uint32],
    "coll_all_to_all": [_POINTER, _POINTER, c_uint64, c_int32],
    "coll_all_to_all_v": [_POINTER, _POINTER, _POINTER, _POINTER, c_int32],
    "coll_send": [_POINTER, c_uint64, c_int32, c_uint32],
    "coll_recv": [_POINTER, c_uint64, c_int32, c_uint32],
    "coll_barrier": [],
}

SIGNATURES: Dict[str, Tuple[Any, List[Any]]] = {
    "coll_abi_version": (c_uint32, []),
    "coll_version_string": (c_char_p, []),
    "coll_status_name": (c_char_p, [_STATUS]),
    "coll_last_error": (c_size_t, [_POINTER, c_size_t]),
    "coll_set_log": (_STATUS, [_POINTER, _POINTER, c_int32]),
    "coll_coordinator_start": (_STATUS, [_POINTER, _POINTER]),
    "coll_coordinator_port": (c_uint16, [_POINTER]),
    "coll_coordinator_metrics_port": (c_uint16, [_POINTER]),
    "coll_coordinator_stop": (_STATUS, [_POINTER]),
    "coll_comm_create": (_STATUS, [_POINTER, _POINTER]),
    "coll_comm_update": (_STATUS, [_POINTER, _POINTER]),
    "coll_comm_info": (_STATUS, [_POINTER, _POINTER]),
    "coll_comm_stats": (_STATUS, [_POINTER, _POINTER]),
    "coll_comm_dump": (_STATUS, [_POINTER, _POINTER, c_size_t, _POINTER]),
    "coll_comm_abort": (_STATUS, [_POINTER]),
    "coll_comm_leave": (_STATUS, [_POINTER]),
    "coll_comm_destroy": (None, [_POINTER]),
    "coll_work_wait": (_STATUS, [_POINTER, c_int64, _POINTER]),
    "coll_work_test": (_STATUS, [_POINTER, _POINTER]),
    "coll_work_fd": (c_int, [_POINTER]),
    "coll_work_destroy": (None, [_POINTER]),
    **{
        name + form: (_STATUS, [_POINTER, *own, _POINTER, _POINTER])
        for name, own in _COLLECTIVES.items()
        for form in ("", "_start")
    },
}


def declare(library: CDLL) -> None:
    """Sets the C types of every function. AttributeError names one that the library lacks."""
    for name, (result, arguments) in SIGNATURES.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
