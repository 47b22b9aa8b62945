"""bench.py wan: all-reduces over an emulated earth, beside what kernel TCP gets out of the same links.

A turn is: the library, with several all-reduces in flight; then iperf3 with one stream and with many over the links of the rings that the
library has chosen, all at once, as rings use them. What is counted begins after the warm-up (slow start, the choice of lanes and of the
order) and lasts the given time. The ceiling is the many streams' rate on the slowest link of each ring, added up; a share of it is the
library's bus bandwidth, which is what the links of all rings carry, over that. With --beside-rank-order every turn also has a run in the
order of ranks.
"""

import contextlib
import os
import statistics
import sys
import threading
import time

from . import record, topology, wan_group, wan_plot
from .emulator import Emulator
from .iperf import Transfer
from .units import show_size
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


def _ceiling(sites, rings, args, streams):
    """What each link of the rings carries, all at once as the rings use them, in bits per second; ring by ring."""
    transfers = [[Transfer(sites[one], sites[other], args.ceiling_seconds, streams=streams, omit=args.ceiling_omit) for one, other in wan_group.pairs(ring["sites"])]
                 for ring in rings]
    return [[transfer.bits_per_second() for transfer in ring] for ring in transfers]


def _together(rates):
    """What rings side by side carry: each as much as its slowest link."""
    return sum(min(ring) for ring in rates)


def _ours(emulator, sites, coordinator, shape, args, keep_order=False):
    emulator.stats()
    began = time.monotonic()
    stream = Stream(sites, coordinator, args.size, args.in_flight, args.warm_up + args.seconds, args.lanes, args.congestion, keep_order=keep_order)
    sampler = Sampler(emulator, shape.events)
    sampler.start()
    group, rings, ready = None, [], None
    while stream.is_running and time.monotonic() - began < args.warm_up + args.seconds * 0.9:
        time.sleep(0.25)
        seen = coordinator.group()
        if not seen or seen["epoch"] == 0:
            continue
        group = seen
        now = wan_group.rings(group, sites)
        if not rings or rings[-1]["rings"] != now:
            rings.append({"at_s": round(time.monotonic() - began, 2), "rings": now})
        known = group["order"]["probes_left"] == 0 and (group["order"]["better_known"] or group["order"]["predicted_seconds_64_mib"] is not None)
        if known and ready is None:
            ready = round(time.monotonic() - began - rings[0]["at_s"], 2)
    found = stream.result()
    samples = sampler.stop()
    window = operations_by(found["ends_ns"], args.warm_up + args.seconds) - operations_by(found["ends_ns"], args.warm_up)
    algbw = window * found["bytes"] / args.seconds
    lanes = [link["lanes"] for member in group["members"] for link in member["links"]] if group else []
    return {
        "algbw_bytes": algbw, "busbw_bytes": algbw * 2 * (found["world"] - 1) / found["world"], "operations": len(found["ends_ns"]),
        "wrong": found["wrong"], "cpu_seconds_per_gb": found["cpu_seconds"] / (len(found["ends_ns"]) * found["bytes"] * found["world"] / 1e9),
        "lanes": [min(lanes, default=0), max(lanes, default=0)], "rings": rings, "links_known_after_s": ready,
        "updates_s": [round(update / 1e9, 3) for update in found["updates_ns"]],
        "valid": all(stats["valid"] for _, stats in samples), "why": sorted({why for _, stats in samples for why in stats["why"]}),
        "lateness_p99_us": max(stats["lateness_p99_us"] for _, stats in samples),
        "began_ns": found["began_ns"], "ends_s": [round(end / 1e9, 3) for end in found["ends_ns"]],
        "links": [{"at_s": round(at, 2), "bytes": {f"{link['from']}>{link['to']}": link["bytes"] for link in stats["links"]}} for at, stats in samples],
    }


def _table(shape, args, turns, out=sys.stdout):
    world, median = shape.world, statistics.median
    ours = [turn["ours"] for turn in turns]
    busbw, algbw = median(o["busbw_bytes"] for o in ours), median(o["algbw_bytes"] for o in ours)
    many, one = median(_together(turn["many"]) for turn in turns), median(_together(turn["one"]) for turn in turns)
    rtts = [shape.rtt_ms[i][j] for i, j in shape.pairs()]
    losses = sorted({shape.loss[i][j] for i, j in shape.pairs()})
    print(f"\n# {shape.title}: {world} members; {args.in_flight} x {show_size(args.size)} in flight, medians of {len(turns)} turns of "
          f"{args.seconds} s after {args.warm_up} s of warm-up; ceiling: iperf3 on the same links, {args.many} streams", file=out)
    print(f"#{'size':>11s} {'count':>11s} {'type':>5s} {'redop':>6s} {'time':>9s} {'algbw':>7s} {'busbw':>7s} {'#wrong':>6s} {'rtt':>9s} {'loss':>8s} {'control':>8s} "
          f"{'lanes':>6s} {'1 stream':>9s} {'ceiling':>9s} {'%':>5s} {'x 1':>6s} {'CPU':>7s} {'valid':>6s}", file=out)
    print(f"#{'(B)':>11s} {'(elements)':>11s} {'':>5s} {'':>6s} {'(ms)':>9s} {'(GB/s)':>7s} {'(GB/s)':>7s} {'':>6s} {'(ms)':>9s} {'':>8s} {'':>8s} "
          f"{'':>6s} {'(Mbit/s)':>9s} {'(Mbit/s)':>9s} {'':>5s} {'':>6s} {'(s/GB)':>7s} {'':>6s}", file=out)
    lanes = (min(o["lanes"][0] for o in ours), max(o["lanes"][1] for o in ours))
    print(f" {args.size:11d} {args.size // 4:11d} {'f32':>5s} {'sum':>6s} {args.size / algbw * 1e3:9.1f} {algbw / 1e9:7.4f} {busbw / 1e9:7.4f} "
          f"{sum(o['wrong'] for o in ours):6d} {f'{min(rtts):g}-{max(rtts):g}':>9s} {losses[-1]:8.4%} {args.congestion or shape.congestion:>8s} "
          f"{f'{lanes[0]}-{lanes[1]}':>6s} {one / 1e6:9.1f} {many / 1e6:9.1f} {100 * busbw * 8 / many:5.1f} {busbw * 8 / one:6.1f} "
          f"{median(o['cpu_seconds_per_gb'] for o in ours):7.2f} {'yes' if all(o['valid'] for o in ours) else 'NO':>6s}", file=out)
    rings, at = ours[-1]["rings"][-1]["rings"], shape.member_sites()
    print(f"# {'ring' if len(rings) == 1 else 'rings'} at the end: " + "; ".join(
        " > ".join(shape.sites[at[i]] for i in ring["sites"]) + (f" ({ring['share']:.0%})" if len(rings) > 1 else "") for ring in rings), file=out)
    if "rank_order" in turns[0]:
        print(f"# in the order of ranks: {median(turn['rank_order']['busbw_bytes'] for turn in turns) / 1e9:.4f} GB/s; the chosen order over it, median of turns: "
              f"{median(turn['ours']['busbw_bytes'] / turn['rank_order']['busbw_bytes'] for turn in turns):.2f}", file=out)
    for why in sorted({why for o in ours for why in o["why"]}):
        print(f"# not valid: {why}", file=out)
    return busbw * 8 / many


@contextlib.contextmanager
def _group(shape, args, turn):
    """An emulator of its own for each run: it begins as the file says, whatever has happened in the one before. With each member's site."""
    with Emulator("--seed", str(args.seed + turn), "--memory", str(args.memory)) as emulator:
        sites = shape.build(emulator)
        coordinator = Coordinator(sites[0])
        try:
            yield emulator, [sites[index] for index in shape.member_sites()], coordinator
        finally:
            coordinator.close()


def _say(args, turn, what, seconds):
    print(f"turn {turn + 1} of {args.turns}: {what}, {seconds} s", file=sys.stderr, flush=True)


def run(args):
    shape = topology.load(args.topology)
    shape.congestion = args.congestion or shape.congestion
    shape.tcp = args.tcp or shape.tcp
    around, turns = record.surroundings(), []
    for turn in range(args.turns):
        with _group(shape, args, turn) as (emulator, sites, coordinator):
            _say(args, turn, "the library", args.warm_up + args.seconds)
            ours = _ours(emulator, sites, coordinator, shape, args)
            rings = ours["rings"][-1]["rings"]
            _say(args, turn, "ceilings", 2 * (args.ceiling_seconds + args.ceiling_omit))
            shape.link(emulator)  # events have changed links; the ceiling is that of the file
            turns.append({"ours": ours, "one": _ceiling(sites, rings, args, 1), "many": _ceiling(sites, rings, args, args.many)})
        if args.beside_rank_order:
            with _group(shape, args, turn) as (emulator, sites, coordinator):
                _say(args, turn, "in the order of ranks", args.warm_up + args.seconds)
                turns[-1]["rank_order"] = _ours(emulator, sites, coordinator, shape, args, keep_order=True)
    share = _table(shape, args, turns)
    rows = [{"one_stream_bits": turn["one"], "many_streams_bits": turn["many"], **turn["ours"], **({"rank_order": turn["rank_order"]} if "rank_order" in turn else {})}
            for turn in turns]
    more = {"topology": shape.name, "title": shape.title, "source": shape.source, "sites": shape.sites, "rtt_ms": shape.rtt_ms, "rate_mbit": shape.rate_mbit,
            "loss": shape.loss, "jitter_ms": shape.jitter_ms, "congestion": shape.congestion, "tcp": shape.tcp, "streams": args.many, "warm_up_s": args.warm_up,
            "seconds": args.seconds, "size": args.size, "in_flight": args.in_flight, "share_of_ceiling": share}
    record.write_record(args.output, around, rows, **more)
    picture = os.path.splitext(args.output)[0] + ".png"
    wan_plot.plot(shape, rows[-1], args, picture)
    print(f"# record: {args.output}\n# pictures: {picture}")
    wrong = sum(row["wrong"] for row in rows)
    return 1 if wrong or not all(row["valid"] for row in rows) else 0
