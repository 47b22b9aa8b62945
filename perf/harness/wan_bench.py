"""bench.py wan: all-reduces over an emulated earth, beside what kernel TCP gets out of the same links.

A turn is: the library, with several all-reduces in flight; then iperf3 with one stream and with many over the links of the rings that the
library has chosen (wan_turn.py). The ceiling is the many streams' rate on the slowest link of each ring, added up; a share of it is the
library's bus bandwidth, which is what the links of all rings carry, over that. With --beside-rank-order every turn also has a run in the
order of ranks, with --beside-one-lane one with a single lane per link.
"""

import os
import statistics
import sys

from . import record, topology, wan_plot, wan_turn
from .units import show_size


def _table(shape, args, turns, out=sys.stdout):
    world, median = shape.world, statistics.median
    ours = [turn["ours"] for turn in turns]
    busbw, algbw = median(o["busbw_bytes"] for o in ours), median(o["algbw_bytes"] for o in ours)
    many, one = median(wan_turn.together(turn["many"]) for turn in turns), median(wan_turn.together(turn["one"]) for turn in turns)
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
          f"{median(o['cpu_seconds_per_gb'] for o in ours):7.2f} {'yes' if all(map(wan_turn.is_valid, turns)) else 'NO':>6s}", file=out)
    rings, at = ours[-1]["rings"][-1]["rings"], shape.member_sites()
    print(f"# {'ring' if len(rings) == 1 else 'rings'} at the end: " + "; ".join(
        " > ".join(shape.sites[at[i]] for i in ring["sites"]) + (f" ({ring['share']:.0%})" if len(rings) > 1 else "") for ring in rings), file=out)
    if "rank_order" in turns[0]:
        print(f"# in the order of ranks: {median(turn['rank_order']['busbw_bytes'] for turn in turns) / 1e9:.4f} GB/s; the chosen order over it, median of turns: "
              f"{median(turn['ours']['busbw_bytes'] / turn['rank_order']['busbw_bytes'] for turn in turns):.2f}", file=out)
    if "one_lane" in turns[0]:
        print(f"# with one lane per link: {median(turn['one_lane']['busbw_bytes'] for turn in turns) * 8e-6:.1f} Mbit/s; the library's own number of lanes over it, "
              f"median of turns: {median(turn['ours']['busbw_bytes'] / turn['one_lane']['busbw_bytes'] for turn in turns):.1f}", file=out)
    if args.in_flight == 1:
        print(f"# from one operation's end to the next: {median(o['apart_ms']['median'] for o in ours):.1f} ms", file=out)
    for why in sorted({why for turn in turns for why in [*turn["ours"]["why"], *turn["ceiling_why"]]}):
        print(f"# not valid: {why}", file=out)
    return busbw * 8 / many


def run(args):
    shape = topology.load(args.topology)
    shape.congestion = args.congestion or shape.congestion
    shape.tcp = args.tcp or shape.tcp
    around = record.surroundings()
    turns = [wan_turn.turn(shape, args, number) for number in range(args.turns)]
    share = _table(shape, args, turns)
    rows = [wan_turn.row(turn) for turn in turns]
    more = {"topology": shape.name, "title": shape.title, "source": shape.source, "sites": shape.sites, "rtt_ms": shape.rtt_ms, "rate_mbit": shape.rate_mbit,
            "loss": shape.loss, "jitter_ms": shape.jitter_ms, "congestion": shape.congestion, "tcp": shape.tcp, "streams": args.many, "warm_up_s": args.warm_up,
            "seconds": args.seconds, "size": args.size, "in_flight": args.in_flight, "share_of_ceiling": share}
    record.write_record(args.output, around, rows, **more)
    picture = os.path.splitext(args.output)[0] + ".png"
    wan_plot.plot(shape, rows[-1], args, picture)
    print(f"# record: {args.output}\n# pictures: {picture}")
    return 1 if any(row["wrong"] for row in rows) or not all(map(wan_turn.is_valid, turns)) else 0
