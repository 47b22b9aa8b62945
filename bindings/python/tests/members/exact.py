"""All-reduces whose results are known exactly; each function returns what went wrong, [] at best."""

import itertools

import numpy

TYPES = ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"]
OPS = ["sum", "avg", "prod", "min", "max"]


def inputs(op, type_name, count, rank, world):
    """This rank's input and everybody's result. Small integers, so that every type holds them exactly."""
    index = numpy.arange(count)
    if op == "prod":
        all_members = [1 + (index + member) % 2 for member in range(world)]
        expected = numpy.prod(all_members, axis=0)
    else:
        # the members' offsets add up to a multiple of the world, so that the average is a whole number
        all_members = [index * 7 % 5 + 2 * member for member in range(world)]
        if op in ("min", "max") and type_name[0] != "u":
            all_members = [(values - 4) * (-1) ** member for member, values in enumerate(all_members)]
        combine = {"sum": numpy.sum, "avg": numpy.mean, "min": numpy.min, "max": numpy.max}[op]
        expected = combine(all_members, axis=0)
    return all_members[rank].astype(type_name), expected.astype(type_name)


def types_and_ops(member, counts, algorithm="auto"):
    """Every type with every op, in place and out of place, for each count."""
    wrong = []
    with member.connect() as comm:
        # Members that are through leave, so that the world shrinks while the others look at their last result.
        joined = comm.info()
        for count, type_name, op, in_place in itertools.product(counts, TYPES, OPS, (True, False)):
            array, expected = inputs(op, type_name, count, joined.rank, joined.world)
            before = array.copy()
            out = array if in_place else numpy.zeros_like(array)
            result = comm.all_reduce(array, op, None if in_place else out, algorithm=algorithm)
            if not numpy.array_equal(out, expected):
                wrong.append(f"{count} {type_name} {op} in_place={in_place}: {out[:8]} is not {expected[:8]}")
            if not in_place and not numpy.array_equal(array, before):
                wrong.append(f"{count} {type_name} {op}: out of place wrote to its input")
            if result.participants != joined.world or result.epoch != joined.epoch:
                wrong.append(f"{count} {type_name} {op}: {result} of world {joined.world}")
            if algorithm != "auto" and result.algorithm != algorithm:
                wrong.append(f"asked for {algorithm}, ran {result.algorithm}")
    return wrong


def corners(member):
    """Integers that wrap, averages that round toward zero, NaN, signed zeros."""
    wrong = []

    def check(name, comm, values, op, type_name, expected):
        array = numpy.array(values[comm.rank], dtype=type_name)
        comm.all_reduce(array, op)
        if array.tobytes() != numpy.array(expected, dtype=type_name).tobytes():
            wrong.append(f"{name}: {array} is not {expected}")

    with member.connect() as comm:
        check("u8 wraps", comm, [[200, 255], [100, 255]], "sum", "u1", [44, 254])
        check("i8 wraps", comm, [[127, -128], [1, -1]], "sum", "i1", [-128, 127])
        check("i32 product wraps", comm, [[2**31 - 1], [3]], "prod", "i4", [2**31 - 3])
        check("u64 beyond 2^53", comm, [[2**63 + 1], [2]], "sum", "u8", [2**63 + 3])
        check("i64 minimum", comm, [[-(2**63), 5], [2**63 - 1, 2**60 + 1]], "max", "i8", [2**63 - 1, 2**60 + 1])
        check("average toward zero", comm, [[-3, 3, -1], [-4, 4, 0]], "avg", "i4", [-3, 3, 0])
        for type_name in ("f2", "f4", "f8"):
            check("signed zeros, min", comm, [[0.0, -0.0], [-0.0, 0.0]], "min", type_name, [-0.0, -0.0])
            check("signed zeros, max", comm, [[0.0, -0.0], [-0.0, 0.0]], "max", type_name, [0.0, 0.0])
            for op, one_nan in itertools.product(("min", "max", "sum"), (0, 1)):
                array = numpy.array([1.0, numpy.nan if comm.rank == one_nan else -1.0], dtype=type_name)
                comm.all_reduce(array, op)
                if not numpy.isnan(array[1]) or numpy.isnan(array[0]):
                    wrong.append(f"{type_name} {op}: {array} of a NaN from rank {one_nan}")
    return wrong


def weights(member):
    """Weighted sums and averages; the weight differs between members."""
    wrong = []
    with member.connect() as comm:
        everybody = range(comm.world)
        total = sum(rank + 1.0 for rank in everybody)
        for type_name in ("f2", "f4", "f8"):
            array = numpy.full(37, comm.rank + 1, dtype=type_name)
            comm.all_reduce(array, "sum", weight=comm.rank + 1.0)
            if not (array == sum((rank + 1) ** 2 for rank in everybody)).all():
                wrong.append(f"weighted sum of {type_name}: {array[:4]}")
            array = numpy.full(37, total, dtype=type_name)
            comm.all_reduce(array, "avg", weight=comm.rank + 1.0)
            if not (array == total).all():
                wrong.append(f"weighted average of {type_name}: {array[:4]}")
    return wrong


def random_bits(member, seed, rounds):
    """Random shapes and values; the digests of the results, which must agree between members and runs."""
    import hashlib

    digest = hashlib.sha256()
    with member.connect() as comm:
        rank = comm.rank
        shapes = numpy.random.default_rng(seed)
        values = numpy.random.default_rng([seed, rank])
        for _ in range(rounds):
            shape = tuple(shapes.integers(1, 40, size=shapes.integers(1, 4)))
            array = values.standard_normal(shape).astype(shapes.choice(["f2", "f4", "f8"]))
            comm.all_reduce(array, str(shapes.choice(OPS)))
            digest.update(array.tobytes())
        return [rank, digest.hexdigest()]
