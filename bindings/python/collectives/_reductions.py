"""The collectives that combine the members' elements: all_reduce, reduce_scatter, reduce."""

from typing import Any, Iterable, Optional

from . import _parts
from ._arguments import OPS, choice, options, shared_options
from ._buffers import describe, dtype_number, pair
from ._operations import Call, Operations
from .results import Result
from .work import Work


class Reductions(Operations):
    """The reducing methods of `Communicator`.

    Those other than all_reduce take its options as **options: tag, algorithm, weight, recover, on_loss, on_late (without
    "proceed"), min_participants, deadline, priority. They raise what it raises, and Ctrl-C does the same.
    """

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
        priority: int = 0,
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
        algorithm  "auto", "ring", "exchange" or "star" (both up to 256 KiB), "two_way_ring", "tree", "halving",
                   "direct" or "hierarchical"; the same on all members
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
        priority   -100..100: of operations in flight, what those with more have to send goes first; 0
        dtype      "f32", "bf16" ...: reads the memory as this type, for bytes or elements of the same size

        Autograd does not see the write. Raises `InvalidArgument`, `Mismatch` (on all sides, both calls in
        the message), `PeerLost`, `DeadlineExceeded`, `Aborted`, `Left`, `Evicted`; after any of them tensor
        is as it was, and out is unspecified.

        Ctrl-C: the only way to get the buffers back from a running operation is to abort, so
        KeyboardInterrupt comes with the communicator aborted, tensor put back, and the others see a lost
        member. Use `all_reduce_start` to wait with a Ctrl-C that leaves the operation running.
        """
        chosen = _all_reduce_options(
            tensor,
            tag,
            algorithm,
            weight,
            recover,
            on_loss,
            on_late,
            min_participants,
            contribution,
            deadline,
            priority,
            dtype,
        )
        return self._run(self._all_reduce, (tensor, op, out, dtype, contribution), chosen)

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
        priority: int = 0,
        dtype: Optional[str] = None,
    ) -> Work:
        """`all_reduce` in the background: returns a `Work` at once. Arguments and errors as there.

        The buffers are the library's until the work has ended: neither read nor write them. The work keeps
        them alive. Many may be in flight; they share the lanes.
        """
        chosen = _all_reduce_options(
            tensor,
            tag,
            algorithm,
            weight,
            recover,
            on_loss,
            on_late,
            min_participants,
            contribution,
            deadline,
            priority,
            dtype,
        )
        return self._begin(self._all_reduce, (tensor, op, out, dtype, contribution), chosen)

    def _all_reduce(self, tensor: Any, op: str, out: Any, dtype: Optional[str], contribution: Any) -> Call:
        source, target = pair(tensor, out, None if dtype is None else dtype_number(dtype))
        return Call(
            self._native.coll_all_reduce_start,
            (source.address, target.address, source.elements, source.dtype, OPS.get(op) or choice("op", op, OPS)),
            (source, target, contribution),
        )

    def reduce_scatter(
        self, tensor: Any, op: str = "sum", out: Any = None, *, dtype: Optional[str] = None, **options: Any
    ) -> Result:
        """Combines the members' buffers element by element; each member gets its part of the result.

        tensor   a buffer as of `all_reduce`, with a part for each slot: slots * count elements, any shape
        op       as of `all_reduce`
        out      count elements: this member's part of the result. None: it replaces this member's part of tensor,
                 the elements from slot * count on; the other parts of tensor are unspecified then.
        options  of `all_reduce`; algorithm is "auto", "ring", "halving" or "direct"

        After a loss the parts are combined over those that are left. Raises what `all_reduce` raises; after an error
        tensor is as it was.
        """
        return self._run(self._reduce_scatter, (tensor, op, out, dtype), shared_options(**options))

    def reduce_scatter_start(
        self, tensor: Any, op: str = "sum", out: Any = None, *, dtype: Optional[str] = None, **options: Any
    ) -> Work:
        """`reduce_scatter` in the background, as `all_reduce_start` is."""
        return self._begin(self._reduce_scatter, (tensor, op, out, dtype), shared_options(**options))

    def _reduce_scatter(self, tensor: Any, op: str, out: Any, dtype: Optional[str]) -> Call:
        number, epoch = dtype_number(dtype), self.info()
        source = describe("tensor", tensor, number)
        if out is None:
            _parts.writable("tensor", source)
            layout = _parts.even("tensor", source, epoch.slots, epoch.slot)
            target, address, count = source, _parts.own_part(source, layout), layout.own
        else:
            target = _parts.target(out, source, number)
            address, count = target.address, target.elements
            _parts.expect("tensor", source, epoch.slots * count, f"{epoch.slots} parts like out")
        return Call(
            self._native.coll_reduce_scatter_start,
            (source.address, address, count, source.dtype, choice("op", op, OPS)),
            (source, target),
        )

    def reduce_scatter_v(
        self,
        tensor: Any,
        counts: Iterable[int],
        op: str = "sum",
        out: Any = None,
        *,
        dtype: Optional[str] = None,
        **options: Any,
    ) -> Result:
        """`reduce_scatter` with parts of different lengths: slot s gets counts[s] elements, which begin in tensor after
        those of the slots before it. counts is the same on all members; out has counts[slot] elements."""
        return self._run(self._reduce_scatter_v, (tensor, counts, op, out, dtype), shared_options(**options))

    def reduce_scatter_v_start(
        self,
        tensor: Any,
        counts: Iterable[int],
        op: str = "sum",
        out: Any = None,
        *,
        dtype: Optional[str] = None,
        **options: Any,
    ) -> Work:
        """`reduce_scatter_v` in the background, as `all_reduce_start` is."""
        return self._begin(self._reduce_scatter_v, (tensor, counts, op, out, dtype), shared_options(**options))

    def _reduce_scatter_v(self, tensor: Any, counts: Iterable[int], op: str, out: Any, dtype: Optional[str]) -> Call:
        number, epoch = dtype_number(dtype), self.info()
        source = describe("tensor", tensor, number)
        layout, native_counts = _parts.of_counts("counts", counts, epoch.slots, epoch.slot)
        _parts.expect("tensor", source, layout.total, "the sum of counts")
        if out is None:
            _parts.writable("tensor", source)
            target, address = source, _parts.own_part(source, layout)
        else:
            target = _parts.target(out, source, number)
            address = target.address
            _parts.expect("out", target, layout.own, "this member's of counts")
        return Call(
            self._native.coll_reduce_scatter_v_start,
            (source.address, address, native_counts, source.dtype, choice("op", op, OPS)),
            (source, target),
        )

    def reduce(
        self,
        tensor: Any,
        op: str = "sum",
        root: int = 0,
        out: Any = None,
        *,
        dtype: Optional[str] = None,
        **options: Any,
    ) -> Result:
        """Combines the members' buffers element by element; the root gets the result.

        tensor   a buffer as of `all_reduce`
        op       as of `all_reduce`
        root     the slot of the member that gets the result; the same on all members
        out      where the root's result goes: same shape and type as tensor. None: it replaces the root's tensor. Not
                 used on the others, whose tensor is only read.
        options  of `all_reduce`; algorithm is "auto", "ring", "tree", "halving" or "direct"

        The loss of the root is a `PeerLost` on all that are left; without another member it goes on. Raises what
        `all_reduce` raises; after an error tensor is as it was.
        """
        return self._run(self._reduce, (tensor, op, root, out, dtype), shared_options(**options))

    def reduce_start(
        self,
        tensor: Any,
        op: str = "sum",
        root: int = 0,
        out: Any = None,
        *,
        dtype: Optional[str] = None,
        **options: Any,
    ) -> Work:
        """`reduce` in the background, as `all_reduce_start` is."""
        return self._begin(self._reduce, (tensor, op, root, out, dtype), shared_options(**options))

    def _reduce(self, tensor: Any, op: str, root: int, out: Any, dtype: Optional[str]) -> Call:
        number, (root, is_root) = dtype_number(dtype), self._root(root)
        if is_root:
            source, target = pair(tensor, out, number)
            address = target.address
        else:
            source = target = describe("tensor", tensor, number)
            address = 0
        return Call(
            self._native.coll_reduce_start,
            (source.address, address, source.elements, source.dtype, choice("op", op, OPS), root),
            (source, target),
        )


def _all_reduce_options(
    tensor: Any,
    tag: int,
    algorithm: str,
    weight: Optional[float],
    recover: str,
    on_loss: str,
    on_late: str,
    min_participants: int,
    contribution: Any,
    deadline: Optional[float],
    priority: int,
    dtype: Optional[str],
) -> Any:
    """A pointer to coll_options; the contribution has to fit the tensor."""
    aside = None if contribution is None else pair(tensor, contribution, dtype_number(dtype))[1].address
    return options(
        tag,
        algorithm,
        None if weight is None else float(weight),
        recover,
        on_loss,
        on_late,
        min_participants,
        aside,
        deadline,
        priority,
    )
