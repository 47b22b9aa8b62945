"""bench.py orders: members between which every link is another one, in the order that the library finds and in that of ranks.

Each seed draws rates of 50 to 500 Mbit/s for every direction and round trips of 20 to 150 ms for every pair. The library runs once as it
likes and once in the order of ranks. The rings that it has chosen are judged by the true rates too: the time that
docs/order.md predicts for them, over that of the best single ring of all, which is found by trying them all.
"""

import itertools
import random
import statistics
import sys
import time

from . import record
from .emulator import Emulator
from .units import show_size
from .wan_group import Coordinator, Stream, operations_by, pairs, rings
from .wan_turn import alone

HEADERS = 1448 / 1538


class Drawn:
    def __init__(self, seed, members, scale):
        chance = random.Random(seed)
        self.members, self.seed = members, seed
        self.rate, self.rtt = {}, {}
        for i, j in itertools.combinations(range(members), 2):
            rtt = chance.uniform(20, 150)
            for pair in ((i, j), (j, i)):
                self.rate[pair], self.rtt[pair] = chance.uniform(50, 500) * scale, rtt

    def build(self, emulator, congestion):
        sites = [emulator.site(f"s{i}") for i in range(self.members)]
        for (i, j), rate in self.rate.items():
            emulator.link(f"s{i}", f"s{j}", both=False, rate=f"{rate:.1f}mbit", delay=f"{self.rtt[i, j] / 2:.1f}ms")
        for site in sites:
            emulator.tell("congestion", site.name, congestion)
        return sites

    def predicted_seconds(self, rings, size):
        """Of an all-reduce of that size over rings of sites and their shares, by the true rates."""
        hops = 2 * (self.members - 1) / self.members
        times = []
        for ring in rings:
            links, share = pairs(ring["sites"]), ring["share"]
            slowest = min(self.rate[link] for link in links) * 1e6 * HEADERS / 8
            times.append(hops * (share * size / slowest + sum(self.rtt[link] for link in links) / 2e3))
        return max(times)

    def best_ring_seconds(self, size):
        return min(self.predicted_seconds([{"sites": (0, *rest), "share": 1}], size) for rest in itertools.permutations(range(1, self.members)))


def _run(drawn, args, keep_order):
    with alone(args.lock), Emulator("--seed", str(drawn.seed), "--memory", str(args.memory)) as emulator:
        sites = drawn.build(emulator, args.congestion)
        coordinator = Coordinator(sites[0])
        try:
            stream = Stream(sites, coordinator, args.size, args.in_flight, args.warm_up + args.seconds, keep_order=keep_order)
            began, known, last = None, None, None
            while stream.is_running and (began is None or time.monotonic() - began < args.warm_up + args.seconds * 0.9):
                time.sleep(0.1)
                group = coordinator.group()
                if not group or not group["epoch"]:
                    continue
                began = began or time.monotonic()
                last = group if rings(group, sites) else last
                if known is None and group["order"]["probes_left"] == 0 and group["order"]["predicted_seconds_64_mib"] is not None:
                    known = time.monotonic() - began
            found, stats = stream.result(), emulator.stats()
        finally:
            coordinator.close()
    chosen = rings(last, sites)
    window = operations_by(found["ends_ns"], args.warm_up + args.seconds) - operations_by(found["ends_ns"], args.warm_up)
    return {"algbw_bytes": window * args.size / args.seconds, "rings": chosen, "known_after_s": known, "wrong": found["wrong"],
            "updates_s": [round(update / 1e9, 2) for update in found["updates_ns"]], "valid": stats["valid"], "why": stats["why"],
            "predicted_seconds_64_mib": drawn.predicted_seconds(chosen, 64 << 20)}


def run(args):
    around, rows = record.surroundings(), []
    print(f"# {args.members} members, 50 to 500 Mbit/s x {args.scale:g}, 20 to 150 ms; {args.in_flight} x {show_size(args.size)} in flight, "
          f"{args.seconds} s after {args.warm_up} s of warm-up")
    print(f"#{'seed':>5s} {'rings':>6s} {'known':>7s} {'chosen':>9s} {'ranks':>9s} {'faster':>7s} {'predicted':>10s} {'best ring':>10s} {'valid':>6s}")
    print(f"#{'':>5s} {'':>6s} {'(s)':>7s} {'(Mbit/s)':>9s} {'(Mbit/s)':>9s} {'':>7s} {'(s)':>10s} {'(s)':>10s} {'':>6s}")
    for seed in range(args.seed, args.seed + args.seeds):
        drawn = Drawn(seed, args.members, args.scale)
        row = {"seed": seed, "chosen": _run(drawn, args, False), "ranks": _run(drawn, args, True), "best_ring_seconds": drawn.best_ring_seconds(64 << 20)}
        rows.append(row)
        chosen, ranks = row["chosen"], row["ranks"]
        print(f" {seed:5d} {len(chosen['rings']):6d} {chosen['known_after_s'] or 0:7.1f} {chosen['algbw_bytes'] * 8e-6:9.1f} {ranks['algbw_bytes'] * 8e-6:9.1f} "
              f"{chosen['algbw_bytes'] / max(ranks['algbw_bytes'], 1):7.2f} {chosen['predicted_seconds_64_mib']:10.2f} {row['best_ring_seconds']:10.2f} "
              f"{'yes' if chosen['valid'] and ranks['valid'] else 'NO':>6s}", flush=True)
    faster = statistics.median(row["chosen"]["algbw_bytes"] / max(row["ranks"]["algbw_bytes"], 1) for row in rows)
    near = statistics.median(row["chosen"]["predicted_seconds_64_mib"] / row["best_ring_seconds"] for row in rows)
    print(f"# medians: {faster:.2f} times as fast as in the order of ranks; predicted by the true rates, {near:.2f} of the time of the best single ring")
    record.write_record(args.output, around, rows, members=args.members, scale=args.scale, size=args.size, in_flight=args.in_flight, seconds=args.seconds,
                        warm_up_s=args.warm_up, faster=faster, of_best_ring=near)
    print(f"# record: {args.output}", file=sys.stderr)
    return 1 if any(row[which]["wrong"] for row in rows for which in ("chosen", "ranks")) else 0
