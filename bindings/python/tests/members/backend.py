"""torch.distributed over the backend "collectives"; each function returns what went wrong, [] at best."""

import copy
import os
import time
from datetime import timedelta

import torch
import torch.distributed as dist

import collectives
import collectives.torch
from collectives.torch import _rendezvous

torch.set_num_threads(1)


class Checks:
    """Collects what is not as expected."""

    def __init__(self):
        self.wrong = []

    def same(self, name, found, expected):
        found, expected = torch.as_tensor(found), torch.as_tensor(expected)
        if found.shape != expected.shape or not (found == expected).all():
            self.wrong.append(f"{name}: {found.flatten()[:8].tolist()} is not {expected.flatten()[:8].tolist()}")

    def raises(self, name, kind, call):
        try:
            call()
            self.wrong.append(f"{name}: no {kind.__name__}")
        except kind:
            pass


def begin(member, world, port, method="env", path=None, own_coordinator=False, backwards=False, options=None):
    """init_process_group, in one of its ways. `backwards`: slots in the opposite order of ranks."""
    if own_coordinator:
        del os.environ["COLLECTIVES_COORDINATOR"]
    if backwards:
        create = _rendezvous.Communicator

        def late(**config):
            time.sleep(0.4 * (world - 1 - member.label))
            return create(**config)

        _rendezvous.Communicator = late
    if method == "env":
        os.environ.update(RANK=str(member.label), WORLD_SIZE=str(world), MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
        dist.init_process_group("collectives", pg_options=options)
    else:
        where = f"tcp://127.0.0.1:{port}" if method == "tcp" else f"file://{path}"
        dist.init_process_group(
            "collectives", init_method=where, rank=member.label, world_size=world, timeout=timedelta(seconds=60)
        )
    _rendezvous.Communicator = collectives.Communicator


def values(rank, *shape):
    """Whole numbers that tell ranks and places apart."""
    count = 1
    for size in shape:
        count *= size
    return ((torch.arange(count) * 3 + rank * 7) % 31).float().reshape(*shape)


def calls(member, **where):
    """Every function of torch.distributed that the backend has."""
    check, world = Checks(), where["world"]
    begin(member, **where)
    rank = dist.get_rank()
    order = [collectives.torch.communicator().slot == rank]
    every = range(world)
    total = sum(values(other, 4, 5) for other in every)

    tensor = values(rank, 4, 5)
    dist.all_reduce(tensor)
    check.same("all_reduce", tensor, total)
    strided = values(rank, 4, 5).t()
    dist.all_reduce(strided)
    check.same("all_reduce of a transposed tensor", strided, total.t())
    for op, expected in [
        (dist.ReduceOp.MAX, torch.stack([values(other, 4, 5) for other in every]).max(0).values),
        (dist.ReduceOp.MIN, torch.stack([values(other, 4, 5) for other in every]).min(0).values),
        (dist.ReduceOp.AVG, total / world),
    ]:
        tensor = values(rank, 4, 5)
        dist.all_reduce(tensor, op)
        check.same(f"all_reduce {op}", tensor, expected)
    truth = torch.tensor([rank == 0, True, False])
    dist.all_reduce(truth, dist.ReduceOp.MAX)
    check.same("all_reduce of truth values", truth, torch.tensor([True, True, False]))
    tensors = [values(rank, 3), values(rank, 2, 2)]
    dist.all_reduce_coalesced(tensors)
    check.same("all_reduce_coalesced", tensors[1], sum(values(other, 2, 2) for other in every))

    for root in every:
        tensor = values(root, 6) if rank == root else torch.zeros(6)
        dist.broadcast(tensor, root)
        check.same("broadcast", tensor, values(root, 6))
        tensor = (values(root, 6) if rank == root else torch.zeros(6)).to(torch.complex64)
        dist.broadcast(tensor, root)
        check.same("broadcast of another type", tensor.real, values(root, 6))
        tensor = values(rank, 6)
        dist.reduce(tensor, root)
        check.same("reduce", tensor, sum(values(other, 6) for other in every) if rank == root else values(rank, 6))
        gathered = [torch.zeros(2, 3) for _ in every] if rank == root else None
        dist.gather(values(rank, 2, 3), gathered, root)
        if rank == root:
            check.same("gather", torch.stack(gathered), torch.stack([values(other, 2, 3) for other in every]))
        part = torch.zeros(3)
        dist.scatter(part, [values(10 + other, 3) for other in every] if rank == root else None, root)
        check.same("scatter", part, values(10 + rank, 3))

    gathered = [torch.zeros(2, 3) for _ in every]
    dist.all_gather(gathered, values(rank, 2, 3))
    check.same("all_gather", torch.stack(gathered), torch.stack([values(other, 2, 3) for other in every]))
    into = getattr(dist, "all_gather_into_tensor", None) or dist._all_gather_base
    flat = torch.zeros(world * 6)
    into(flat, values(rank, 6))
    check.same("all_gather_into_tensor", flat, torch.cat([values(other, 6) for other in every]))
    uneven = [torch.zeros(other + 1) for other in every]
    dist.all_gather(uneven, values(rank, rank + 1))
    check.same("all_gather of different lengths", torch.cat(uneven), torch.cat([values(other, other + 1) for other in every]))
    lists = [[torch.zeros(2), torch.zeros(1, 3)] for _ in every]
    dist.all_gather_coalesced(lists, [values(rank, 2), values(rank, 1, 3)])
    check.same("all_gather_coalesced", lists[world - 1][1], values(world - 1, 1, 3))
    found = [None] * world
    dist.all_gather_object(found, {"rank": rank})
    check.same("all_gather_object", [one["rank"] for one in found], list(every))

    part = torch.zeros(4)
    dist.reduce_scatter(part, [values(rank + 100 * other, 4) for other in every])
    check.same("reduce_scatter", part, sum(values(other + 100 * rank, 4) for other in every))
    scatter = getattr(dist, "reduce_scatter_tensor", None) or dist._reduce_scatter_base
    scatter(part, values(rank, 4 * world))
    check.same(
        "reduce_scatter_tensor", part, sum(values(other, 4 * world) for other in every)[4 * rank : 4 * rank + 4]
    )

    exchanged = [torch.zeros(rank + 1) for _ in every]
    dist.all_to_all(exchanged, [values(rank, other + 1) for other in every])
    check.same("all_to_all", torch.cat(exchanged), torch.cat([values(other, rank + 1) for other in every]))
    out = torch.zeros(world, 2)
    dist.all_to_all_single(out, values(rank, world, 2))
    check.same("all_to_all_single", out, torch.stack([values(other, world, 2)[rank] for other in every]))
    splits = [other + 1 for other in every]
    out = torch.zeros((rank + 1) * world, 2)
    dist.all_to_all_single(out, values(rank, sum(splits), 2), [rank + 1] * world, splits)
    begins = sum(splits[:rank])
    expected = torch.cat([values(other, sum(splits), 2)[begins : begins + rank + 1] for other in every])
    check.same("all_to_all_single with sizes", out, expected)

    if world > 1:
        pairs(check, rank, world)
    dist.barrier()

    work = dist.all_reduce(torch.ones(3), async_op=True)
    check.same("wait", [work.wait(), work.is_completed(), work.is_success()], [True] * 3)
    check.same("participants", [work.outcomes[0].participants], [world])
    gathered = [torch.zeros(2) for _ in every]
    work = dist.all_gather(gathered, values(rank, 2), async_op=True)
    doubled = work.get_future().then(lambda future: [2 * one for one in future.value()[0]])
    check.same("future", torch.stack(doubled.wait()), torch.stack([2 * values(other, 2) for other in every]))
    works = [dist.all_reduce(torch.full((1000,), float(index)), async_op=True) for index in range(20)]
    for index, work in reversed(list(enumerate(works))):
        check.same("many", work.result()[0][:1], [float(index * world)])
    check.raises("an operator", ValueError, lambda: dist.all_reduce(torch.ones(2, dtype=torch.int32), dist.ReduceOp.BXOR))
    numbers = torch.full((2,), 1.0 + 2.0j)
    dist.all_reduce(numbers)
    check.same("all_reduce of complex numbers", numbers, torch.full((2,), world * (1.0 + 2.0j)))
    check.raises("any source", NotImplementedError, lambda: dist.recv(torch.ones(2)))
    dist.barrier()
    dist.destroy_process_group()
    return [check.wrong, order]


def pairs(check, rank, world):
    """Sends and receives."""
    to, source = (rank + 1) % world, (rank - 1) % world
    tensor = torch.zeros(5)
    both = [dist.P2POp(dist.isend, values(rank, 5), to), dist.P2POp(dist.irecv, tensor, source)]
    for work in dist.batch_isend_irecv(both):
        work.wait()
    check.same("batch_isend_irecv", tensor, values(source, 5))
    if rank == 0:
        dist.send(values(0, 3), 1, tag=9)
    elif rank == 1:
        tensor = torch.zeros(3)
        dist.recv(tensor, 0, tag=9)
        check.same("recv", tensor, values(0, 3))


def groups(member, **where):
    """Sub-groups have communicators of their own."""
    check, world = Checks(), where["world"]
    begin(member, **where)
    rank = dist.get_rank()
    halves = [dist.new_group([other for other in range(world) if other % 2 == half]) for half in (0, 1)]
    mine = halves[rank % 2]
    same = [other for other in range(world) if other % 2 == rank % 2]
    tensor = values(rank, 3)
    dist.all_reduce(tensor, group=mine)
    check.same("all_reduce", tensor, sum(values(other, 3) for other in same))
    gathered = [torch.zeros(1) for _ in same]
    dist.all_gather(gathered, torch.tensor([float(rank)]), group=mine)
    check.same("all_gather", torch.cat(gathered), [float(other) for other in same])
    tensor = torch.tensor([float(rank)])
    dist.broadcast(tensor, same[-1], group=mine)
    check.same("broadcast", tensor, [float(same[-1])])
    numbers = {collectives.torch.communicator(group).world for group in (None, mine)}
    check.same("worlds", sorted(numbers), sorted({world, len(same)}))
    dist.barrier()
    return check.wrong


def meets(member, **where):
    """Only whether they find each other."""
    begin(member, **where)
    tensor = torch.ones(1)
    dist.all_reduce(tensor)
    dist.barrier()
    return tensor.item()


class Model(torch.nn.Module):
    """Some parameters, one of which a forward pass may leave out, and buffers."""

    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(16, 64)
        self.norm = torch.nn.BatchNorm1d(64)
        self.second = torch.nn.Linear(64, 64)
        self.unused = torch.nn.Linear(64, 64)
        self.last = torch.nn.Linear(64, 4)

    def forward(self, images, use_all):
        hidden = torch.relu(self.norm(self.first(images)))
        hidden = self.unused(hidden) if use_all else self.second(hidden)
        return self.last(torch.relu(hidden))


def train(model, rank, steps):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    for step in range(steps):
        generator = torch.Generator().manual_seed(1000 * step + rank)
        images = torch.randn(8, 16, generator=generator)
        classes = torch.randint(4, (8,), generator=generator)
        optimizer.zero_grad()
        # Not the same choice on all ranks: parameters that one leaves out, another may use.
        torch.nn.functional.cross_entropy(model(images, (step + rank) % 3 == 0), classes).backward()
        optimizer.step()
    return torch.cat([parameter.detach().flatten() for parameter in model.module.parameters()])


def data_parallel(member, **where):
    """DistributedDataParallel ends with the same bits on all ranks, and near what Gloo ends with."""
    check, world = Checks(), where["world"]
    begin(member, **where)
    rank = dist.get_rank()
    torch.manual_seed(rank)  # rank 0's parameters are broadcast
    model = Model()
    wrap = torch.nn.parallel.DistributedDataParallel
    more = {"find_unused_parameters": True, "bucket_cap_mb": 0.01}
    ours = train(wrap(copy.deepcopy(model), **more), rank, 20)
    hooked = wrap(copy.deepcopy(model), **more)
    hooked.register_comm_hook(None, collectives.torch.average_hook)
    averaged = train(hooked, rank, 20)
    gloo = dist.new_group(backend="gloo")
    theirs = train(wrap(copy.deepcopy(model), process_group=gloo, **more), rank, 20)
    for name, found in (("ours", ours), ("averaged", averaged)):
        gathered = [torch.zeros_like(found) for _ in range(world)]
        dist.all_gather(gathered, found)
        for other in gathered:
            check.same(f"{name} on other ranks", other, gathered[0])
        distance = (found - theirs).abs().max().item()
        if not distance < 1e-4:
            check.wrong.append(f"{name}: {distance} from Gloo's")
    dist.barrier()
    return check.wrong


def loses_one(member, victim, **where):
    """One rank is killed; the others go on without it, except where they need it."""
    begin(member, **where)
    dist.barrier()
    member.say("ready")
    member.hear()
    if dist.get_rank() == victim:
        member.hear()
    tensor = torch.ones(1000)
    work = dist.all_reduce(tensor, async_op=True)
    work.wait()
    found = [tensor[0].item(), work.outcomes[0].participants, dist.get_world_size()]
    gathered = [torch.full((2,), 9.0) for _ in range(where["world"])]
    dist.all_gather(gathered, torch.full((2,), float(dist.get_rank() + 1)))
    found.append([one[0].item() for one in gathered])
    try:
        dist.broadcast(tensor, victim)
        found.append(None)
    except collectives.PeerLost as error:
        found.append(type(error).__name__)
    member.say("ended")
    member.hear()
    return found


def fails_on_a_loss(member, victim, **where):
    """The others want to hear of it; and of a wait that is too short."""
    begin(member, options=collectives.torch.Options(on_loss="fail", config={"lanes": 2}), **where)
    dist.barrier()
    member.say("ready")
    member.hear()
    if dist.get_rank() == victim:
        member.hear()
    tensor = torch.ones(1000)
    work = dist.all_reduce(tensor, async_op=True)
    found = []
    try:
        work.wait(timedelta(seconds=0.05))
    except RuntimeError as error:
        found.append("Timed out" in str(error))
    future = work.get_future()
    member.say("waits")
    try:
        work.wait()
    except collectives.PeerLost as error:
        found.append(type(work.exception()).__name__)
    try:
        future.wait()
    except RuntimeError as error:
        found.append("PeerLost" in str(error))
    member.say("ended")
    member.hear()
    return [*found, tensor[0].item(), work.is_success()]
