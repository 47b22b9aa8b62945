"""Plain buffers and numpy views through all-reduce; each function returns what went wrong, [] at best."""

import array
import ctypes
import mmap

import numpy


def kinds(member):
    """bytearray, memoryview, array.array, ctypes arrays, mmap; none of them needs numpy."""
    wrong = []

    def check(name, found, expected):
        if list(found) != list(expected):
            wrong.append(f"{name}: {list(found)[:8]} is not {list(expected)[:8]}")

    with member.connect() as comm:
        world = comm.world
        raw = bytearray(range(10))
        comm.all_reduce(raw)
        check("bytearray", raw, [value * world for value in range(10)])
        raw.append(1)  # a bytearray may be resized again once the operation has ended
        view = memoryview(bytearray(range(20)))
        comm.all_reduce(view[5:9])
        check("memoryview offset", view[4:10], [4, 5 * world, 6 * world, 7 * world, 8 * world, 9])
        for code in "bBhHiIlLqQfd":
            values = array.array(code, [1, 2, 3])
            comm.all_reduce(values)
            check(f"array {code}", values, [world, 2 * world, 3 * world])
        for kind in (ctypes.c_int32, ctypes.c_uint16, ctypes.c_double, ctypes.c_int64):
            values = (kind * 3)(1, 2, 3)
            comm.all_reduce(values)
            check(f"{kind.__name__} array", values, [world, 2 * world, 3 * world])
        with mmap.mmap(-1, 4096) as mapped:
            mapped[:4] = b"\1\2\3\4"
            comm.all_reduce(mapped)
            check("mmap", mapped[:5], [world, 2 * world, 3 * world, 4 * world, 0])
        comm.all_reduce(bytearray())
        out = bytearray(3)
        comm.all_reduce(bytes([1, 2, 3]), out=out)
        check("bytes, out of place", out, [world, 2 * world, 3 * world])
        floats = bytearray(array.array("f", [0.5, 1.5]).tobytes())
        comm.all_reduce(floats, dtype="f32")
        check("bytes as f32", memoryview(floats).cast("f"), [0.5 * world, 1.5 * world])
    return wrong


def odd_alignments(member):
    """Elements that begin at odd addresses, in place and out of place, with bytes around them watched."""
    wrong = []
    with member.connect() as comm:
        rank, world = comm.rank, comm.world
        for type_name in ("i2", "i4", "i8", "f2", "f4", "f8"):
            size = numpy.dtype(type_name).itemsize
            for shift in range(1, size + 1):
                for count in (1, 5, 333):
                    memory = numpy.full(count * size + 2 * size + 8, 0xA5, dtype=numpy.uint8)
                    values = memory[shift : shift + count * size].view(type_name)
                    values[:] = numpy.arange(count) % 7 + rank
                    expected = (numpy.arange(count) % 7) * world + sum(range(world))
                    target = numpy.zeros(count * size + 1, dtype=numpy.uint8)[1:].view(type_name)
                    comm.all_reduce(values, out=target)
                    comm.all_reduce(values)
                    if not ((values == expected).all() and (target == expected).all()):
                        wrong.append(f"{type_name} shifted by {shift}, {count}: {values[:5]} {target[:5]}")
                    around = numpy.concatenate([memory[:shift], memory[shift + count * size :]])
                    if not (around == 0xA5).all():
                        wrong.append(f"{type_name} shifted by {shift}, {count}: wrote outside")
    return wrong
