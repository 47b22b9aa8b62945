"""The C side of one running call: the slots that C writes, how its end is awaited, how it is given up.

Slots are kept in a list and taken with pop: list.pop and list.append are atomic, so a thread, or a signal
handler that runs Python code in the middle of a call, always holds slots of its own.
"""

import time
from ctypes import CDLL, byref, c_void_p, sizeof
from typing import Any, List, Optional

from . import _abi

SLICE_MS = 100
"""Longest uninterruptible wait: Python runs signal handlers only between two C calls."""


class Slots:
    """A work handle and a coll_result for C to write, with the pointers to them made once."""

    __slots__ = ("work", "work_pointer", "result", "result_pointer")

    def __init__(self) -> None:
        self.work = c_void_p()
        self.work_pointer = byref(self.work)
        self.result = _abi.Result(sizeof(_abi.Result))
        self.result_pointer = byref(self.result)


FREE: List[Slots] = []


def take() -> Slots:
    """Free slots, their work NULL."""
    try:
        return FREE.pop()
    except IndexError:
        return Slots()


def wait(native: CDLL, work: Any, result_pointer: Any, timeout: Optional[float] = None) -> int:
    """Waits for the work's end, or `timeout` seconds, in slices; the status, COLL_TIMEOUT included."""
    wait_slice = native.coll_work_wait
    if timeout is None:
        status: int = wait_slice(work, SLICE_MS, result_pointer)
        while status == _abi.TIMEOUT:
            status = wait_slice(work, SLICE_MS, result_pointer)
        return status
    end = time.monotonic() + timeout
    left_ms = max(0, int(timeout * 1000 + 0.999))
    status = wait_slice(work, min(left_ms, SLICE_MS), result_pointer)
    while status == _abi.TIMEOUT and time.monotonic() < end:
        left_ms = max(1, int((end - time.monotonic()) * 1000 + 0.999))
        status = wait_slice(work, min(left_ms, SLICE_MS), result_pointer)
    return status


def give_up(native: CDLL, comm: Any, slots: Slots) -> None:
    """Ends a call that an exception (Ctrl-C) cuts short, so that its buffers are the caller's again.

    A work that has not ended by itself can only be ended through its communicator: it is aborted.
    """
    if slots.work:
        if native.coll_work_test(slots.work, None) == _abi.PENDING:
            native.coll_comm_abort(comm)
            native.coll_work_wait(slots.work, -1, None)
        native.coll_work_destroy(slots.work)
        slots.work.value = None
