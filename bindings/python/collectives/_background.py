"""Runs a C call that blocks for long and has no work handle, so that Ctrl-C is still heard."""

import threading
from typing import Any, Callable, List, Optional

from ._calls import SLICE_MS
from ._library import failure


class BackgroundCall:
    """One C call on a thread of its own. The thread is a daemon: a call that nobody waits for any more
    does not hold up the interpreter's exit."""

    def __init__(
        self, name: str, call: Callable[..., int], *arguments: Any, abandoned: Optional[Callable[[], None]] = None
    ) -> None:
        """`call` returns a coll_status; `abandoned` runs after it if nobody waits for it any more."""
        self._call = call
        self._arguments = arguments
        self._abandoned = abandoned
        self._ended = threading.Event()
        self._settling = threading.Lock()
        self._given_up = False
        self._error: List[BaseException] = []
        self._thread = threading.Thread(target=self._run, name=f"collectives-{name}", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Waits for the end and raises what the call failed with. A signal handler may raise out of it."""
        # In slices: a signal that comes just before the thread blocks does not wake it.
        while not self._ended.wait(SLICE_MS / 1000):
            pass
        if self._error:
            raise self._error[0]

    def ended(self) -> bool:
        """Whether the call has ended, well or not."""
        return self._ended.is_set()

    def give_up(self) -> None:
        """Nobody waits any more: `abandoned` runs as soon as the call has ended, maybe at once."""
        with self._settling:
            self._given_up = True
            ended = self._ended.is_set()
        if ended and not self._error and self._abandoned is not None:
            self._abandoned()

    def _run(self) -> None:
        try:
            status = self._call(*self._arguments)
            if status:
                self._error.append(failure(status))  # here: the message belongs to this thread
        except BaseException as error:  # handed to the waiting thread, which raises it
            self._error.append(error)
        with self._settling:
            self._ended.set()
            given_up = self._given_up
        if given_up and not self._error and self._abandoned is not None:
            self._abandoned()
