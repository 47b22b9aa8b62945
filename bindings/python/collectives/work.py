"""The handle of a collective that runs in the background."""

import asyncio
import math
import os
import time
from ctypes import CDLL
from typing import Any, Generator, Optional, Type
from types import TracebackType

from . import _abi, _calls
from ._library import failure
from ._unfinished import Unfinished
from .errors import CollectivesError, InvalidArgument, InvalidHandle, SystemRefused, Timeout, error_of
from .results import Result, read_result


class Work:
    """A collective in the background, made by the methods of `Communicator` whose names end in _start.

    It keeps the buffers alive until the operation has ended; until then they are the library's, neither to
    be read nor written. Wait with `wait`, ask with `test`, `await` it in a coroutine, or hand `fileno()` to
    select, poll or an event loop. A work that is dropped while it runs goes on to its end, its buffers kept
    alive. Ctrl-C during a wait raises KeyboardInterrupt and leaves the work running.

    Threads: every method may be called from any thread, several at once too, except `destroy`.
    """

    def __init__(self, native: CDLL, handle: int, unfinished: Unfinished, communicator: Any, buffers: Any) -> None:
        self._native = native
        self._handle: Optional[int] = handle
        self._unfinished = unfinished
        self._communicator = communicator  # alive until the work has ended
        self._buffers = buffers
        self._process = os.getpid()
        self._result: Optional[Result] = None
        self._error: Optional[CollectivesError] = None

    def wait(self, timeout: Optional[float] = None) -> Result:
        """Waits for the end and returns the `Result`; raises the operation's error if it failed.

        timeout  seconds; None waits until the work ends, which its own deadline bounds.
        Raises `Timeout` if the work has not ended by then; it goes on, and may be waited for again.
        """
        if timeout is not None and not (timeout >= 0 and math.isfinite(timeout)):
            raise InvalidArgument(f"timeout: expected seconds, 0 or more, or None, found {timeout!r}")
        if not self._ended():
            slots = _calls.take()
            started = time.monotonic()
            self._settle(_calls.wait(self._native, self._live(), slots.result_pointer, timeout), slots)
            if not self._ended():
                raise Timeout(f"the work has not ended within {time.monotonic() - started:.3f} s; it goes on")
        return self._outcome()

    def test(self) -> Optional[Result]:
        """The `Result` if the work has ended, None if it has not; raises its error. Never blocks."""
        if not self._ended():
            slots = _calls.take()
            self._settle(self._native.coll_work_test(self._live(), slots.result_pointer), slots)
        return self._outcome() if self._ended() else None

    def fileno(self) -> int:
        """A file descriptor that is readable from the work's end on, for select, poll and event loops.

        It belongs to the work: do not read or close it, and keep the work while it is registered anywhere.
        """
        descriptor: int = self._native.coll_work_fd(self._live())
        if descriptor < 0:
            raise SystemRefused("no event descriptor for the work: the process has no file descriptors left")
        return descriptor

    def destroy(self) -> None:
        """Frees the handle, after waiting for the work's end. Happens by itself when the work is dropped."""
        if self._handle is None:
            return
        if not self._ended():
            slots = _calls.take()
            self._settle(_calls.wait(self._native, self._handle, slots.result_pointer), slots)
        handle, self._handle = self._handle, None
        self._native.coll_work_destroy(handle)

    def __await__(self) -> Generator[Any, None, Result]:
        """Suspends the coroutine until the end; the event loop runs on. Cancelling leaves the work running."""
        return self._when_ended().__await__()

    async def _when_ended(self) -> Result:
        if self.test() is None:
            loop = asyncio.get_running_loop()
            ended: "asyncio.Future[None]" = loop.create_future()
            # A descriptor of its own for each awaiter: an event loop knows one callback for each.
            descriptor = os.dup(self.fileno())
            try:
                loop.add_reader(descriptor, _set, ended)
                try:
                    await ended
                finally:
                    loop.remove_reader(descriptor)
            finally:
                os.close(descriptor)
        return self.wait()

    def __enter__(self) -> "Work":
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.destroy()

    def __del__(self) -> None:
        handle = getattr(self, "_handle", None)
        if handle is None or self._process != os.getpid():  # a forked child: the handle is the parent's
            return
        self._handle = None
        if self._ended() or self._native.coll_work_test(handle, None) != _abi.PENDING:
            self._native.coll_work_destroy(handle)
        else:
            self._unfinished.keep(handle, self._buffers)

    def __repr__(self) -> str:
        if self._error is not None:
            return f"<collectives.Work failed: {self._error.status_name}>"
        return f"<collectives.Work {'running or not yet asked' if self._result is None else 'ended'}>"

    def _live(self) -> int:
        if self._handle is None:
            raise InvalidHandle("the work has been destroyed")
        return self._handle

    def _ended(self) -> bool:
        return self._result is not None or self._error is not None

    def _settle(self, status: int, slots: _calls.Slots) -> None:
        """Takes note of what a wait or test returned; at the end the buffers are let go."""
        if status == _abi.OK:
            self._result = read_result(slots.result)
        elif status < 0:
            self._error = failure(status)
        _calls.FREE.append(slots)
        if status <= 0:
            self._buffers = None
            self._communicator = None

    def _outcome(self) -> Result:
        if self._error is not None:
            # A fresh exception each time: raising adds a traceback to the object.
            raise error_of(self._error.status, self._error.message)
        assert self._result is not None
        return self._result


def _set(ended: "asyncio.Future[None]") -> None:
    if not ended.done():
        ended.set_result(None)
