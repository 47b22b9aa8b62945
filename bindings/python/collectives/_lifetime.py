"""The two ends of a communicator."""

import os
from ctypes import CDLL, byref, c_void_p

from . import _abi
from ._background import BackgroundCall
from ._unfinished import Unfinished


def create(native: CDLL, config: _abi.Config) -> int:
    """coll_comm_create on a thread of its own. Whoever stops waiting leaves no communicator behind."""
    slot = c_void_p()

    def destroy_unwanted() -> None:
        native.coll_comm_destroy(slot)

    call = BackgroundCall(
        "create", native.coll_comm_create, byref(config), byref(slot), abandoned=destroy_unwanted
    )
    try:
        call.wait()
    except BaseException:
        call.give_up()
        raise
    assert slot.value is not None
    return slot.value


def destroy(native: CDLL, handle: int, unfinished: Unfinished, process: int) -> None:
    """What ends a communicator: destroy(), garbage collection, or the interpreter's exit."""
    if process != os.getpid():  # a forked child: the communicator is the parent's
        return
    native.coll_comm_destroy(handle)
    unfinished.free_all()
