"""All-reduces of more than 4 GiB."""

import numpy

# A prime: whatever is put into a wrong place by a multiple of a segment, or of 2^32 bytes, does not fit there.
PERIOD = 241
BLOCK = PERIOD << 14


def block(type_name, factor, offset):
    """factor * i + offset for a block of elements, as whole numbers that all types hold; it repeats exactly."""
    values = numpy.arange(BLOCK) % PERIOD // 4 * factor + offset
    if type_name == "bf16":
        return (values.astype(numpy.float32).view(numpy.uint32) >> 16).astype(numpy.uint16)
    return values.astype(type_name)


def in_place(member, type_name, elements):
    """One buffer, in place; every element is looked at. Returns what is wrong, and how the operation went."""
    with member.connect() as comm:
        mine = block(type_name, 1, comm.rank)
        expected = block(type_name, comm.world, sum(range(comm.world)))
        buffer = numpy.empty(elements, dtype=mine.dtype)
        for start in range(0, elements, BLOCK):
            buffer[start : start + BLOCK] = mine[: elements - start]
        result = comm.all_reduce(buffer, dtype="bf16" if type_name == "bf16" else None)
        wrong = []
        for start in range(0, elements, BLOCK):
            same = buffer[start : start + BLOCK] == expected[: elements - start]
            if not same.all():
                first = start + int(numpy.argmin(same))
                wrong.append(f"element {first}, byte {first * buffer.itemsize}: {buffer[first]}")
        return [wrong[:5], buffer.nbytes, result.tx_bytes, result.seconds]
