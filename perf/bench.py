#!/usr/bin/python3
"""Benchmarks of the collectives, alone and beside other libraries.

  bench.py bench     libcollectives.so in the columns of nccl-tests, beside the raw ceiling
  bench.py peers     ours, Gloo, Open MPI and the raw ceiling in alternation, with ratios and targets
  bench.py choices   what the library chooses beside each of its algorithms, and what it predicts
  bench.py wan       ours over emulated links between sites, beside iperf3 on the same links (needs root)
  bench.py points    the same on lines that are all alike, one point after the other (needs root)
  bench.py distant   each algorithm of the all-reduce among members that are far from each other, and what is chosen (needs root)
  bench.py orders    ours among members between which every link is another one, in its own order and in that of ranks (needs root)
  bench.py table     records of peers as the tables of README.md and docs/benchmarks.md

The ceiling is a ring of plain C sockets that moves the same bytes and adds nothing. Clients come from
`make -f perf/perf.mk perf`; how they measure stands in perf/Collectives/measure.h.
"""

import argparse
import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import choices_bench, collectives_bench, distant_bench, order_bench, peers_bench, points_bench, tables, topology, wan_bench  # noqa: E402
from harness.emulator import EmulatorError  # noqa: E402
from harness.group import GroupFailed  # noqa: E402
from harness.libraries import BUILT, ROOT  # noqa: E402
from harness.units import COLLECTIVES, parse_collectives, parse_size, parse_sizes, parse_worlds  # noqa: E402

RESULTS = os.path.join(ROOT, "perf", "results")


_ALGORITHMS = ["auto", "ring", "exchange", "star", "two_way_ring", "tree", "halving", "direct", "hierarchical"]


def _common(parser, sizes):
    parser.add_argument("--pace", choices=["free", "barrier"],
                        help="one call after the other, or a barrier before each (default: free where all wait for all, else barrier)")
    parser.add_argument("--sizes", type=parse_sizes, default=parse_sizes(sizes), metavar="LIST",
                        help=f"buffer sizes: 4K,1M or a range in steps of four, 4K-256M (default {sizes})")
    parser.add_argument("--worlds", type=parse_worlds, default=[2, 4], metavar="LIST",
                        help="numbers of processes (default 2,4)")
    parser.add_argument("--rounds", type=int, default=5, help="turns per library and row (default 5)")
    parser.add_argument("--milliseconds", type=int, default=60,
                        help="timed iterations per turn up to 1 MiB; large buffers take up to four times as long (default 60)")
    parser.add_argument("--ceiling-congestion", default="cubic", metavar="NAME",
                        help="congestion control of the raw ring (default cubic, the library's own choice on loopback)")
    parser.add_argument("--library", metavar="DIRECTORY", help="where libcollectives.so is (default dist/lib)")
    parser.add_argument("--output", metavar="FILE", help="the JSON record (default perf/results/SUBCOMMAND.json)")
    parser.add_argument("--quick", action="store_true", help="a smoke run of about a minute; its figures say little")


def _emulation(parser):
    parser.add_argument("--memory", type=int, default=512, metavar="MIB", help="for packets under way (default 512)")
    parser.add_argument("--lock", metavar="FILE", help="held while links are measured: benchmarks with the same file take turns")


def _turns(parser):
    """How the library and the ceilings are measured over emulated links."""
    parser.add_argument("--size", type=parse_size, default=parse_size("64M"), help="of each all-reduce (default 64M)")
    parser.add_argument("--in-flight", type=int, default=4, metavar="N", help="all-reduces at a time (default 4)")
    parser.add_argument("--seconds", type=int, default=20, metavar="S", help="counted per turn (default 20)")
    parser.add_argument("--warm-up", type=int, default=15, metavar="S", help="before it, not counted (default 15)")
    parser.add_argument("--turns", type=int, default=3, help="medians of so many (default 3)")
    parser.add_argument("--many", type=int, default=16, metavar="N", help="streams of the ceiling (default 16)")
    parser.add_argument("--ceiling-seconds", type=int, default=10, metavar="S", help="of each measurement of iperf3 (default 10)")
    parser.add_argument("--ceiling-omit", type=int, default=5, metavar="S", help="before it, not counted (default 5)")
    parser.add_argument("--seed", type=int, default=1, help="of losses and jitter (default 1)")
    _emulation(parser)


def _arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)

    bench = commands.add_parser("bench", help="the library alone, columns of nccl-tests")
    _common(bench, "4K-256M")
    bench.add_argument("--types", type=lambda text: text.split(","), default=["f32"], metavar="LIST",
                       help="i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32 f64 (default f32)")
    bench.add_argument("--op", default="sum", choices=["sum", "avg", "prod", "min", "max"])
    bench.add_argument("--collective", default="all_reduce", choices=COLLECTIVES)
    bench.add_argument("--algorithm", default="auto", choices=_ALGORITHMS)
    bench.add_argument("--congestion", metavar="NAME", help="congestion control of the library's lanes (default: its choice)")
    bench.add_argument("--lanes", type=int, metavar="N", help="connections per link (default: the library's choice)")
    bench.add_argument("--spin-us", type=int, metavar="N", help="how long waits spin (default: the library's choice)")

    peers = commands.add_parser("peers", help="ours beside Gloo, Open MPI and the ceiling")
    _common(peers, "4K,64K,1M-256M")
    peers.add_argument("--collective", type=parse_collectives, default=["all_reduce"], metavar="LIST",
                       help='"all", or some; other ones than all_reduce alone go without the ceiling (default all_reduce)')
    peers.add_argument("--without-ceiling", dest="ceiling", action="store_false", help="no raw ring, and no Open MPI over shared memory")
    peers.add_argument("--out-of-place", action="store_true", help="all-reduces out of place only")
    peers.add_argument("--same", default="cubic", metavar="NAME",
                       help='congestion control of the second table, the same for all (default cubic; "none": no such table)')
    peers.add_argument("--without-ours", dest="ours", action="store_false", help="peers and ceiling only")
    peers.add_argument("--before", metavar="DIRECTORY", help="another build of the library, which takes part as \"before\"")
    peers.add_argument("--only-ours", action="store_true", help="no peers, only the ceiling")
    peers.add_argument("--strict", action="store_true", help="exit with 1 if a target is missed or a result is wrong")
    peers.add_argument("--plot", metavar="FILE", help="draw the bandwidths with matplotlib (PNG or SVG)")

    choices = commands.add_parser("choices", help="the library's choice beside each of its algorithms")
    _common(choices, "1K-64M")
    choices.add_argument("--collective", type=parse_collectives, default=list(choices_bench.ALGORITHMS), metavar="LIST",
                         help="of those that have several algorithms (default: all of them)")

    wan = commands.add_parser("wan", help="ours over emulated links between sites")
    wan.add_argument("topology", nargs="?", default="europe", help=f"a file, or one of {', '.join(topology.presets())} (default europe)")
    wan.add_argument("--keep-order", action="store_true", help="one ring in the order of ranks")
    wan.add_argument("--beside-rank-order", action="store_true", help="in every turn also a run in the order of ranks")
    wan.add_argument("--beside-one-lane", action="store_true", help="in every turn also a run with one lane per link")
    wan.add_argument("--lanes", type=int, metavar="N", help="connections per link (default: the library's choice)")
    wan.add_argument("--congestion", metavar="NAME", help="congestion control of all TCP (default: the topology's)")
    wan.add_argument("--tcp", choices=["stock", "tuned"], help="TCP memory of the sites (default: the topology's)")
    _turns(wan)
    wan.add_argument("--output", metavar="FILE", help="the JSON record (default perf/results/wan-TOPOLOGY.json); pictures beside it")

    points = commands.add_parser("points", help="ours on lines that are all alike, point after point")
    points.add_argument("points", nargs="?", default="pairs", help=f"a file, or one of {', '.join(points_bench.files())} (default pairs)")
    _turns(points)
    points.add_argument("--output", metavar="FILE", help="the JSON record (default perf/results/points-POINTS.json)")

    orders = commands.add_parser("orders", help="ours in its own order and in that of ranks")
    orders.add_argument("--seeds", type=int, default=6, help="drawn worlds (default 6)")
    orders.add_argument("--seed", type=int, default=1, help="the first of them (default 1)")
    orders.add_argument("--members", type=int, default=6, help="3 to 8 (default 6)")
    orders.add_argument("--scale", type=float, default=1, help="of all rates (default 1)")
    orders.add_argument("--size", type=parse_size, default=parse_size("16M"), help="of each all-reduce (default 16M)")
    orders.add_argument("--in-flight", type=int, default=2, metavar="N", help="all-reduces at a time (default 2)")
    orders.add_argument("--seconds", type=int, default=15, metavar="S", help="counted (default 15)")
    orders.add_argument("--warm-up", type=int, default=25, metavar="S", help="before it, not counted (default 25)")
    orders.add_argument("--congestion", default="bbr", metavar="NAME", help="congestion control of all TCP (default bbr)")
    _emulation(orders)
    orders.add_argument("--output", metavar="FILE", help="the JSON record (default perf/results/orders.json)")

    distant = commands.add_parser("distant", help="each algorithm among members that are far from each other")
    distant.add_argument("--members", type=int, default=8, metavar="N", help="(default 8)")
    distant.add_argument("--rtt-ms", type=float, default=40, metavar="MS", help="between any two of them (default 40)")
    distant.add_argument("--rate-mbit", type=float, default=100, metavar="MBIT", help="of each line, each way (default 100)")
    distant.add_argument("--sizes", type=parse_sizes, default=parse_sizes("1K,16K,64K,1M,16M"), metavar="LIST", help="(default 1K,16K,64K,1M,16M)")
    distant.add_argument("--seconds", type=float, default=4, metavar="S", help="of each run, one all-reduce after the other (default 4)")
    distant.add_argument("--warm-up", type=float, default=8, metavar="S", help="before it, not counted (default 8)")
    distant.add_argument("--turns", type=int, default=1, help="medians of so many (default 1)")
    distant.add_argument("--seed", type=int, default=1, help="of the emulator (default 1)")
    distant.add_argument("--memory", type=int, default=512, metavar="MIB", help="for packets under way (default 512)")
    distant.add_argument("--output", metavar="FILE", help="the JSON record (default perf/results/distant.json)")

    table = commands.add_parser("table", help="Markdown of records")
    table.add_argument("records", nargs="+", metavar="FILE", help="records of peers; of a row that several have, the last counts")
    table.add_argument("--by-collective", action="store_true", help="all-reduces in the table of the other collectives")
    table.add_argument("--congestion", metavar="NAME", help="rows with it forced on all (default: everyone's own choice)")
    return parser.parse_args()


def _prepare(args):
    if args.command in ("orders", "distant"):
        args.output = args.output or os.path.join(RESULTS, f"{args.command}.json")
        return
    if args.command == "points":
        args.output = args.output or os.path.join(RESULTS, f"points-{os.path.basename(args.points).removesuffix('.toml')}.json")
        return
    if args.command == "wan":
        args.output = args.output or os.path.join(RESULTS, f"wan-{os.path.basename(args.topology).removesuffix('.toml')}.json")
        return
    if args.quick:
        args.sizes, args.rounds, args.milliseconds = parse_sizes("4K,1M,16M"), 2, 20
    args.output = args.output or os.path.join(RESULTS, f"{args.command}{'-quick' if args.quick else ''}.json")
    needed = ["raw_ring"] + (["gloo_bench", "mpi_bench", "congestion_preload.so"] if args.command == "peers" else [])
    needed += ["coll_bench"] if args.command in ("bench", "choices") else []
    missing = [name for name in needed if not os.path.exists(os.path.join(BUILT, name))]
    if missing:
        sys.exit(f"bench.py: {BUILT} lacks {', '.join(missing)}: run `make -f perf/perf.mk perf` (or perf-peers, "
                 "which needs no libcollectives.so)")
    if args.command == "peers":
        args.ours = args.ours and os.path.exists(os.path.join(BUILT, "coll_bench"))
    elif args.command == "bench":
        args.client_options = [text for name, value in (("--lanes", args.lanes), ("--spin-us", args.spin_us))
                               if value is not None for text in (name, str(value))]


def main():
    # A benchmark that is killed must not leave peers that spin.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    args = _arguments()
    if args.command == "table":
        return tables.run(args)
    _prepare(args)
    try:
        return {"bench": collectives_bench.run, "peers": peers_bench.run, "choices": choices_bench.run, "wan": wan_bench.run,
                "points": points_bench.run, "distant": distant_bench.run, "orders": order_bench.run}[args.command](args)
    except (GroupFailed, EmulatorError, topology.TopologyError) as failure:
        sys.exit(f"bench.py: {failure}")
    except KeyboardInterrupt:
        sys.exit("bench.py: interrupted; the rows so far are in the record" if os.path.exists(args.output) else 130)


if __name__ == "__main__":
    sys.exit(main())
