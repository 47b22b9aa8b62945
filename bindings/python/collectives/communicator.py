"""This process as a member: joins, reduces, leaves."""

import json
import os
import weakref
from ctypes import byref, c_size_t, create_string_buffer
from types import TracebackType
from typing import Any, Dict, Optional, Tuple, Type

from . import _abi, _calls, _lifetime
from ._arguments import OPS, choice, options
from ._background import BackgroundCall
from ._buffers import Buffer, dtype_number, pair
from ._configs import communicator_config
from ._library import failure, library
from ._unfinished import Unfinished
from .errors import InvalidHandle
from .results import EpochInfo, Result, Statistics, read_epoch_info, read_result, read_statistics
from .work import Work


class Communicator:
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
        self._handle: Optional[int] = None
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

    def all_reduce(
        self,
        tensor: Any,
        op: str = "sum",
        out: Any = None,
        *,
        tag: int = 0,
        algorithm: str = "auto",
        weight: Optional[float] = None,
        recover: str = "input",
        on_loss: str = "retry",
        on_late: str = "wait",
        min_participants: int = 1,
        contribution: Any = None,
        deadline: Optional[float] = None,
        dtype: Optional[str] = None,
    ) -> Result:
        """Combines the members' buffers element by element; all members get the same bits.

        tensor     contiguous torch tensor on the CPU, C-contiguous numpy array, or any buffer, of i8 u8 i16
                   u16 i32 u32 i64 u64 f16 bf16 f32 or f64. Any shape and length, none too; the number of
                   elements and the type are the same on all members.
        op         "sum", "avg", "prod", "min", "max". avg divides by the total weight; integers round toward
                   zero; f16 and bf16 are added in f32; min and max of floats give NaN if any is NaN.
        out        where the result goes: same shape and type as tensor, no overlap. None or tensor itself:
                   the result replaces tensor. tensor is not written otherwise.
        tag        0: matched with the others' calls by order; otherwise by tag, up to 2147483647
        algorithm  "auto", "ring", "exchange" or "star" (both up to 256 KiB); the same on all members
        weight     of this member's elements in sum and avg of floats, finite and above 0; 1.0
        recover    "input" puts tensor back if an operation in place fails; "none" saves that memory
        on_loss    when members are lost on the way: "retry" goes on in the same call, with the result if a
                   survivor holds it, else over the survivors; "fail" raises `PeerLost` on all of them
        on_late    when members have not called it at the deadline: "wait" raises `DeadlineExceeded` on all, "evict"
                   drops those members and goes on, "proceed" ends it without their input; called late, it then
                   gives them the result (`Result.late`), and they keep their input for the next round
        min_participants  with fewer left, "evict" and "proceed" fail as "wait" does
        contribution  with "proceed" in place: a buffer like tensor that a late member's input is copied to
        deadline   seconds until `DeadlineExceeded`; the communicator's
        dtype      "f32", "bf16" ...: reads the memory as this type, for bytes or elements of the same size

        Autograd does not see the write. Raises `InvalidArgument`, `Mismatch` (on all sides, both calls in
        the message), `PeerLost`, `DeadlineExceeded`, `Aborted`, `Left`, `Evicted`; after any of them tensor
        is as it was, and out is unspecified.

        Ctrl-C: the only way to get the buffers back from a running operation is to abort, so
        KeyboardInterrupt comes with the communicator aborted, tensor put back, and the others see a lost
        member. Use `all_reduce_start` to wait with a Ctrl-C that leaves the operation running.
        """
        native, slots = self._native, _calls.take()
        try:
            # The buffers stay referenced by this frame's arguments and `kept` until the work has ended.
            kept = self._start(
                slots,
                tensor,
                op,
                out,
                tag,
                algorithm,
                weight,
                recover,
                on_loss,
                on_late,
                min_participants,
                contribution,
                deadline,
                dtype,
            )
            status = _calls.wait(native, slots.work, slots.result_pointer)
            if status != _abi.OK:
                raise self._failure(status)
            native.coll_work_destroy(slots.work)
            slots.work.value = None
        except BaseException:
            _calls.give_up(native, self._handle, slots)
            raise
        del kept
        result = read_result(slots.result)
        _calls.FREE.append(slots)
        return result

    def all_reduce_start(
        self,
        tensor: Any,
        op: str = "sum",
        out: Any = None,
        *,
        tag: int = 0,
        algorithm: str = "auto",
        weight: Optional[float] = None,
        recover: str = "input",
        on_loss: str = "retry",
        on_late: str = "wait",
        min_participants: int = 1,
        contribution: Any = None,
        deadline: Optional[float] = None,
        dtype: Optional[str] = None,
    ) -> Work:
        """`all_reduce` in the background: returns a `Work` at once. Arguments and errors as there.

        The buffers are the library's until the work has ended: neither read nor write them. The work keeps
        them alive. Many may be in flight; they share the lanes.
        """
        if self._handle is not None and self._unfinished:
            self._unfinished.free_ended()
        native, slots = self._native, _calls.take()
        try:
            kept = self._start(
                slots,
                tensor,
                op,
                out,
                tag,
                algorithm,
                weight,
                recover,
                on_loss,
                on_late,
                min_participants,
                contribution,
                deadline,
                dtype,
            )
            work = Work(native, slots.work.value or 0, self._unfinished, self, kept)
            slots.work.value = None
        except BaseException:
            _calls.give_up(native, self._handle, slots)
            raise
        _calls.FREE.append(slots)
        return work

    def _start(
        self,
        slots: _calls.Slots,
        tensor: Any,
        op: str,
        out: Any,
        tag: int,
        algorithm: str,
        weight: Optional[float],
        recover: str,
        on_loss: str,
        on_late: str,
        min_participants: int,
        contribution: Any,
        deadline: Optional[float],
        dtype: Optional[str],
    ) -> Tuple[Buffer, Buffer, Optional[Buffer]]:
        """Checks the arguments and starts the operation into `slots`; returns what keeps its buffers alive."""
        source, target = pair(tensor, out, None if dtype is None else dtype_number(dtype))
        aside = None if contribution is None else pair(tensor, contribution, None if dtype is None else dtype_number(dtype))[1]
        status = self._native.coll_all_reduce_start(
            self._handle,
            source.address,
            target.address,
            source.elements,
            source.dtype,
            OPS.get(op) or choice("op", op, OPS),
            options(
                tag,
                algorithm,
                None if weight is None else float(weight),
                recover,
                on_loss,
                on_late,
                min_participants,
                None if aside is None else aside.address,
                deadline,
            ),
            slots.work_pointer,
        )
        if status != _abi.OK:
            raise self._failure(status)
        return source, target, aside

    def update(self) -> EpochInfo:
        """The admission point: all active members call it, as they would a collective.

        Admits the members that wait, and begins a new epoch if there are any or if an operation has failed
        for a loss; ranks may change. Raises `DeadlineExceeded`, `CoordinatorUnreachable`, `Evicted`, `Aborted`,
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

    def info(self) -> EpochInfo:
        """Rank, epoch, world and pending members as this member knows them; no message is exchanged."""
        epoch = _abi.sized(_abi.EpochInfo)
        self._check(self._native.coll_comm_info(self._live(), byref(epoch)))
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
