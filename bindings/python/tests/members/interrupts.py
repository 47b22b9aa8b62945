"""Ctrl-C in each kind of wait. `about_to` says when the main thread is on its way into the wait."""

import time

import numpy

import collectives
from collectives import _background, _calls


def about_to(member, owner, name):
    """Makes owner.name say "waiting" before it runs."""
    wrapped = getattr(owner, name)

    def announced(*arguments):
        member.say("waiting")
        return wrapped(*arguments)

    setattr(owner, name, announced)
    return lambda: setattr(owner, name, wrapped)


def interrupted(call):
    """Seconds until KeyboardInterrupt came out of the call, by this process's clock; None if it did not."""
    began = time.monotonic()
    try:
        call()
    except KeyboardInterrupt:
        return time.monotonic() - began
    return None


def work_wait(member):
    """The work goes on, and ends well."""
    with member.connect() as comm:
        world = comm.world
        array = numpy.ones(1000)
        if member.label != 0:
            member.hear()
            comm.all_reduce(array)
            return None
        work = comm.all_reduce_start(array)
        restore = about_to(member, _calls, "wait")
        seconds = interrupted(work.wait)
        restore()
        pending = work.test() is None
        member.say("interrupted", seconds)
        work.wait(60)
        return [pending, bool((array == world).all())]


def all_reduce(member):
    """The communicator is aborted, the buffer put back."""
    comm = member.connect()
    array = numpy.arange(100_000.0)
    before = array.copy()
    if member.label != 0:
        member.hear()
        participants = comm.all_reduce(array).participants
        comm.destroy()
        return [participants, bool((array == before).all())]
    restore = about_to(member, _calls, "wait")
    seconds = interrupted(lambda: comm.all_reduce(array))
    restore()
    member.say("interrupted", seconds)
    try:
        comm.all_reduce(array)
        later = "no error"
    except collectives.Aborted:
        later = "Aborted"
    comm.destroy()
    return [bool((array == before).all()), later]


def create(member):
    """Interrupted while it waits for a second member."""
    restore = about_to(member, _background.BackgroundCall, "wait")
    seconds = interrupted(member.connect)
    restore()
    member.say("interrupted", seconds)
    return "goes on"


def update(member):
    """Interrupted at the admission point, which the other does not reach."""
    comm = member.connect()
    if member.label != 0:
        member.hear()
        comm.destroy()
        return None
    restore = about_to(member, _background.BackgroundCall, "wait")
    seconds = interrupted(comm.update)
    restore()
    member.say("interrupted", seconds)
    try:
        comm.all_reduce(bytearray(1))
        later = "no error"
    except collectives.Aborted:
        later = "Aborted"
    comm.destroy()
    return later


def joins(member):
    """A plain member."""
    with member.connect() as comm:
        world = comm.world
        comm.all_reduce(bytearray(1))
        return world
