"""This process as a member: joins, takes part, leaves. What it calls together with others stands in _reductions and _movements."""

import json
import os
import weakref
from ctypes import byref, c_size_t, create_string_buffer
from types import TracebackType
from typing import Any, Dict, Optional, Type

from . import _abi, _lifetime
from ._background import BackgroundCall
from ._configs import communicator_config
from ._library import library
from ._movements import Movements
from ._reductions import Reductions
from ._unfinished import Unfinished
from .results import EpochInfo, Statistics, read_epoch_info, read_statistics


class Communicator(Reductions, Movements):
    """A member of a group of processes that call collectives together.

    Use it as a context manager, or call `destroy`; dropping it or leaving the interpreter does the same.

    Threads: every method may be called from any thread at any time. Collectives match by call order, which
    has to be the same on all members, unless they carry tags.

    fork: a forked child must not use its parent's communicator (`Forked`); let it create its own.
    """

    def __init__(
        self,
        coordinator: Optional[str] = None,
        *,
        min_members: Optional[int] = None,
        group: Optional[int] = None,
        lanes: Optional[int] = None,
        advertise: Optional[str] = None,
        interface_name: Optional[str] = None,
        port_range: Optional[str] = None,
        token: Optional[str] = None,
        congestion_control: Optional[str] = None,
        heartbeat: Optional[float] = None,
        spin: Optional[float] = None,
        deadline: Optional[float] = None,
        scratch_limit_bytes: Optional[int] = None,
        keepalive: Optional[float] = None,
        user_timeout: Optional[float] = None,
        dump_dir: Optional[str] = None,
        recorded_events: Optional[int] = None,
        keep_order: Optional[bool] = None,
    ) -> None:
        """Registers with the coordinator and returns once this member is active in an epoch.

        None takes the field from its environment variable (COLLECTIVES_COORDINATOR,
        COLLECTIVES_MIN_MEMBERS, ..., COLLECTIVES_HEARTBEAT_MS: the C field's name in capitals), and its
        default where that is not set.

        coordinator          "HOST:PORT[,HOST:PORT...]", in order of preference; IPv6 in brackets. Required.
        min_members          members needed for the first epoch; 1
        group                members of one group communicate with each other; 0
        lanes                TCP connections between two members, 1..64; as many as carry more than fewer would
        advertise            address that others reach this member at, "HOST" or "HOST:PORT"
        interface_name       network interface whose address is advertised, "eth1"
        port_range           ports that this member may listen at for the others, "30000-30100"; any
        token                secret shared with the coordinator and the other members; none
        congestion_control   of the lanes, "cubic" or "bbr"; chosen by link
        heartbeat            seconds of silence after which a side counts as gone, 0.1..3600; 3.0
        spin                 seconds that a wait looks for arriving bytes before it sleeps, up to 1.0; 0 never
                             looks; the library chooses
        deadline             seconds, of this call, of `update`, and of collectives; 300.0, but collectives may
                             take any time as long as they don't stand still for 60 to 300 s (see collectives.h)
        scratch_limit_bytes  upper bound of scratch memory, at least 4 MiB; 16 MiB and 4 MiB per lane, or 75 MiB where
                             the library chooses the lanes; it takes what is needed
        keepalive            idle seconds before TCP probes a lane, whole ones; 15
        user_timeout         seconds that sent bytes may stay unacknowledged; half of heartbeat
        dump_dir             directory that what `dump` returns is written into when an operation ends in an
                             error, as collectives-<member>-<time>.json; none
        recorded_events      events that the flight recorder keeps, up to 2**20; 0 keeps none; 1024
        keep_order           True: rings go round the members in the order of their ranks; by default in the order in
                             which their links carry the most (3 to 32 members, far links; see collectives.h)

        Raises `InvalidArgument` (the message names the field), `CoordinatorUnreachable`, `Refused` (wrong
        token or version, or a loopback address advertised to others), `Evicted` (no link with another member in either
        direction), `DeadlineExceeded` (the message says how many members were there). Ctrl-C ends
        the wait at once; the registration ends with the deadline, or is destroyed as soon as it completes.
        """
        self._handle = None
        config = communicator_config(
            coordinator=coordinator,
            min_members=min_members,
            group=group,
            lanes=lanes,
            advertise=advertise,
            interface_name=interface_name,
            port_range=port_range,
            token=token,
            congestion_control=congestion_control,
            heartbeat=heartbeat,
            spin=spin,
            deadline=deadline,
            scratch_limit_bytes=scratch_limit_bytes,
            keepalive=keepalive,
            user_timeout=user_timeout,
            dump_dir=dump_dir,
            recorded_events=recorded_events,
            keep_order=keep_order,
        )
        self._native = library()
        self._handle = _lifetime.create(self._native, config)
        self._unfinished = Unfinished(self._native)
        self._finalizer = weakref.finalize(
            self, _lifetime.destroy, self._native, self._handle, self._unfinished, os.getpid()
        )

    def update(self) -> EpochInfo:
        """The admission point: all active members call it, as they would a collective.

        Admits the members that wait, and begins a new epoch if there are any or if a member was lost since the
        last one; ranks may change, and slots are the ranks again. Raises `DeadlineExceeded`, `CoordinatorUnreachable`, `Evicted`, `Aborted`,
        `Left`. Ctrl-C aborts the communicator: the others would wait for this member otherwise.
        """
        native, handle, epoch = self._native, self._live(), _abi.sized(_abi.EpochInfo)
        call = BackgroundCall("update", native.coll_comm_update, handle, byref(epoch))
        try:
            call.wait()
        except BaseException:
            if not call.ended():
                self.abort()
            raise
        return read_epoch_info(epoch)

    def stats(self) -> Statistics:
        """Counters since the communicator was created."""
        counters = _abi.sized(_abi.CommStatistics)
        self._check(self._native.coll_comm_stats(self._live(), byref(counters)))
        return read_statistics(counters)

    def dump(self) -> Dict[str, Any]:
        """What this member has seen, for a look after a failure or into a run that does not go on.

        "events": the flight recorder's last events, oldest first (operations begun, committed and failed;
        links, lanes, epochs, losses, the coordinator); "operations": those in flight, with "waits_for"; and
        "links", "statistics", "member", "epoch", "rank", "world". docs/observing.md has all fields. No message
        is exchanged. Works after an error, `abort` and `leave` too.
        """
        capacity, length = 256 * 1024, c_size_t()
        while True:
            buffer = create_string_buffer(capacity)
            status = self._native.coll_comm_dump(self._live(), buffer, capacity, byref(length))
            if status == _abi.OK:
                document: Dict[str, Any] = json.loads(buffer.raw[: length.value])
                return document
            if length.value < capacity:
                raise self._failure(status)
            capacity, length.value = 2 * length.value, 0

    @property
    def rank(self) -> int:
        """This member's position in the current epoch, 0 <= rank < world."""
        return self.info().rank

    @property
    def world(self) -> int:
        """Members of the current epoch."""
        return self.info().world

    @property
    def slot(self) -> int:
        """This member's rank when the communicator was created or last updated: where its part of a buffer with a
        part for each member is. Losses do not change it."""
        return self.info().slot

    @property
    def slots(self) -> int:
        """The world when the communicator was created or last updated: the parts that such buffers have."""
        return self.info().slots

    def abort(self) -> None:
        """Ends every call and work in progress on this member with `Aborted`, and all later ones too; the
        others see a lost member. From any thread."""
        self._check(self._native.coll_comm_abort(self._live()))

    def leave(self) -> None:
        """Tells the others that this member goes, which saves them the detection. Works that have not ended
        end with `Left`. Only `destroy` is left to call."""
        self._check(self._native.coll_comm_leave(self._live()))

    def destroy(self) -> None:
        """Leaves, ends what still runs with `Aborted`, closes all connections and frees the communicator.
        Again is fine. Works stay usable, to learn how they ended."""
        self._handle = None
        self._finalizer()

    def __enter__(self) -> "Communicator":
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.destroy()

    def __repr__(self) -> str:
        if self._handle is None:
            return "<collectives.Communicator destroyed>"
        try:
            found = self.info()
        except Exception as error:  # a repr that raises hides the error that it is printed for
            return f"<collectives.Communicator: {error}>"
        return f"<collectives.Communicator rank {found.rank} of {found.world}, epoch {found.epoch}>"
