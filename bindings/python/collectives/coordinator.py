"""The coordinator, embedded in this process."""

import os
import weakref
from ctypes import CDLL, byref, c_void_p
from types import TracebackType
from typing import Optional, Type

from . import _abi
from ._configs import coordinator_config
from ._library import failure, library
from .errors import InvalidHandle


class Coordinator:
    """The small server that holds the roster, on threads of its own in this process.

    The same as `collectives coordinator` on the command line. Use it as a context manager, or call `stop`;
    dropping it or leaving the interpreter does the same. No collective talks to it.
    """

    def __init__(
        self,
        listen: Optional[str] = None,
        *,
        token: Optional[str] = None,
        heartbeat: Optional[float] = None,
        metrics: Optional[str] = None,
    ) -> None:
        """Starts listening, and returns at once.

        listen     "HOST:PORT", "[IPV6]:PORT", or ":PORT" for all addresses; port 0 takes a free one;
                   "127.0.0.1:0"
        token      the secret that members must know; none
        heartbeat  seconds without a sign after which a member is declared lost, 0.1..3600; 3.0
        metrics    where to answer GET /metrics in Prometheus' text format, in the form of listen; nowhere

        Raises `InvalidArgument` (address not understood) and `SystemRefused` (cannot listen there).
        """
        self._handle: Optional[int] = None
        config = coordinator_config(listen=listen, token=token, heartbeat=heartbeat, metrics=metrics)
        self._host = (listen or "127.0.0.1:0").rpartition(":")[0] or "127.0.0.1"
        self._native = library()
        slot = c_void_p()
        status = self._native.coll_coordinator_start(byref(config), byref(slot))
        if status != _abi.OK:
            raise failure(status)
        assert slot.value is not None
        self._handle = slot.value
        self._finalizer = weakref.finalize(self, _stop, self._native, self._handle, os.getpid())

    @property
    def port(self) -> int:
        """The TCP port that it listens on."""
        if self._handle is None:
            raise InvalidHandle("the coordinator has been stopped")
        port: int = self._native.coll_coordinator_port(self._handle)
        return port

    @property
    def metrics_port(self) -> int:
        """The TCP port of GET /metrics; 0 without one."""
        if self._handle is None:
            raise InvalidHandle("the coordinator has been stopped")
        port: int = self._native.coll_coordinator_metrics_port(self._handle)
        return port

    @property
    def address(self) -> str:
        """What a `Communicator` of this machine connects to: the host of `listen` and the port in use."""
        return f"{self._host}:{self.port}"

    def stop(self) -> None:
        """Stops it and joins its threads. Members keep their epoch and their running collectives. Again is
        fine."""
        self._handle = None
        self._finalizer()

    def __enter__(self) -> "Coordinator":
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<collectives.Coordinator {'stopped' if self._handle is None else self.address}>"


def _stop(native: CDLL, handle: int, process: int) -> None:
    """What ends a coordinator: stop(), garbage collection, or the interpreter's exit."""
    if process == os.getpid():  # in a forked child the coordinator is the parent's
        native.coll_coordinator_stop(handle)
