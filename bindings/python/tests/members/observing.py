"""Members that tell what they have seen."""

import logging

import collectives
from failures import attempt


def dumps(member, operations):
    """Reduces, then dumps: once all have ended, and with an operation in flight that waits for label 0."""
    with member.connect() as comm:
        for _ in range(operations):
            comm.all_reduce(bytearray(8), tag=5)
        after = comm.dump()
        member.say("ready", [comm.rank, comm.info().member.hex()])
        member.hear()
        if member.label == 0:
            member.say("away")
            member.hear()
            comm.all_reduce(bytearray(4))
            return [after, None]
        work = comm.all_reduce_start(bytearray(4))
        member.say("started")
        member.hear()
        during = comm.dump()
        member.say("dumped")
        work.wait()
        return [after, during]


def reduces(member, operations):
    """Reduces, then dumps."""
    with member.connect() as comm:
        for _ in range(operations):
            comm.all_reduce(bytearray(8))
        dump = comm.dump()
        comm.all_reduce(bytearray(8))
        return dump


def loses_a_member(member):
    """The one that is told to stay away is killed while the other calls."""
    with member.connect() as comm:
        comm.all_reduce(bytearray(1))
        member.say("joined", comm.info().member.hex())
        if member.hear() == "stay away":
            member.hear()
        attempt(lambda: comm.all_reduce(bytearray(4)))
        return comm.dump()


def logs(member, level):
    """What comes through Python's logging while one lives."""
    lines = []

    class Keep(logging.Handler):
        def emit(self, record):
            lines.append([record.levelname, record.name, record.getMessage()])

    logger = logging.getLogger("test.observing")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.addHandler(Keep())
    collectives.set_log(level, logger)
    with member.connect() as comm:
        comm.all_reduce(bytearray(8))
    heard = list(lines)
    collectives.set_log(None)
    with collectives.Coordinator() as alone, collectives.Communicator(alone.address, min_members=1) as comm:
        comm.all_reduce(bytearray(8))
    return [heard, len(lines) - len(heard)]


def leaves_the_log_on(member):
    """Ends the interpreter with a log set, while lines come."""
    collectives.set_log("debug", logging.getLogger("test.observing"))
    comm = member.connect()
    for _ in range(200):
        comm.all_reduce(bytearray(8))
    return True
