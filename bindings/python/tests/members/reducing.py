"""Operations on command."""

import numpy


def on_command(member, operations, heartbeat):
    """Joins, and when told does so many all-reduces; the counters before and after."""
    with member.connect(heartbeat=heartbeat) as comm:
        small, large = numpy.ones(100, dtype=numpy.float32), numpy.ones(100_000, dtype=numpy.float32)
        comm.all_reduce(small, "max")
        member.say("joined")
        member.hear()
        before = comm.stats()
        for index in range(operations):
            comm.all_reduce(small if index % 4 else large, "max")
        after = comm.stats()
        member.say("done")
        member.hear()
        return [after.operations - before.operations, after.coordinator_messages - before.coordinator_messages]
