"""The process group: torch.distributed's calls, made into the library's."""

import sys
from functools import wraps
from typing import Any, Callable, List, Optional, Sequence, Set, Tuple

import torch
import torch.distributed as dist
from torch.distributed import distributed_c10d

from .. import Communicator, Work
from ._ops import op_name
from ._options import Options
from ._order import Order
from ._tensors import Finish, Staged, in_order, lengths, like, pack, unpack
from ._works import CollectivesWork

Method = Callable[..., CollectivesWork]


def _call(method: Method) -> Method:
    """Torch's C++ code (DistributedDataParallel's) keeps its half of a work only, before later versions of torch 2: without a
    reference from here, the half that is written in Python would be gone when it waits. It always waits, or takes the future;
    after that it is let go."""

    @wraps(method)
    def call(self: "CollectivesGroup", *arguments: Any, **more: Any) -> CollectivesWork:
        work = method(self, *arguments, **more)
        try:
            caller = sys._getframe(1).f_globals.get("__name__")
        except ValueError:  # a thread of C++
            caller = None
        if caller != distributed_c10d.__name__:
            self._kept.add(work)
        if self._coalesced is not None:
            self._coalesced.append(work)
        return work

    return call


class CollectivesGroup(dist.ProcessGroup):  # type: ignore[misc]
    """A process group whose calls run on a communicator of its own. `Options` says what else it can be told."""

    def __init__(self, rank: int, size: int, comm: Communicator, order: Order, options: Options) -> None:
        super().__init__(rank, size)
        self.comm = comm
        self._order = order
        self._rank = rank
        self._how = {"on_loss": options.on_loss}
        self._kept: Set[CollectivesWork] = set()
        self._coalesced: Optional[List[CollectivesWork]] = None

    # ---- The same buffer on all ---------------------------------------------------------------------

    @_call
    def allreduce(self, tensors: List[torch.Tensor], opts: Any = dist.ReduceOp.SUM) -> CollectivesWork:
        """Each tensor of all ranks combined, on all ranks."""
        return self._reduced(tensors, [op_name(opts, tensor) for tensor in tensors])

    @_call
    def allreduce_coalesced(self, tensors: List[torch.Tensor], opts: Any = dist.ReduceOp.SUM) -> CollectivesWork:
        """The same, several at once."""
        return self._reduced(tensors, [op_name(opts, tensor) for tensor in tensors])

    @_call
    def average(self, tensor: torch.Tensor) -> CollectivesWork:
        """The average over the members that take part."""
        return self._reduced([tensor], ["avg"])

    @_call
    def broadcast(self, tensors: List[torch.Tensor], opts: Any) -> CollectivesWork:
        """The root's tensor, on all ranks."""
        root = self._slot(getattr(opts, "rootRank", opts))
        staged = [Staged(tensor, moved=True) for tensor in tensors]
        works = [self.comm.broadcast_start(one.flat, root, **self._how) for one in staged]
        return self._started(works, list(tensors), in_order([one.finish for one in staged]))

    @_call
    def reduce(self, tensors: List[torch.Tensor], opts: Any) -> CollectivesWork:
        """Each tensor of all ranks combined, on the root."""
        root = self._slot(opts.rootRank)
        staged = [_reducible(tensor) for tensor in tensors]
        works = [
            self.comm.reduce_start(one.flat, op_name(opts, tensor), root, **self._how)
            for one, tensor in zip(staged, tensors)
        ]
        is_root = opts.rootRank == self._rank
        return self._started(works, list(tensors), in_order([one.finish for one in staged]) if is_root else None)

    # ---- A part for each ----------------------------------------------------------------------------

    @_call
    def allgather(
        self, outputs: List[List[torch.Tensor]], inputs: List[torch.Tensor], opts: Any = None
    ) -> CollectivesWork:
        """The tensors of all ranks, on all ranks; they may differ in length."""
        works, finishes = [], []
        for tensors, tensor in zip(outputs, inputs):
            work, finish = self._gathered(tensors, tensor)
            works.append(work)
            finishes.append(finish)
        return self._started(works, list(outputs), in_order(finishes))

    @_call
    def allgather_coalesced(
        self, outputs: List[List[torch.Tensor]], inputs: List[torch.Tensor], opts: Any = None
    ) -> CollectivesWork:
        """The same for several tensors; outputs[r] has those of rank r."""
        works, finishes = [], []
        for index, tensor in enumerate(inputs):
            work, finish = self._gathered([of_rank[index] for of_rank in outputs], tensor)
            works.append(work)
            finishes.append(finish)
        return self._started(works, list(outputs), in_order(finishes))

    @_call
    def _allgather_base(self, output: torch.Tensor, tensor: torch.Tensor, opts: Any = None) -> CollectivesWork:
        work, finish = self._gathered_into(output, tensor)
        return self._started([work], [output], finish)

    @_call
    def allgather_into_tensor_coalesced(
        self, outputs: List[torch.Tensor], inputs: List[torch.Tensor], opts: Any = None
    ) -> CollectivesWork:
        """all_gather_into_tensor, several at once."""
        started = [self._gathered_into(output, tensor) for output, tensor in zip(outputs, inputs)]
        return self._started([work for work, _ in started], list(outputs), in_order([finish for _, finish in started]))

    @_call
    def reduce_scatter(
        self, outputs: List[torch.Tensor], inputs: List[List[torch.Tensor]], opts: Any = dist.ReduceOp.SUM
    ) -> CollectivesWork:
        """The r-th tensors of all ranks combined, on rank r; they may differ in length."""
        works, finishes = [], []
        for output, tensors in zip(outputs, inputs):
            staged = _reducible(output)
            parts = self._order.by_slot(tensors)
            counts = lengths(parts)
            packed = pack(parts)
            if len(set(counts)) == 1:
                work = self.comm.reduce_scatter_start(packed, op_name(opts, output), staged.flat, **self._how)
            else:
                work = self.comm.reduce_scatter_v_start(packed, counts, op_name(opts, output), staged.flat, **self._how)
            works.append(work)
            finishes.append(staged.finish)
        return self._started(works, list(outputs), in_order(finishes))

    @_call
    def _reduce_scatter_base(
        self, output: torch.Tensor, tensor: torch.Tensor, opts: Any = dist.ReduceOp.SUM
    ) -> CollectivesWork:
        work, finish = self._scattered_from(output, tensor, opts)
        return self._started([work], [output], finish)

    @_call
    def reduce_scatter_tensor_coalesced(
        self, outputs: List[torch.Tensor], inputs: List[torch.Tensor], opts: Any = dist.ReduceOp.SUM
    ) -> CollectivesWork:
        """reduce_scatter_tensor, several at once."""
        started = [self._scattered_from(output, tensor, opts) for output, tensor in zip(outputs, inputs)]
        return self._started([work for work, _ in started], list(outputs), in_order([finish for _, finish in started]))

    @_call
    def gather(self, outputs: List[List[torch.Tensor]], inputs: List[torch.Tensor], opts: Any) -> CollectivesWork:
        """The tensors of all ranks, on the root."""
        (tensor,), root = inputs, self._slot(opts.rootRank)
        source = Staged(tensor, moved=True).flat
        if opts.rootRank != self._rank:
            return self._started([self.comm.gather_start(source, root, **self._how)], [])
        (tensors,) = outputs
        parts = self._order.by_slot(tensors)
        packed = like(tensor, source.numel() * len(parts))
        work = self.comm.gather_start(source, root, packed, **self._how)
        return self._started([work], list(outputs), lambda: unpack(packed, parts))

    @_call
    def scatter(self, outputs: List[torch.Tensor], inputs: List[List[torch.Tensor]], opts: Any) -> CollectivesWork:
        """The root's r-th tensor, on rank r."""
        (output,), root = outputs, self._slot(opts.rootRank)
        staged = Staged(output, moved=True)
        packed = pack(self._order.by_slot(inputs[0])) if opts.rootRank == self._rank else None
        work = self.comm.scatter_start(packed, root, staged.flat, **self._how)
        return self._started([work], list(outputs), staged.finish)

    @_call
    def alltoall(self, outputs: List[torch.Tensor], inputs: List[torch.Tensor], opts: Any = None) -> CollectivesWork:
        """The tensor that each rank has for this one, from all ranks; they may differ in length."""
        sent, received = self._order.by_slot(inputs), self._order.by_slot(outputs)
        packed = like(received[0], sum(lengths(received)))
        work = self.comm.all_to_all_v_start(pack(sent), lengths(sent), packed, lengths(received), **self._how)
        return self._started([work], list(outputs), lambda: unpack(packed, received))

    @_call
    def alltoall_base(
        self,
        output: torch.Tensor,
        tensor: torch.Tensor,
        output_splits: Sequence[int],
        input_splits: Sequence[int],
        opts: Any = None,
    ) -> CollectivesWork:
        """The same with all parts in one tensor, cut along its first dimension; no sizes mean parts alike."""
        source, target = Staged(tensor, moved=True), Staged(output, moved=True)
        if not output_splits and not input_splits and self._order.is_same:
            work = self.comm.all_to_all_start(source.flat, target.flat, **self._how)
            return self._started([work], [output], target.finish)
        sent = self._order.by_slot(_split(source.flat, tensor, input_splits, self.size()))
        received = self._order.by_slot(_split(target.flat, output, output_splits, self.size()))
        packed = torch.empty_like(target.flat)
        work = self.comm.all_to_all_v_start(torch.cat(sent), lengths(sent), packed, lengths(received), **self._how)
        return self._started([work], [output], in_order([lambda: unpack(packed, received), target.finish]))

    # ---- Pairs, and none ----------------------------------------------------------------------------

    @_call
    def send(self, tensors: List[torch.Tensor], rank: int, tag: int = 0) -> CollectivesWork:
        """To one rank."""
        slot = self._slot(rank)
        works = [self.comm.send_start(Staged(one, moved=True).flat, slot, tag=tag, **self._how) for one in tensors]
        return self._started(works, list(tensors))

    @_call
    def recv(self, tensors: List[torch.Tensor], rank: int, tag: int = 0) -> CollectivesWork:
        """From one rank."""
        slot = self._slot(rank)
        staged = [Staged(tensor, moved=True) for tensor in tensors]
        works = [self.comm.recv_start(one.flat, slot, tag=tag, **self._how) for one in staged]
        return self._started(works, list(tensors), in_order([one.finish for one in staged]))

    def recv_anysource(self, tensors: List[torch.Tensor], tag: int = 0) -> CollectivesWork:
        """Receives name the rank that sends."""
        raise NotImplementedError("recv: expected src, since this backend receives from a named rank only")

    @_call
    def barrier(self, opts: Any = None) -> CollectivesWork:
        """Ends when all have called it."""
        return self._started([self.comm.barrier_start(**self._how)], [])

    def monitored_barrier(self, timeout: Any = None, wait_all_ranks: bool = False) -> None:
        """A barrier; its error names the ranks that were waited for."""
        self.comm.barrier(deadline=timeout.total_seconds() if timeout is not None and timeout.days >= 0 else None)

    # ---- What torch asks of a group -----------------------------------------------------------------

    def _start_coalescing(self, *device: Any) -> None:
        self._coalesced = []

    def _end_coalescing(self, *given: Any) -> CollectivesWork:
        started, self._coalesced = self._coalesced or [], None
        return CollectivesWork(
            [part for work in started for part in work.works],
            [],
            in_order([work.settle for work in started]),
        )

    def _set_sequence_number_for_group(self) -> None:
        """The library counts calls itself."""

    def _get_sequence_number_for_group(self) -> int:
        return 0

    def getBackendName(self) -> str:
        """As registered."""
        return "collectives"

    def name(self) -> str:
        """As registered."""
        return "collectives"

    _get_backend_name = name

    @property
    def pg_name(self) -> str:
        """The name that torch has given this group (torch 2)."""
        found: str = distributed_c10d._world.pg_names[self]
        return found

    group_name = pg_name

    def shutdown(self) -> None:
        """Leaves; torch 2 calls it in destroy_process_group."""
        self._kept.clear()
        self.comm.destroy()

    def abort(self) -> None:
        """Ends what runs with `collectives.Aborted`."""
        self.comm.abort()

    # Later versions of torch call some of them by other names.
    all_gather_single = _allgather_base
    all_gather_single_coalesced = allgather_into_tensor_coalesced
    reduce_scatter_single = _reduce_scatter_base
    reduce_scatter_single_coalesced = reduce_scatter_tensor_coalesced
    all_to_all_single = alltoall_base
    start_coalescing = _start_coalescing
    end_coalescing = _end_coalescing

    # ---- Shared -------------------------------------------------------------------------------------

    def _slot(self, rank: int) -> int:
        return self._order.slot_of_rank[rank]

    def _started(
        self, works: List[Work], tensors: List[Any], finish: Optional[Finish] = None
    ) -> CollectivesWork:
        return CollectivesWork(works, tensors, finish, self._kept.discard)

    def _reduced(self, tensors: List[torch.Tensor], names: List[str]) -> CollectivesWork:
        staged = [_reducible(tensor) for tensor in tensors]
        works = [self.comm.all_reduce_start(one.flat, name, **self._how) for one, name in zip(staged, names)]
        return self._started(works, list(tensors), in_order([one.finish for one in staged]))

    def _gathered(self, outputs: List[torch.Tensor], tensor: torch.Tensor) -> Tuple[Work, Finish]:
        parts = self._order.by_slot(outputs)
        counts = lengths(parts)
        source, packed = Staged(tensor, moved=True).flat, like(tensor, sum(counts))
        if len(set(counts)) == 1:
            work = self.comm.all_gather_start(source, packed, **self._how)
        else:
            work = self.comm.all_gather_v_start(source, counts, packed, **self._how)
        return work, lambda: unpack(packed, parts)

    def _gathered_into(self, output: torch.Tensor, tensor: torch.Tensor) -> Tuple[Work, Finish]:
        source, target = Staged(tensor, moved=True), Staged(output, moved=True)
        if self._order.is_same:
            return self.comm.all_gather_start(source.flat, target.flat, **self._how), target.finish
        packed = torch.empty_like(target.flat)
        parts = self._order.by_slot(target.flat.chunk(self.size()))
        work = self.comm.all_gather_start(source.flat, packed, **self._how)
        return work, in_order([lambda: unpack(packed, parts), target.finish])

    def _scattered_from(self, output: torch.Tensor, tensor: torch.Tensor, opts: Any) -> Tuple[Work, Finish]:
        source, target = _reducible(tensor).flat, _reducible(output)
        if not self._order.is_same:
            source = torch.cat(self._order.by_slot(source.chunk(self.size())))
        work = self.comm.reduce_scatter_start(source, op_name(opts, output), target.flat, **self._how)
        return work, target.finish


def communicator(group: Optional[Any] = None) -> Communicator:
    """The communicator of a process group (None: the default one): who is there, statistics, what went on."""
    found = distributed_c10d._get_default_group() if group is None or group is dist.group.WORLD else group
    if not isinstance(found, CollectivesGroup):
        raise TypeError(f"expected a group of the backend 'collectives', found {type(found).__name__}")
    return found.comm


def _reducible(tensor: torch.Tensor) -> Staged:
    """Truth values are bytes of 0 and 1; other types that the library lacks are refused by `op_name`."""
    return Staged(tensor, moved=tensor.dtype is torch.bool)


def _split(flat: torch.Tensor, tensor: torch.Tensor, sizes: Sequence[int], world: int) -> List[torch.Tensor]:
    """The parts of a flat buffer, by the sizes along the tensor's first dimension; none: all alike."""
    if not sizes:
        return list(flat.chunk(world)) if flat.numel() else [flat] * world
    row = flat.numel() // tensor.size(0) if tensor.dim() and tensor.size(0) else 0
    return list(flat.split([size * row for size in sizes]))
