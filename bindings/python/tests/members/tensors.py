"""Torch tensors through all-reduce; each function returns what went wrong, [] at best."""

import itertools

import torch

TYPES = [
    torch.int8,
    torch.uint8,
    torch.int16,
    torch.int32,
    torch.int64,
    torch.float16,
    torch.bfloat16,
    torch.float32,
    torch.float64,
]


def types_and_ops(member, counts):
    """Every type with every op, in place and out of place; small integers, exact in all types."""
    wrong = []
    with member.connect() as comm:
        world = comm.world
        for count, dtype, op, in_place in itertools.product(
            counts, TYPES, ("sum", "avg", "prod", "min", "max"), (True, False)
        ):
            index = torch.arange(count)
            values = [index * 3 % 4 + 2 * rank + 1 for rank in range(world)]
            if op == "prod":
                values = [1 + (index + rank) % 2 for rank in range(world)]
            stacked = torch.stack(values).double()
            expected = {
                "sum": stacked.sum(0),
                "avg": stacked.mean(0),
                "prod": stacked.prod(0),
                "min": stacked.min(0).values,
                "max": stacked.max(0).values,
            }[op].to(dtype)
            tensor = values[comm.rank].to(dtype)
            before = tensor.clone()
            out = tensor if in_place else torch.zeros_like(tensor)
            comm.all_reduce(tensor, op, out)
            if not torch.equal(out, expected):
                wrong.append(f"{count} {dtype} {op} in_place={in_place}: {out[:8]} is not {expected[:8]}")
            if not in_place and not torch.equal(tensor, before):
                wrong.append(f"{count} {dtype} {op}: out of place wrote to its input")
    return wrong


def views(member):
    """Offsets into a tensor, several dimensions, a parameter, a scalar, a tensor of shape (3, 0)."""
    wrong = []

    def check(name, found, expected):
        if not torch.equal(found, torch.as_tensor(expected, dtype=found.dtype)):
            wrong.append(f"{name}: {found} is not {expected}")

    with member.connect() as comm:
        world = comm.world
        whole = torch.ones(100, dtype=torch.bfloat16)
        comm.all_reduce(whole[3:42])
        check("inside an offset", whole[3:42], torch.full((39,), float(world)))
        check("outside an offset", torch.cat([whole[:3], whole[42:]]), torch.ones(61))
        matrix = torch.arange(12.0).reshape(3, 4)
        comm.all_reduce(matrix[1])
        check("a row", matrix[1], torch.arange(4.0, 8.0) * world)
        check("the other rows", matrix[::2], torch.tensor([[0.0, 1, 2, 3], [8, 9, 10, 11]]))
        parameter = torch.nn.Parameter(torch.ones(5))
        comm.all_reduce(parameter, "sum")
        check("a parameter", parameter.detach(), torch.full((5,), float(world)))
        scalar = torch.tensor(2.0)
        comm.all_reduce(scalar)
        check("a scalar", scalar, 2.0 * world)
        comm.all_reduce(torch.empty(3, 0))
        raw = bytearray(torch.full((4,), 1.5, dtype=torch.float32).to(torch.bfloat16).view(torch.int16).numpy())
        comm.all_reduce(raw, dtype="bf16")
        check("bytes as bf16", torch.frombuffer(raw, dtype=torch.bfloat16), torch.full((4,), 1.5 * world))
    return wrong
