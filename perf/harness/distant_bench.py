"""bench.py distant: each algorithm of the all-reduce among members that are far from each other, beside what the library chooses.

All lines are alike. Every run is a new group of the same sites: one all-reduce after the other for some seconds; the time is the median between two ends
after the warm-up, in which connections open their windows and the links are probed.
"""

import statistics

from . import record
from .emulator import Emulator
from .topology import Topology
from .units import show_size
from .wan_group import Coordinator, Stream

ALGORITHMS = ["auto", "ring", "exchange", "star", "two_way_ring", "tree", "halving", "direct"]
_UP_TO = {"exchange": 256 << 10, "star": 256 << 10}


def _run(sites, size, algorithm, args):
    """The median time, what ran, and what was expected, in milliseconds."""
    coordinator = Coordinator(sites[0])
    try:
        found = Stream(sites, coordinator, size, 1, args.warm_up + args.seconds, algorithm=ALGORITHMS.index(algorithm)).result()
    finally:
        coordinator.close()
    ends = [0, *found["ends_ns"]]
    times = [(after - before) / 1e6 for before, after in zip(ends, ends[1:]) if before >= args.warm_up * 1e9] or [(ends[-1] - ends[-2]) / 1e6]
    return {"ms": statistics.median(times), "ran": ALGORITHMS[found["algorithm"]], "predicted_ms": found["predicted_seconds"] * 1e3,
            "operations": len(times), "wrong": found["wrong"]}


def _row(size, turns):
    """Medians of the turns."""
    times = {name: statistics.median(turn[name]["ms"] for turn in turns) for name in turns[0]}
    forced = {name: ms for name, ms in times.items() if name != "auto"}
    best = min(forced, key=forced.get)
    auto = turns[-1]["auto"]
    return {"bytes": size, "ms": {name: round(ms, 3) for name, ms in times.items()}, "chosen": auto["ran"], "predicted_ms": round(auto["predicted_ms"], 3),
            "best": best, "chosen_over_best": round(times["auto"] / forced[best], 3), "ring_over_best": round(times["ring"] / forced[best], 2),
            "wrong": sum(run["wrong"] for turn in turns for run in turn.values()), "turns": turns}


def run(args):
    around = record.surroundings()
    shape = Topology("distant members", {"sites": [f"s{number}" for number in range(args.members)], "rtt_ms": args.rtt_ms, "rate_mbit": args.rate_mbit, "loss": 0, "congestion": "bbr"})
    rows = []
    print(f"{args.members} members, {args.rtt_ms:g} ms between any two, {args.rate_mbit:g} Mbit/s: milliseconds\n")
    print(f"| size | {' | '.join(ALGORITHMS)} | chosen | predicted | over best |\n|{'---|' * (len(ALGORITHMS) + 4)}")
    with Emulator("--seed", str(args.seed), "--memory", str(args.memory)) as emulator:
        sites = shape.build(emulator)
        for size in args.sizes:
            names = [name for name in ALGORITHMS if size <= _UP_TO.get(name, size)]
            row = _row(size, [{name: _run(sites, size, name, args) for name in names} for _ in range(args.turns)])
            rows.append(row)
            cells = [f"{row['ms'][name]:.1f}" if name in row["ms"] else "" for name in ALGORITHMS]
            print(f"| {show_size(size)} | {' | '.join(cells)} | {row['chosen']} | {row['predicted_ms']:.1f} | {row['chosen_over_best']:.2f} |", flush=True)
            record.write_record(args.output, around, rows, members=args.members, rtt_ms=args.rtt_ms, rate_mbit=args.rate_mbit)
    print(f"\nrecord: {args.output}")
    return 1 if any(row["wrong"] for row in rows) else 0
