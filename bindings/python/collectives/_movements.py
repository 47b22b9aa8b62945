"""The collectives that move elements as they are: all_gather, broadcast, gather, scatter, all_to_all, send, recv; and barrier."""

from typing import Any, Iterable, Optional

from . import _parts
from ._arguments import integer, shared_options
from ._buffers import describe, dtype_number, pair
from ._operations import Call, Operations
from .results import Result
from .work import Work


class Movements(Operations):
    """The moving methods of `Communicator`.

    Buffers are those that `all_reduce` takes. A buffer with a part for each member has one for each slot, in the order
    of slots (`Communicator.slots`); root, to and source are slots, which are the ranks until a member is lost. All take
    the options tag, algorithm, recover, on_loss, on_late ("wait" or "evict"), min_participants, deadline and priority,
    raise what `all_reduce` raises, and Ctrl-C does the same. What a member sends is as it was after an error; what it
    would have received is unspecified. `Result.slot_mask` says whose parts are there after a loss.
    """

    def all_gather(self, tensor: Any, out: Any = None, *, dtype: Optional[str] = None, **options: Any) -> Result:
        """Gathers the members' buffers on all members.

        tensor   count elements, the same number on all members
        out      slots * count elements; slot s's begin at s * count. None: tensor is that buffer, and this member's
                 input is its own part of it.
        options  of `all_reduce`; algorithm is "auto", "ring", "halving" or "direct"

        The part of a member that was lost before it had sent it is zeros, on all members.
        """
        return self._run(self._all_gather, (tensor, out, dtype), shared_options(**options))

    def all_gather_start(self, tensor: Any, out: Any = None, *, dtype: Optional[str] = None, **options: Any) -> Work:
        """`all_gather` in the background, as `all_reduce_start` is."""
        return self._begin(self._all_gather, (tensor, out, dtype), shared_options(**options))

    def _all_gather(self, tensor: Any, out: Any, dtype: Optional[str]) -> Call:
        number, epoch = dtype_number(dtype), self.info()
        source = describe("tensor", tensor, number)
        if out is None:
            _parts.writable("tensor", source)
            layout = _parts.even("tensor", source, epoch.slots, epoch.slot)
            target, address, count = source, _parts.own_part(source, layout), layout.own
        else:
            target = _parts.target(out, source, number)
            address, count = source.address, source.elements
            _parts.expect("out", target, epoch.slots * count, f"{epoch.slots} parts like tensor")
        return Call(
            self._native.coll_all_gather_start, (address, target.address, count, source.dtype), (source, target)
        )

    def all_gather_v(
        self, tensor: Any, counts: Iterable[int], out: Any = None, *, dtype: Optional[str] = None, **options: Any
    ) -> Result:
        """`all_gather` with parts of different lengths: slot s sends counts[s] elements, which begin in out after those of
        the slots before it. counts is the same on all members; tensor has counts[slot] elements, or is out's buffer."""
        return self._run(self._all_gather_v, (tensor, counts, out, dtype), shared_options(**options))

    def all_gather_v_start(
        self, tensor: Any, counts: Iterable[int], out: Any = None, *, dtype: Optional[str] = None, **options: Any
    ) -> Work:
        """`all_gather_v` in the background, as `all_reduce_start` is."""
        return self._begin(self._all_gather_v, (tensor, counts, out, dtype), shared_options(**options))

    def _all_gather_v(self, tensor: Any, counts: Iterable[int], out: Any, dtype: Optional[str]) -> Call:
        number, epoch = dtype_number(dtype), self.info()
        source = describe("tensor", tensor, number)
        layout, native_counts = _parts.of_counts("counts", counts, epoch.slots, epoch.slot)
        if out is None:
            _parts.writable("tensor", source)
            _parts.expect("tensor", source, layout.total, "the sum of counts")
            target, address = source, _parts.own_part(source, layout)
        else:
            _parts.expect("tensor", source, layout.own, "this member's of counts")
            target = _parts.target(out, source, number)
            address = source.address
            _parts.expect("out", target, layout.total, "the sum of counts")
        return Call(
            self._native.coll_all_gather_v_start,
            (address, target.address, native_counts, source.dtype),
            (source, target),
        )

    def broadcast(
        self, tensor: Any, root: int = 0, out: Any = None, *, dtype: Optional[str] = None, **options: Any
    ) -> Result:
        """Copies the root's buffer to all members.

        tensor   the same number of elements on all members; the root's is read, the others' are replaced
        root     the slot of the member that sends; the same on all members
        out      where the elements go, on the root too, instead of tensor. With it tensor is only used on the root, and
                 may be None elsewhere.
        options  of `all_reduce`; algorithm is "auto", "ring", "tree", "halving" or "direct"

        The loss of the root is a `PeerLost` on all that are left, unless one of them holds all that it sent.
        """
        return self._run(self._broadcast, (tensor, root, out, dtype), shared_options(**options))

    def broadcast_start(
        self, tensor: Any, root: int = 0, out: Any = None, *, dtype: Optional[str] = None, **options: Any
    ) -> Work:
        """`broadcast` in the background, as `all_reduce_start` is."""
        return self._begin(self._broadcast, (tensor, root, out, dtype), shared_options(**options))

    def _broadcast(self, tensor: Any, root: int, out: Any, dtype: Optional[str]) -> Call:
        number, (root, is_root) = dtype_number(dtype), self._root(root)
        if not is_root:
            source = target = _parts.received(tensor, out, number)
        elif out is None:
            source = target = describe("tensor", tensor, number)  # only read
        else:
            source, target = pair(tensor, out, number)
        return Call(
            self._native.coll_broadcast_start,
            (source.address, target.address, target.elements, target.dtype, root),
            (source, target),
        )

    def gather(
        self, tensor: Any, root: int = 0, out: Any = None, *, dtype: Optional[str] = None, **options: Any
    ) -> Result:
        """Gathers the members' buffers on the root.

        tensor   count elements, the same number on all members
        root     the slot of the member that gets them; the same on all members
        out      on the root: slots * count elements; slot s's begin at s * count. None: the root's tensor is that
                 buffer, and the root's input is its own part of it. Not used on the others.
        options  of `all_reduce`; algorithm is "auto"

        The part of a member that was lost before it had sent it is zeros. The loss of the root is a `PeerLost`.
        """
        return self._run(self._gather, (tensor, root, out, dtype), shared_options(**options))

    def gather_start(
        self, tensor: Any, root: int = 0, out: Any = None, *, dtype: Optional[str] = None, **options: Any
    ) -> Work:
        """`gather` in the background, as `all_reduce_start` is."""
        return self._begin(self._gather, (tensor, root, out, dtype), shared_options(**options))

    def _gather(self, tensor: Any, root: int, out: Any, dtype: Optional[str]) -> Call:
        root, is_root = self._root(root)
        if is_root:
            whole = self._all_gather(tensor, out, dtype)
            return Call(self._native.coll_gather_start, (*whole.arguments, root), whole.kept)
        source = describe("tensor", tensor, dtype_number(dtype))
        return Call(self._native.coll_gather_start, (source.address, 0, source.elements, source.dtype, root), source)

    def scatter(
        self, tensor: Any, root: int = 0, out: Any = None, *, dtype: Optional[str] = None, **options: Any
    ) -> Result:
        """Gives each member its part of the root's buffer.

        tensor   on the root: slots * count elements, of which those from s * count on go to slot s. On the others:
                 where this member's part goes, count elements.
        root     the slot of the member that sends; the same on all members
        out      where this member's part goes, on the root too, instead. With it tensor is only used on the root, and
                 may be None elsewhere. None: the root's part stays where it is.
        options  of `all_reduce`; algorithm is "auto"

        The loss of the root is a `PeerLost` on all that are left.
        """
        return self._run(self._scatter, (tensor, root, out, dtype), shared_options(**options))

    def scatter_start(
        self, tensor: Any, root: int = 0, out: Any = None, *, dtype: Optional[str] = None, **options: Any
    ) -> Work:
        """`scatter` in the background, as `all_reduce_start` is."""
        return self._begin(self._scatter, (tensor, root, out, dtype), shared_options(**options))

    def _scatter(self, tensor: Any, root: int, out: Any, dtype: Optional[str]) -> Call:
        number, (root, is_root), start = dtype_number(dtype), self._root(root), self._native.coll_scatter_start
        if not is_root:
            target = _parts.received(tensor, out, number)
            return Call(start, (0, target.address, target.elements, target.dtype, root), target)
        epoch = self.info()
        source = describe("tensor", tensor, number)
        if out is None:
            layout = _parts.even("tensor", source, epoch.slots, epoch.slot)
            return Call(
                start, (source.address, _parts.own_part(source, layout), layout.own, source.dtype, root), source
            )
        target = _parts.target(out, source, number)
        _parts.expect("tensor", source, epoch.slots * target.elements, f"{epoch.slots} parts like out")
        return Call(
            start, (source.address, target.address, target.elements, source.dtype, root), (source, target)
        )

    def all_to_all(self, tensor: Any, out: Any = None, *, dtype: Optional[str] = None, **options: Any) -> Result:
        """Gives each member a part of every member's buffer.

        tensor   slots * count elements, of which those from s * count on go to slot s
        out      as many; those from s * count on come from slot s. None: they replace tensor.
        options  of `all_reduce`; algorithm is "auto"

        The part of a member that was lost before it had sent it is zeros.
        """
        return self._run(self._all_to_all, (tensor, out, dtype), shared_options(**options))

    def all_to_all_start(self, tensor: Any, out: Any = None, *, dtype: Optional[str] = None, **options: Any) -> Work:
        """`all_to_all` in the background, as `all_reduce_start` is."""
        return self._begin(self._all_to_all, (tensor, out, dtype), shared_options(**options))

    def _all_to_all(self, tensor: Any, out: Any, dtype: Optional[str]) -> Call:
        source, target = pair(tensor, out, dtype_number(dtype))
        epoch = self.info()
        layout = _parts.even("tensor", source, epoch.slots, epoch.slot)
        return Call(
            self._native.coll_all_to_all_start,
            (source.address, target.address, layout.own, source.dtype),
            (source, target),
        )

    def all_to_all_v(
        self,
        tensor: Any,
        send_counts: Iterable[int],
        out: Any,
        recv_counts: Iterable[int],
        *,
        dtype: Optional[str] = None,
        **options: Any,
    ) -> Result:
        """`all_to_all` with parts of different lengths.

        tensor       the parts for all slots, one after the other in the order of slots
        send_counts  elements that go to each slot
        out          the parts from all slots, likewise; no part of tensor's memory
        recv_counts  elements that come from each slot: what that member's send_counts say, else it is a `Mismatch`
        """
        return self._run(self._all_to_all_v, (tensor, send_counts, out, recv_counts, dtype), shared_options(**options))

    def all_to_all_v_start(
        self,
        tensor: Any,
        send_counts: Iterable[int],
        out: Any,
        recv_counts: Iterable[int],
        *,
        dtype: Optional[str] = None,
        **options: Any,
    ) -> Work:
        """`all_to_all_v` in the background, as `all_reduce_start` is."""
        return self._begin(
            self._all_to_all_v, (tensor, send_counts, out, recv_counts, dtype), shared_options(**options)
        )

    def _all_to_all_v(
        self, tensor: Any, send_counts: Iterable[int], out: Any, recv_counts: Iterable[int], dtype: Optional[str]
    ) -> Call:
        number, epoch = dtype_number(dtype), self.info()
        source = describe("tensor", tensor, number)
        target = _parts.target(out, source, number)
        sent, native_sent = _parts.of_counts("send_counts", send_counts, epoch.slots, epoch.slot)
        received, native_received = _parts.of_counts("recv_counts", recv_counts, epoch.slots, epoch.slot)
        _parts.expect("tensor", source, sent.total, "the sum of send_counts")
        _parts.expect("out", target, received.total, "the sum of recv_counts")
        return Call(
            self._native.coll_all_to_all_v_start,
            (source.address, native_sent, target.address, native_received, source.dtype),
            (source, target),
        )

    def send(self, tensor: Any, to: int, *, dtype: Optional[str] = None, **options: Any) -> Result:
        """Sends a buffer to one member, which receives it with `recv`; returns when that one has it.

        tensor   as many elements of the same type as the receiver's
        to       the slot of the receiver, another member
        options  of `all_reduce`; tag is 0..65535. A send meets a receive of the same sender, receiver and tag, in the
                 order of these.

        Raises `PeerLost` if the receiver is lost; the loss of others does not matter.
        """
        return self._run(self._send, (tensor, to, dtype), shared_options(**options))

    def send_start(self, tensor: Any, to: int, *, dtype: Optional[str] = None, **options: Any) -> Work:
        """`send` in the background, as `all_reduce_start` is."""
        return self._begin(self._send, (tensor, to, dtype), shared_options(**options))

    def _send(self, tensor: Any, to: int, dtype: Optional[str]) -> Call:
        source = describe("tensor", tensor, dtype_number(dtype))
        other = integer("to", to, 0, self.info().slots - 1)
        return Call(self._native.coll_send_start, (source.address, source.elements, source.dtype, other), source)

    def recv(self, tensor: Any, source: int, *, dtype: Optional[str] = None, **options: Any) -> Result:
        """Receives a buffer from one member, which sends it with `send`.

        tensor   where it goes: as many elements of the same type as the sender's
        source   the slot of the sender, another member
        options  as of `send`

        Raises `PeerLost` if the sender is lost; the loss of others does not matter.
        """
        return self._run(self._recv, (tensor, source, dtype), shared_options(**options))

    def recv_start(self, tensor: Any, source: int, *, dtype: Optional[str] = None, **options: Any) -> Work:
        """`recv` in the background, as `all_reduce_start` is."""
        return self._begin(self._recv, (tensor, source, dtype), shared_options(**options))

    def _recv(self, tensor: Any, source: int, dtype: Optional[str]) -> Call:
        target = describe("tensor", tensor, dtype_number(dtype))
        _parts.writable("tensor", target)
        other = integer("source", source, 0, self.info().slots - 1)
        return Call(self._native.coll_recv_start, (target.address, target.elements, target.dtype, other), target)

    def barrier(self, **options: Any) -> Result:
        """Returns when all members have called it. A lost member is not waited for."""
        return self._run(self._barrier, (), shared_options(**options))

    def barrier_start(self, **options: Any) -> Work:
        """`barrier` in the background, as `all_reduce_start` is."""
        return self._begin(self._barrier, (), shared_options(**options))

    def _barrier(self) -> Call:
        return Call(self._native.coll_barrier_start, (), None)
