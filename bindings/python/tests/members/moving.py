"""The collectives with parts and roots over real processes; each function returns what went wrong, [] at best."""

import array

import numpy

import collectives


class Checks:
    """Collects what is not as expected."""

    def __init__(self):
        self.wrong = []

    def same(self, name, found, expected):
        if list(found) != list(expected):
            self.wrong.append(f"{name}: {list(found)[:8]} is not {list(expected)[:8]}")


def values(slot, count, start=0):
    """This slot's elements from `start` on."""
    return (numpy.arange(start, start + count) * 3 + slot * 7) % 13


def joined(parts):
    return numpy.concatenate([numpy.asarray(part) for part in parts])


def every_one(member, type_name):
    """Every collective, in place and out of place, on numpy arrays."""
    check = Checks()
    with member.connect() as comm:
        slot, slots = comm.slot, comm.slots
        info = comm.info()
        check.same("slots", [slot, slots], [info.rank, info.world])
        for count in (0, 1, 5, 20011):
            total = slots * count

            def mine(elements=count):
                return values(slot, elements).astype(type_name)

            def empty(elements):
                return numpy.full(elements, 99, dtype=type_name)

            sums = sum(values(other, total) for other in range(slots))
            part = slice(slot * count, (slot + 1) * count)
            gathered = joined([values(other, count) for other in range(slots)])
            exchanged = joined([values(other, count, slot * count) for other in range(slots)])

            out = empty(count)
            result = comm.reduce_scatter(mine(total), out=out)
            check.same("reduce_scatter", out, sums[part])
            check.same("slot_mask", [result.slot_mask, result.participants], [(1 << slots) - 1, slots])
            inside = mine(total)
            comm.reduce_scatter(inside)
            check.same("reduce_scatter in place", inside[part], sums[part])

            out = empty(total)
            comm.all_gather(mine(), out)
            check.same("all_gather", out, gathered)
            out[:] = 99
            out[part] = mine()
            comm.all_gather(out)
            check.same("all_gather in place", out, gathered)

            out = empty(total)
            comm.all_to_all(mine(total), out)
            check.same("all_to_all", out, exchanged)
            out = mine(total)
            comm.all_to_all(out)
            check.same("all_to_all in place", out, exchanged)

            for root in range(slots):
                buffer = mine() if slot == root else empty(count)
                comm.broadcast(buffer, root)
                check.same("broadcast", buffer, values(root, count))
                out = empty(count)
                comm.broadcast(mine() if slot == root else None, root, out)
                check.same("broadcast out of place", out, values(root, count))

                buffer = mine()
                comm.reduce(buffer, "max", root)
                expected = numpy.max([values(other, count) for other in range(slots)], axis=0) if count else []
                check.same("reduce", buffer, expected if slot == root else values(slot, count))
                out = empty(count)
                comm.reduce(mine(), "sum", root, out)
                check.same("reduce out of place", out, sums[:count] if slot == root else empty(count))

                out = empty(total) if slot == root else None
                comm.gather(mine(), root, out)
                if slot == root:
                    check.same("gather", out, gathered)
                    out[:] = 99
                    out[part] = mine()
                comm.gather(out if slot == root else mine(), root)
                if slot == root:
                    check.same("gather in place", out, gathered)

                out = empty(count)
                comm.scatter(mine(total) if slot == root else None, root, out)
                check.same("scatter", out, values(root, count, slot * count))
                buffer = mine(total) if slot == root else empty(count)
                comm.scatter(buffer, root)
                check.same("scatter in place", buffer[part] if slot == root else buffer, values(root, count, slot * count))
        comm.barrier()  # nobody leaves while others still count on all
    return check.wrong


def different_lengths(member):
    """The variants with counts; some of them are 0."""
    check = Checks()
    with member.connect() as comm:
        slot, slots = comm.slot, comm.slots
        counts = [0 if other == 1 else 3 * other + 1 for other in range(slots)]
        total, before = sum(counts), sum(counts[:slot])
        own = slice(before, before + counts[slot])
        gathered = joined([values(other, counts[other]) for other in range(slots)])
        sums = sum(values(other, total) for other in range(slots))

        out = numpy.zeros(total)
        comm.all_gather_v(values(slot, counts[slot]).astype(float), counts, out)
        check.same("all_gather_v", out, gathered)
        out[:] = 99
        out[own] = values(slot, counts[slot])
        comm.all_gather_v(out, numpy.array(counts))
        check.same("all_gather_v in place", out, gathered)

        out = numpy.zeros(counts[slot])
        comm.reduce_scatter_v(values(slot, total).astype(float), counts, out=out)
        check.same("reduce_scatter_v", out, sums[own])
        inside = values(slot, total).astype(float)
        comm.reduce_scatter_v(inside, counts, "sum")
        check.same("reduce_scatter_v in place", inside[own], sums[own])

        def length(source, target):
            return (source + 2 * target) % 3

        sent = [length(slot, other) for other in range(slots)]
        received = [length(other, slot) for other in range(slots)]
        out = numpy.zeros(sum(received))
        source = joined([values(slot, size, 5 * other) for other, size in enumerate(sent)]).astype(float)
        comm.all_to_all_v(source, sent, out, received)
        check.same("all_to_all_v", out, joined([values(other, size, 5 * slot) for other, size in enumerate(received)]))
        comm.barrier()  # nobody leaves while others still count on all
    return check.wrong


def in_the_background(member):
    """_start of each, several at once; plain buffers and torch tensors; pairs with tags; priorities."""
    import torch

    check = Checks()
    with member.connect() as comm:
        slot, slots = comm.slot, comm.slots
        plain = array.array("i", [slot] * 4)
        everything = bytearray(4 * slots)
        tensor = torch.full((2, 3), float(slot))
        gathered = torch.zeros(slots, 2, 3)
        works = [
            comm.broadcast_start(plain, 1, priority=7),
            comm.all_gather_start(bytes([slot] * 4), everything),
            comm.all_gather_start(tensor, gathered, priority=-3),
            comm.barrier_start(),
            comm.reduce_start(torch.ones(5), "sum", 0),
            comm.reduce_scatter_start(torch.ones(slots)),
            comm.gather_start(bytearray(2), 0, bytearray(2 * slots)),
            comm.scatter_start(bytearray(2 * slots) if slot == 0 else None, 0, bytearray(2)),
            comm.all_to_all_start(bytearray(slots)),
            comm.all_gather_v_start(bytearray(slots), [1] * slots),
            comm.reduce_scatter_v_start(bytearray(slots), [1] * slots),
            comm.all_to_all_v_start(bytearray(slots), [1] * slots, bytearray(slots), [1] * slots),
        ]
        for work in reversed(works):
            work.wait(60)
        check.same("broadcast", plain, [1] * 4)
        check.same("all_gather of bytes", everything, [other for other in range(slots) for _ in range(4)])
        check.same("all_gather of tensors", gathered[:, 1, 2], range(slots))

        to, source = (slot + 1) % slots, (slot - 1) % slots
        first, second = numpy.zeros(3, dtype="i8"), numpy.zeros(3, dtype="i8")
        pairs = [
            comm.recv_start(second, source, tag=2),
            comm.recv_start(first, source, tag=1),
            comm.send_start(numpy.full(3, 10 + slot), to, tag=1),
            comm.send_start(numpy.full(3, 20 + slot), to, tag=2),
        ]
        for work in pairs:
            work.wait(60)
        check.same("recv", [*first, *second], [10 + source] * 3 + [20 + source] * 3)
        if slot == 0:
            comm.send(bytearray(b"hello"), 1)
        elif slot == 1:
            buffer = bytearray(5)
            comm.recv(buffer, 0)
            check.same("recv of bytes", buffer, b"hello")
        comm.barrier()
    return check.wrong


def without_one(member):
    """The victim is killed before it calls: zeros for it, and errors where it was needed."""
    check = Checks()
    with member.connect() as comm:
        slot, slots = comm.slot, comm.slots
        comm.barrier()
        member.say("slot", slot)
        victim = int(member.hear())
        if slot == victim:
            member.hear()
        out = numpy.full(slots, 99.0)
        result = comm.all_gather(numpy.array([slot + 1.0]), out)
        check.same("all_gather", out, [0 if other == victim else other + 1 for other in range(slots)])
        check.same("slot_mask", [result.slot_mask], [((1 << slots) - 1) & ~(1 << victim)])
        check.same("info", [comm.slot, comm.slots, comm.world], [slot, slots, slots - 1])
        first = min(other for other in range(slots) if other != victim)
        calls = [lambda: comm.broadcast(out, victim)]
        if slot == first:
            calls.append(lambda: comm.send(out, victim))
        for call in calls:
            try:
                call()
                check.wrong.append("no error")
            except collectives.PeerLost:
                pass
        comm.barrier()
    return check.wrong
