"""What goes wrong, and what is said then."""

import os

import numpy

import collectives


def attempt(call):
    """[exception's name, status, message] of a call, or its value."""
    try:
        return call()
    except collectives.CollectivesError as error:
        return [type(error).__name__, error.status, error.message]


def mismatch(member, calls):
    """Calls that do not fit: label -> [count, type, op]. The input has to survive."""
    with member.connect() as comm:
        count, type_name, op = calls[member.label]
        array = numpy.arange(count).astype(type_name)
        before = array.copy()
        found = attempt(lambda: comm.all_reduce(array, op))
        # nobody leaves before all have seen the error
        member.say("failed")
        member.hear()
        return [found, bool((array == before).all())]


def loses_a_member(member, elements, on_loss):
    """The one that is told to stay away never calls, and is killed: the others' call fails, or ends without it."""
    with member.connect() as comm:
        comm.all_reduce(bytearray(1))
        member.say("rank", comm.rank)
        if member.hear() == "stay away":
            member.hear()
        array = numpy.arange(elements, dtype=numpy.float32) + comm.rank
        before = array.copy()
        work = comm.all_reduce_start(array, on_loss=on_loss)
        member.say("started")
        found = attempt(work.wait)
        same_again = attempt(work.wait) == found
        put_back = bool((array == before).all())
        if on_loss == "retry":
            found = found.participants
        first = float(array[0])
        later = comm.all_reduce(numpy.ones(3)).participants
        member.say("ended")
        member.hear()
        return [found, same_again, put_back, first, later]


def waits_alone(member, ending):
    """Label 0 waits for the others, who stay away; its wait ends through itself."""
    import threading

    comm = member.connect()
    if member.label != 0:
        member.hear()
        comm.destroy()
        return None
    array = numpy.arange(1000.0)
    before = array.copy()
    work = comm.all_reduce_start(array, deadline=0.2 if ending == "deadline" else 60.0)
    if ending != "deadline":
        threading.Thread(target=getattr(comm, ending)).start()
    found = attempt(work.wait)
    intact = bool((array == before).all())
    later = None if ending == "deadline" else attempt(lambda: comm.all_reduce(array))
    comm.destroy()
    comm.destroy()
    return [found, intact, later, attempt(comm.info), attempt(lambda: comm.all_reduce(array)), repr(comm)]


def forks(member):
    """A forked child is refused; its parent goes on."""
    with member.connect() as comm:
        world = comm.world
        work = comm.all_reduce_start(bytearray(1))
        work.wait(60)
        receive, send = os.pipe()
        child = os.fork()
        if child == 0:
            calls = [
                lambda: comm.all_reduce(bytearray(1)),
                lambda: comm.all_reduce_start(bytearray(1)),
                comm.info,
                comm.update,
                comm.abort,
                lambda: collectives.Communicator("127.0.0.1:1", deadline=1),
            ]
            try:
                names = ",".join(str(attempt(call)[0]) for call in calls)
            except BaseException as error:
                names = repr(error)
            os.write(send, names.encode())
            comm.destroy()
            os._exit(0)
        os.close(send)
        with os.fdopen(receive) as pipe:
            names = pipe.read()
        status = os.waitpid(child, 0)[1]
        array = numpy.ones(3)
        comm.all_reduce(array)
        return [names, status, bool((array == world).all())]
