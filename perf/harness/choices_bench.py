"""bench.py choices: what the library chooses by itself beside each of its algorithms, in alternation."""

from . import record
from .contest import Contender
from .libraries import Launcher
from .progress import Progress
from .units import budget, median, pace_of, show_size, show_time

# What each collective has, as collectives.h says. hierarchical needs several sites.
ALGORITHMS = {
    "all_reduce": ["ring", "exchange", "star", "two_way_ring", "tree", "halving", "direct"],
    "reduce_scatter": ["ring", "halving", "direct"],
    "all_gather": ["ring", "halving", "direct"],
    "broadcast": ["ring", "tree", "halving", "direct"],
    "reduce": ["ring", "tree", "halving", "direct"],
}
ONE_FRAME = ("exchange", "star")
ONE_FRAME_BYTES = 256 << 10

CLOSE = 0.3


def _is_had(algorithm, world, size):
    return (algorithm not in ONE_FRAME or size <= ONE_FRAME_BYTES) and (algorithm != "two_way_ring" or world > 2)


def _row(ours, collective, world, size, args):
    names = ["auto"] + [name for name in ALGORITHMS[collective] if _is_had(name, world, size)]
    found = {name: [] for name in names}
    for turn in range(args.rounds):
        for name in names[turn % len(names):] + names[:turn % len(names)]:
            found[name].append(ours.measure(collective, pace_of(collective, args.pace), size, False, budget(size, args.milliseconds),
                                            name, "f32", "sum"))
    times = {name: median(r["p50_us"] for r in records) for name, records in found.items()}
    forced = {name: time for name, time in times.items() if name != "auto"}
    best = min(forced, key=forced.get)
    chosen = found["auto"][-1]["ran"]
    # Of the two measurements of what was chosen the shorter one counts: they differ by nothing but the machine.
    own = min(times["auto"], forced.get(chosen, times["auto"]))
    return {"collective": collective, "world": world, "bytes": size, "chosen": chosen, "auto_us": times["auto"], "best": best,
            "best_us": forced[best], "over_best": own / min(own, forced[best]), "times_us": {n: round(t, 2) for n, t in times.items()},
            "least_us": {name: min(r["min_us"] for r in records) for name, records in found.items()},
            "predicted_us": {name: records[-1]["predicted_us"] for name, records in found.items()},
            "wrong": sum(r["wrong"] for records in found.values() for r in records)}


def _share_close(rows, names):
    """Of times of these algorithms: how many were predicted to within 30%."""
    ratios = [row["predicted_us"][name] / row["times_us"][name] for row in rows for name in row["times_us"] if name in names]
    return sum(abs(ratio - 1) <= CLOSE for ratio in ratios), len(ratios)


def run(args):
    around, rows = record.surroundings(), []
    progress = Progress(len(args.collective) * len(args.worlds) * len(args.sizes))
    print(f"f32 sum, medians of {args.rounds} turns; time over the best forced algorithm's; predicted over measured in parentheses")
    for world in args.worlds:
        launcher = Launcher(args.library)
        try:
            ours = Contender("ours", lambda: launcher.ours(world), may_fail=False)
            for collective in args.collective:
                print(f"\n{collective}, {world} processes")
                for size in args.sizes:
                    row = _row(ours, collective, world, size, args)
                    rows.append(row)
                    progress.step(f"{collective}, {world} processes, {show_size(size)}")
                    progress.clear()
                    times = "  ".join(f"{name} {show_time(time)} ({row['predicted_us'][name] / time:.2f})" for name, time in row["times_us"].items())
                    print(f"  {show_size(size):>8s}  chose {row['chosen']:12s} x{row['over_best']:.2f} of {row['best']:12s}  {times}", flush=True)
        finally:
            launcher.close()
        record.write_record(args.output, around, rows, rounds=args.rounds)
    good = sum(row["over_best"] <= 1.1 for row in rows)
    auto, every = _share_close(rows, ["auto"]), _share_close(rows, [name for names in ALGORITHMS.values() for name in names])
    print(f"\nchosen within 10% of the best: {good} of {len(rows)}; predicted within 30%: {auto[0]} of {auto[1]} of what was chosen,"
          f" {every[0]} of {every[1]} of all\nrecord: {args.output}")
    return 1 if any(row["wrong"] for row in rows) else 0
