"""bench.py points: the library on lines that are all alike, one point after the other, beside kernel TCP on the same links.

A file of points (perf/Wan/points) has lines as [[points]]: members, rate_mbit, rtt_ms, loss, congestion, tcp of each, and, where they differ from
the file's own, size, in_flight, warm_up, seconds and many (streams of the ceiling); keep_order has one ring in the order of ranks, beside_one_lane adds a
run with a single lane per link. Every turn measures all points as bench.py wan
measures a topology (wan_turn.py), so that what the machine does in the meantime falls on all.
"""

import argparse
import os
import statistics
import tomllib

from . import record, wan_turn
from .libraries import ROOT
from .topology import Topology, TopologyError
from .units import parse_size, show_size

FILES = os.path.join(ROOT, "perf", "Wan", "points")
_LINES = {"members", "rate_mbit", "rtt_ms", "loss", "congestion", "tcp", "jitter_ms"}
_RUNS = {"size", "in_flight", "warm_up", "seconds", "many", "beside_one_lane", "keep_order"}


class Point:
    """One row of the table: lines, and how they are measured."""

    def __init__(self, found, args):
        unknown = set(found) - _LINES - _RUNS
        if unknown or not {"members", "rate_mbit", "rtt_ms"} <= set(found):
            raise TopologyError(f"a point: expected {', '.join(sorted(_LINES | _RUNS))}; found {', '.join(sorted(found))}")
        lines = {key: found[key] for key in _LINES & set(found) - {"members"}}
        self.lines = {"loss": 0, "congestion": "bbr", "tcp": "stock", **lines, "members": found["members"]}
        sites = [f"s{number}" for number in range(found["members"])]
        self.shape = Topology("a point", {"sites": sites, **lines})
        runs = {key: found[key] for key in _RUNS & set(found)}
        if "size" in runs:
            runs["size"] = parse_size(runs["size"])
        self.args = argparse.Namespace(**{**vars(args), "lanes": None, "congestion": None, "beside_rank_order": False, "beside_one_lane": False,
                                            "keep_order": False, **runs})
        self.turns = []

    @property
    def name(self):
        lines = self.lines
        return f"{lines['members']} x {lines['rate_mbit']:g} Mbit/s x {lines['rtt_ms']:g} ms, {lines['loss']:.2%} lost, {lines['congestion']}"

    def _median(self, value):
        return statistics.median(map(value, self.turns))

    def summary(self):
        """Medians of the turns."""
        found = {
            "busbw_bits": self._median(lambda turn: turn["ours"]["busbw_bytes"] * 8), "ceiling_bits": self._median(lambda turn: wan_turn.together(turn["many"])),
            "one_stream_bits": self._median(lambda turn: wan_turn.together(turn["one"])),
            "share_of_ceiling": self._median(lambda turn: turn["ours"]["busbw_bytes"] * 8 / wan_turn.together(turn["many"])),
            "times_one_stream": self._median(lambda turn: turn["ours"]["busbw_bytes"] * 8 / wan_turn.together(turn["one"])),
            "valid_turns": sum(map(wan_turn.is_valid, self.turns)),
        }
        if self.args.beside_one_lane:
            found["one_lane_bits"] = self._median(lambda turn: turn["one_lane"]["busbw_bytes"] * 8)
            found["times_one_lane"] = self._median(lambda turn: turn["ours"]["busbw_bytes"] / turn["one_lane"]["busbw_bytes"])
        if self.args.in_flight == 1 and all(turn["ours"]["apart_ms"] for turn in self.turns):
            found["operation_ms"] = self._median(lambda turn: turn["ours"]["apart_ms"]["median"])
        return found

    def rows(self):
        args = self.args
        runs = {"size": args.size, "in_flight": args.in_flight, "warm_up_s": args.warm_up, "seconds": args.seconds, "streams": args.many, "keep_order": args.keep_order}
        return {"point": self.name, **self.lines, **runs, **self.summary(), "turns": [wan_turn.row(turn) for turn in self.turns]}


def load(name, args):
    """A file of perf/Wan/points by its name, or any by its path: its title and points."""
    path = name if name.endswith(".toml") else os.path.join(FILES, f"{name}.toml")
    if not os.path.exists(path):
        raise TopologyError(f"there are no points {name}: expected a file, or one of {', '.join(files())}")
    with open(path, "rb") as file:
        found = tomllib.load(file)
    common = {key: value for key, value in found.items() if key not in ("title", "points")}
    points = [Point({**common, **point}, args) for point in found.get("points", [])]
    if not points:
        raise TopologyError(f"{path}: expected [[points]]")
    return found.get("title", name), points


def files():
    return sorted(name.removesuffix(".toml") for name in os.listdir(FILES) if name.endswith(".toml"))


def _print(title, points, turns):
    """A table of Markdown."""
    print(f"\n{title}: medians of {turns} turns")
    titles = ["members", "each line", "all-reduces", "library (Mbit/s)", "lanes", "1 stream (Mbit/s)", "ceiling (Mbit/s)", "of the ceiling", "over 1 lane", "ms", "valid"]
    print(f"\n| {' | '.join(titles)} |\n|{'---|' * len(titles)}")
    for point in points:
        lines, found, last = point.lines, point.summary(), point.turns[-1]["ours"]
        where = f"{lines['rate_mbit']:g} Mbit/s, {lines['rtt_ms']:g} ms, {100 * lines['loss']:g}% lost, {lines['congestion']}"
        cells = [lines["members"], where, f"{point.args.in_flight} x {show_size(point.args.size)}", f"{found['busbw_bits'] / 1e6:.1f}",
                 "-".join(map(str, last["lanes"])), f"{found['one_stream_bits'] / 1e6:.1f}", f"{found['ceiling_bits'] / 1e6:.1f}", f"{found['share_of_ceiling']:.2f}",
                 f"{found['times_one_lane']:.1f}" if "times_one_lane" in found else "", f"{found['operation_ms']:.1f}" if "operation_ms" in found else "",
                 f"{found['valid_turns']} of {len(point.turns)}"]
        print(f"| {' | '.join(map(str, cells))} |")


def run(args):
    title, points = load(args.points, args)
    around = record.surroundings()
    for number in range(args.turns):
        for point in points:
            point.turns.append(wan_turn.turn(point.shape, point.args, number))
            found = point.summary()
            print(f"{point.name}: {found['busbw_bits'] / 1e6:.1f} of {found['ceiling_bits'] / 1e6:.1f} Mbit/s, {found['share_of_ceiling']:.2f}"
                  + (f"; {found['times_one_lane']:.1f} times one lane" if "times_one_lane" in found else "")
                  + (f"; {found['operation_ms']:.1f} ms" if "operation_ms" in found else "")
                  + f"; {found['valid_turns']} of {number + 1} turns valid", flush=True)
            measured = [one for one in points if one.turns]
            record.write_record(args.output, around, [one.rows() for one in measured], title=title, turns=number + 1)
    _print(title, points, args.turns)
    print(f"\nrecord: {args.output}")
    return 1 if any(turn["ours"]["wrong"] for point in points for turn in point.turns) else 0
