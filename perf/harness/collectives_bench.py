"""bench.py bench: the library alone, in the columns of nccl-tests, with the raw ceiling beside it."""

from . import record
from .contest import Contender, Result
from .libraries import Launcher
from .progress import Progress
from .units import budget, pace_of, show_size, show_time

_ELEMENT = {"i8": 1, "u8": 1, "i16": 2, "u16": 2, "f16": 2, "bf16": 2, "i64": 8, "u64": 8, "f64": 8}


def _header(collective, world, dtype, op, congestion):
    print(f"\n# {collective}, {world} processes, {dtype} {op}; times are the slowest rank's, medians of rounds' medians; ceiling: the"
          f" same bytes around a raw ring ({congestion}), % of it")
    side = f"{'time':>9s} {'min':>9s} {'p99':>9s} {'algbw':>7s} {'busbw':>7s} {'#wrong':>6s} {'ceiling':>8s} {'%':>4s}"
    print(f"#{'':43s}{'out-of-place':^66s}{'in-place':^66s}")
    print(f"#{'size':>11s} {'count':>11s} {'type':>6s} {'redop':>6s} {'root':>4s}  {side}  {side}")
    units = f"{'(us)':>9s} {'(us)':>9s} {'(us)':>9s} {'(GB/s)':>7s} {'(GB/s)':>7s} {'':>6s} {'(us)':>8s} {'':>4s}"
    print(f"#{'(B)':>11s} {'(elements)':>11s} {'':>18s}  {units}  {units}")


def _side(ours, ceiling):
    beside = (f"{show_time(ceiling.microseconds):>8s} {100 * ceiling.microseconds / ours.microseconds:4.0f}" if ceiling
              else f"{'':>8s} {'':>4s}")
    return (f"{show_time(ours.microseconds):>9s} {show_time(ours.fastest):>9s} {show_time(ours.slowest):>9s}"
            f" {ours.algbw:7.3f} {ours.busbw:7.3f} {ours.wrong:6d} {beside}")


def run(args):
    around, rows, wrong = record.surroundings(), [], 0
    # The raw ring and the buffers in place are those of an all-reduce.
    is_all_reduce = args.collective == "all_reduce"
    places = (False, True) if is_all_reduce else (False,)
    progress = Progress(len(args.types) * len(args.worlds) * len(args.sizes) * len(places) * args.rounds)
    for world in args.worlds:
        launcher = Launcher(args.library)
        try:
            ceiling_congestion = args.congestion or args.ceiling_congestion
            ours = Contender("ours", lambda: launcher.ours(world, args.congestion, args.client_options),
                             [args.algorithm], [args.algorithm], may_fail=False)
            ceiling = Contender("ceiling", lambda: launcher.ceiling(world, ceiling_congestion)) if is_all_reduce else None
            _header(args.collective, world, ", ".join(args.types), args.op, ceiling_congestion)
            for size in args.sizes:
                sides = {dtype: [] for dtype in args.types}
                for in_place in places:
                    # One round each in turn: types next to each other and the ceiling next to them, whatever the machine does meanwhile.
                    found = {dtype: {"ours": [], "ceiling": []} for dtype in args.types}
                    for _ in range(args.rounds):
                        for dtype, pair in found.items():
                            row = args.collective, pace_of(args.collective, args.pace), size, in_place, budget(size, args.milliseconds)
                            pair["ours"].append(ours.measure(*row, args.algorithm, dtype, args.op))
                            # The raw ring moves bytes; it is asked for f32 of the same size, whatever the type beside it.
                            if ceiling:
                                pair["ceiling"].append(ceiling.measure(*row, "default", "f32", "sum"))
                            progress.step(f"{world} processes, {dtype}, {show_size(size)}")
                    for dtype, pair in found.items():
                        side = {label: Result({records[0]["algorithm"]: records}) for label, records in pair.items() if records}
                        sides[dtype].append(side)
                        rows += [{"library": label, "collective": args.collective, "world": world, "bytes": size, "in_place": in_place, "type": dtype,
                                  "op": args.op, **result.summary()} for label, result in side.items()]
                progress.clear()
                for dtype, both in sides.items():
                    wrong += sum(side["ours"].wrong for side in both)
                    print(f" {size:11d} {size // _ELEMENT.get(dtype, 4):11d} {dtype:>6s} {args.op:>6s} {-1:4d}  "
                          + "  ".join(_side(side["ours"], side.get("ceiling")) for side in both), flush=True)
        finally:
            launcher.close()
        record.write_record(args.output, around, rows, rounds=args.rounds)
    print(f"\n# out of bounds values: {wrong} {'OK' if wrong == 0 else 'FAILED'}\n# record: {args.output}")
    return 1 if wrong else 0

