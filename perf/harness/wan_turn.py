"""One turn over emulated links: the library, then iperf3 on the links of the rings that the library has chosen, all at once, as rings use them.

What is counted begins after the warm-up (slow start, the choice of lanes and of the order) and lasts the given time. A run is valid if the
emulator said so of every half second that was counted, and of the ceilings.
"""

import contextlib
import fcntl
import statistics
import sys
import threading
import time

from . import wan_group
from .emulator import Emulator
from .iperf import Transfer
from .wan_group import Coordinator, Stream, operations_by

SAMPLE_S = 0.5


class Sampler(threading.Thread):
    """The emulator's counts every half a second, and the topology's events in between. It alone talks to the emulator meanwhile."""

    def __init__(self, emulator, events):
        super().__init__(daemon=True)
        self._emulator, self._events = emulator, [(event.at_s, event) for event in events]
        self._stopped = threading.Event()
        self.samples, self.failure = [], None

    def run(self):
        began = time.monotonic()
        try:
            while not self._stopped.wait(SAMPLE_S):
                now = time.monotonic() - began
                for at, event in sorted((due for due in self._events if due[0] <= now), key=lambda due: due[0]):
                    for command in event.commands:
                        self._emulator.tell(command)
                    self._events.remove((at, event))
                    if event.every_s:
                        self._events.append((at + event.every_s, event))
                self.samples.append((time.monotonic() - began, self._emulator.stats()))
        except Exception as failure:  # told by stop(), on the thread that waits
            self.failure = failure

    def stop(self):
        self._stopped.set()
        self.join()
        if self.failure:
            raise self.failure
        return self.samples


def ceiling(sites, rings, args, streams):
    """What each link of the rings carries, all at once as the rings use them, in bits per second; ring by ring."""
    transfers = [[Transfer(sites[one], sites[other], args.ceiling_seconds, streams=streams, omit=args.ceiling_omit) for one, other in wan_group.pairs(ring["sites"])]
                 for ring in rings]
    return [[transfer.bits_per_second() for transfer in ring] for ring in transfers]


def together(rates):
    """What rings side by side carry: each as much as its slowest link."""
    return sum(min(ring) for ring in rates)


def _watch(stream, coordinator, sites, seconds):
    """The group as it was last, the rings that it has had, and when all of its links were known."""
    began, group, rings, ready = time.monotonic(), None, [], None
    while stream.is_running and time.monotonic() - began < seconds:
        time.sleep(0.25)
        seen = coordinator.group()
        if not seen or seen["epoch"] == 0:
            continue
        group = seen
        now = wan_group.rings(group, sites)
        if now and (not rings or rings[-1]["rings"] != now):
            rings.append({"at_s": round(time.monotonic() - began, 2), "rings": now})
        known = group["order"]["probes_left"] == 0 and (group["order"]["better_known"] or group["order"]["predicted_seconds_64_mib"] is not None)
        if known and rings and ready is None:
            ready = round(time.monotonic() - began - rings[0]["at_s"], 2)
    return group, rings, ready


def _apart(ends_ns, args):
    """Milliseconds from one operation's end to the next, of those that are counted: with one in flight, what an operation takes."""
    counted = [end for end in ends_ns if args.warm_up * 1e9 <= end <= (args.warm_up + args.seconds) * 1e9]
    apart = sorted((later - earlier) / 1e6 for earlier, later in zip(counted, counted[1:]))
    if not apart:
        return None
    return {"median": round(statistics.median(apart), 3), "least": round(apart[0], 3), "p99": round(apart[int(0.99 * (len(apart) - 1))], 3), "most": round(apart[-1], 3)}


def library(emulator, sites, coordinator, shape, args, lanes=None, keep_order=False):
    """A stream of all-reduces: what it got in the time that counts, and what the links carried meanwhile."""
    emulator.stats()
    lanes = lanes or args.lanes
    stream = Stream(sites, coordinator, args.size, args.in_flight, args.warm_up + args.seconds, lanes, shape.congestion, keep_order=keep_order)
    sampler = Sampler(emulator, shape.events)
    sampler.start()
    group, rings, ready = _watch(stream, coordinator, sites, args.warm_up + args.seconds * 0.9)
    found = stream.result()
    samples = sampler.stop()
    counted = [stats for at, stats in samples if args.warm_up <= at <= args.warm_up + args.seconds]
    window = operations_by(found["ends_ns"], args.warm_up + args.seconds) - operations_by(found["ends_ns"], args.warm_up)
    algbw = window * found["bytes"] / args.seconds
    lanes_of = [link["lanes"] for member in group["members"] for link in member["links"]] if group else []
    return {
        "algbw_bytes": algbw, "busbw_bytes": algbw * 2 * (found["world"] - 1) / found["world"], "operations": len(found["ends_ns"]),
        "wrong": found["wrong"], "cpu_seconds_per_gb": found["cpu_seconds"] / (len(found["ends_ns"]) * found["bytes"] * found["world"] / 1e9),
        "lanes": [min(lanes_of, default=0), max(lanes_of, default=0)], "rings": rings, "links_known_after_s": ready,
        "updates_s": [round(update / 1e9, 3) for update in found["updates_ns"]], "apart_ms": _apart(found["ends_ns"], args),
        "valid": all(stats["valid"] for stats in counted), "why": sorted({why for stats in counted for why in stats["why"]}),
        "lateness_p99_us": max((stats["lateness_p99_us"] for stats in counted), default=0),
        "began_ns": found["began_ns"], "ends_s": [round(end / 1e9, 3) for end in found["ends_ns"]],
        "links": [{"at_s": round(at, 2), "bytes": {f"{link['from']}>{link['to']}": link["bytes"] for link in stats["links"]}} for at, stats in samples],
    }


@contextlib.contextmanager
def alone(path):
    """Benchmarks of one machine that are given the same file take turns; without one, it's the caller's business."""
    if not path:
        yield
        return
    with open(path, "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _group(shape, args, number):
    """An emulator of its own for each run: it begins as the file says, whatever has happened in the one before. With each member's site."""
    with alone(args.lock), Emulator("--seed", str(args.seed + number), "--memory", str(args.memory)) as emulator:
        sites = shape.build(emulator)
        coordinator = Coordinator(sites[0])
        try:
            yield emulator, [sites[index] for index in shape.member_sites()], coordinator
        finally:
            coordinator.close()


def _say(args, number, what, seconds):
    print(f"turn {number + 1} of {args.turns}: {what}, {seconds} s", file=sys.stderr, flush=True)


def _ceilings(emulator, sites, rings, shape, args):
    """One stream and many, on links as the file says, which events have changed, and past all firewalls."""
    shape.link(emulator)
    shape.open(emulator)
    emulator.stats()
    found = {"one": ceiling(sites, rings, args, 1), "many": ceiling(sites, rings, args, args.many)}
    stats = emulator.stats()
    return {**found, "ceiling_valid": stats["valid"], "ceiling_why": stats["why"]}


def turn(shape, args, number):
    """What the library and the ceilings got; also, if asked for, the library with one lane per link and in the order of ranks."""
    with _group(shape, args, number) as (emulator, sites, coordinator):
        _say(args, number, "the library", args.warm_up + args.seconds)
        ours = library(emulator, sites, coordinator, shape, args, keep_order=args.keep_order)
        _say(args, number, "ceilings", 2 * (args.ceiling_seconds + args.ceiling_omit))
        found = {"ours": ours, **_ceilings(emulator, sites, ours["rings"][-1]["rings"], shape, args)}
    if args.beside_one_lane:
        with _group(shape, args, number) as (emulator, sites, coordinator):
            _say(args, number, "one lane", args.warm_up + args.seconds)
            found["one_lane"] = library(emulator, sites, coordinator, shape, args, lanes=1)
    if args.beside_rank_order:
        with _group(shape, args, number) as (emulator, sites, coordinator):
            _say(args, number, "in the order of ranks", args.warm_up + args.seconds)
            found["rank_order"] = library(emulator, sites, coordinator, shape, args, keep_order=True)
    return found


def row(found):
    """A turn as records have it."""
    more = {key: found[key] for key in ("one_lane", "rank_order") if key in found}
    return {"one_stream_bits": found["one"], "many_streams_bits": found["many"], "ceiling_valid": found["ceiling_valid"], "ceiling_why": found["ceiling_why"],
            **found["ours"], **more}


def is_valid(found):
    return found["ceiling_valid"] and all(found[key]["valid"] for key in ("ours", "one_lane", "rank_order") if key in found)
