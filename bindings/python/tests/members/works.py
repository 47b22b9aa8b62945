"""Works: several in flight, tags, awaiting, descriptors, dropping."""

import asyncio
import gc
import select

import numpy

import collectives


def in_flight(member, operations, elements):
    """Many at once without tags, in the same order everywhere; waited for in the reverse order."""
    with member.connect() as comm:
        world = comm.world
        arrays = [numpy.full(elements, index + comm.rank, dtype=numpy.float32) for index in range(operations)]
        works = [comm.all_reduce_start(array, deadline=30) for array in arrays]
        for work in reversed(works):
            assert work.wait(60).participants == world
        expected = [index * world + sum(range(world)) for index in range(operations)]
        return [index for index, array in enumerate(arrays) if not (array == expected[index]).all()]


def tags(member):
    """Each member starts the tagged operations in an order of its own."""
    with member.connect() as comm:
        world = comm.world
        order = [3, 1, 2, 4]
        order = order[comm.rank :] + order[: comm.rank]
        arrays = {tag: numpy.full(1000 * tag, tag, dtype=numpy.int32) for tag in order}
        works = {tag: comm.all_reduce_start(arrays[tag], "sum", tag=tag) for tag in order}
        for work in works.values():
            work.wait(60)
        return [tag for tag in order if not (arrays[tag] == tag * world).all()]


def one_waits(member):
    """Label 0 waits for an operation that the others join only when told; what a work says meanwhile."""
    with member.connect() as comm:
        world = comm.world
        array = numpy.full(1000, 1.0)
        if member.label != 0:
            member.hear()
            comm.all_reduce(array)
            return None
        work = comm.all_reduce_start(array)
        said = [work.test() is None, repr(work)]
        try:
            work.wait(0.02)
        except collectives.Timeout as error:
            said.append([error.status, error.message])
        try:
            work.wait(0)
        except TimeoutError:
            said.append("nothing at once")
        poll = select.poll()
        poll.register(work.fileno(), select.POLLIN)
        said.append(poll.poll(0))
        member.say("running")
        said.append(len(poll.poll(60_000)))
        result = work.test()
        said += [result is not None and result == work.wait() == work.wait(0), array.tolist() == [world] * 1000]
        work.destroy()
        work.destroy()
        try:
            work.fileno()
        except collectives.InvalidHandle as error:
            said.append(error.message)
        return said


def awaits(member):
    """Label 0 awaits two operations, one of them twice, while its event loop does other things."""
    comm = member.connect()
    world = comm.world
    arrays = [numpy.full(1000, 1.0), numpy.full(70_000, 2.0)]
    if member.label != 0:
        member.hear()
        for array in arrays:
            comm.all_reduce(array)
        comm.destroy()
        return None

    async def run():
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                ticks += 1
                if ticks == 1000:
                    member.say("ticking")
                await asyncio.sleep(0)

        ticking = asyncio.ensure_future(tick())
        works = [comm.all_reduce_start(array) for array in arrays]
        cancelled = asyncio.ensure_future(wait_for(works[0]))
        await asyncio.sleep(0)
        cancelled.cancel()
        results = await asyncio.wait_for(asyncio.gather(works[0], works[1], wait_for(works[1])), 60)
        ticking.cancel()
        again = await works[0]
        return [len(results), results[1] == results[2], again == results[0], ticks >= 1000, cancelled.cancelled()]

    async def wait_for(work):
        return await work

    said = asyncio.run(run())
    said.append(all((array == value * world).all() for array, value in zip(arrays, (1.0, 2.0))))
    comm.destroy()
    return said


def dropped(member):
    """Label 0 drops a running work and its buffer; the operation ends well, and the handle is freed later."""
    with member.connect() as comm:
        world = comm.world
        if member.label != 0:
            member.hear()
            array = numpy.full(50_000, 1.0)
            comm.all_reduce(array)
            comm.all_reduce(array)
            return bool((array == world**2).all())
        comm.all_reduce_start(numpy.full(50_000, 1.0))
        gc.collect()
        kept = bool(comm._unfinished)
        member.say("dropped")
        array = numpy.full(50_000, float(world))
        work = comm.all_reduce_start(array)
        work.wait(60)
        # operations of one order end in it, so both have ended; a start would free the one that was dropped
        comm._unfinished.free_ended()
        return [kept, not comm._unfinished, bool((array == world**2).all())]


def count_meanwhile(member):
    """Label 0 waits in all_reduce while another thread computes: the interpreter lock is free."""
    import threading

    with member.connect() as comm:
        if member.label != 0:
            member.hear()
            comm.all_reduce(bytearray(1))
            return None
        ended = threading.Event()
        counted = 0

        def count():
            nonlocal counted
            while not ended.is_set():
                counted += 1
                if counted == 100_000:
                    member.say("counted")

        thread = threading.Thread(target=count)
        thread.start()
        comm.all_reduce(bytearray(1))
        ended.set()
        thread.join()
        return counted


def threads(member, operations):
    """Four threads with a tag each use one communicator at the same time."""
    import threading

    wrong = []
    with member.connect() as comm:
        world = comm.world

        def run(tag):
            for index in range(operations):
                array = numpy.full(200 + tag, tag + index, dtype=numpy.int64)
                comm.all_reduce(array, tag=tag)
                if not (array == (tag + index) * world).all():
                    wrong.append([tag, index])

        started = [threading.Thread(target=run, args=(tag,)) for tag in (1, 2, 3, 4)]
        for thread in started:
            thread.start()
        for thread in started:
            thread.join()
        return wrong
