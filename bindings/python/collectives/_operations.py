"""How every collective is run: started in C, waited for in slices; or started and handed out as a `Work`."""

from ctypes import CDLL, byref
from typing import Any, Callable, NamedTuple, Optional, Tuple

from . import _abi, _calls
from ._arguments import integer
from ._library import failure
from ._unfinished import Unfinished
from .errors import InvalidHandle
from .results import EpochInfo, Result, read_epoch_info, read_result
from .work import Work


class Call(NamedTuple):
    """A collective that is ready to start."""

    start: Callable[..., int]
    """the C function coll_*_start"""
    arguments: Tuple[Any, ...]
    """its own arguments: those between comm and options"""
    kept: Any
    """what keeps the buffers alive"""


class Operations:
    """What the methods of `Communicator` that are collectives stand on."""

    _native: CDLL
    _handle: Optional[int]
    _unfinished: Unfinished

    def info(self) -> EpochInfo:
        """Rank, epoch, world, slots and pending members as this member knows them; no message is exchanged."""
        epoch = _abi.sized(_abi.EpochInfo)
        self._check(self._native.coll_comm_info(self._live(), byref(epoch)))
        return read_epoch_info(epoch)

    def _run(self, prepare: Callable[..., Call], arguments: Tuple[Any, ...], options: Any) -> Result:
        """Runs the collective that `prepare` makes of the arguments to its end."""
        native, slots = self._native, _calls.take()
        try:
            # The buffers stay referenced by `call` until the work has ended.
            call = prepare(*arguments)
            self._check(call.start(self._handle, *call.arguments, options, slots.work_pointer))
            status = _calls.wait(native, slots.work, slots.result_pointer)
            if status != _abi.OK:
                raise self._failure(status)
            native.coll_work_destroy(slots.work)
            slots.work.value = None
        except BaseException:
            _calls.give_up(native, self._handle, slots)
            raise
        result = read_result(slots.result)
        _calls.FREE.append(slots)
        return result

    def _begin(self, prepare: Callable[..., Call], arguments: Tuple[Any, ...], options: Any) -> Work:
        """Starts the collective that `prepare` makes of the arguments."""
        if self._handle is not None and self._unfinished:
            self._unfinished.free_ended()
        native, slots = self._native, _calls.take()
        try:
            call = prepare(*arguments)
            self._check(call.start(self._handle, *call.arguments, options, slots.work_pointer))
            work = Work(native, slots.work.value or 0, self._unfinished, self, call.kept)
            slots.work.value = None
        except BaseException:
            _calls.give_up(native, self._handle, slots)
            raise
        _calls.FREE.append(slots)
        return work

    def _root(self, root: int) -> Tuple[int, bool]:
        """The root's slot, and whether it is this member's."""
        epoch = self.info()
        slot = integer("root", root, 0, epoch.slots - 1)
        return slot, slot == epoch.slot

    def _live(self) -> int:
        if self._handle is None:
            raise InvalidHandle("the communicator has been destroyed")
        return self._handle

    def _check(self, status: int) -> None:
        if status != _abi.OK:
            raise self._failure(status)

    def _failure(self, status: int) -> Exception:
        if self._handle is None:
            return InvalidHandle("the communicator has been destroyed")
        return failure(status)
