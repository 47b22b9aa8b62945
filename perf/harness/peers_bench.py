"""bench.py peers: ours, Gloo, Open MPI and the raw ceiling, in alternation."""

from . import record
from .contest import Contender, hold
from .libraries import GLOO, GLOO_IN_PLACE, GLOO_OUT_OF_PLACE, OPENMPI, Launcher, kernel_congestion
from .progress import Progress
from .targets import targets
from .units import budget, pace_of, show_size, show_time

OURS, BEFORE = "ours", "before"


def _contenders(launcher, world, args, forced):
    """forced: a congestion control for all of them, or None for everyone's own choice."""
    # Our library takes cubic on loopback by itself; the ceiling beside it gets the same, the peers have no setting.
    ceiling = forced or args.ceiling_congestion
    found = []
    if args.ours:
        found.append(Contender(OURS, lambda: launcher.ours(world, forced), may_fail=False))
    if args.before:
        found.append(Contender(BEFORE, lambda: launcher.ours(world, forced, library_path=args.before), may_fail=False))
    if args.only_ours:
        return found + [Contender("ceiling", lambda: launcher.ceiling(world, ceiling), checks=False)]
    found += [
        Contender("gloo", lambda: launcher.gloo(world, forced), GLOO_IN_PLACE, GLOO_OUT_OF_PLACE, others=GLOO),
        Contender("openmpi-tcp", lambda: launcher.openmpi(world, "tcp", forced), others=OPENMPI),
    ]
    if not args.ceiling or args.collective != ["all_reduce"]:
        return found
    found += [
        Contender("openmpi-default", lambda: launcher.openmpi(world, "default")),
        Contender("ceiling", lambda: launcher.ceiling(world, ceiling), checks=False),
        Contender("ceiling+add", lambda: launcher.ceiling(world, ceiling, add=True)),
    ]
    return found


def _verdict(collective, world, size, results):
    """Ratios to the other contenders, those with a target marked."""
    wanted, marks, passed = dict(targets(collective, world, size)), [], True
    for label, result in results.items():
        if label == OURS:
            continue
        ratio = result.microseconds / results[OURS].microseconds
        mark = ""
        if label in wanted:
            good = ratio >= wanted[label]
            passed &= good
            mark = f" {'pass' if good else 'FAIL'}({wanted[label]:g})"
        marks.append(f"{label} {ratio:.2f}{mark}")
    return marks, passed


def _print_row(collective, size, in_place, contenders, results):
    print(f"\n  {collective}, {show_size(size)}, {'in place' if in_place else 'out of place'}")
    for contender in contenders:
        result = results[contender.label]
        # Shared memory carries no congestion control: what the kernel reports there is of control connections.
        congestion = "shared memory" if contender.label == "openmpi-default" else result.congestion
        wrong = f"  {result.wrong} WRONG" if contender.checks and result.wrong else ""
        print(f"    {contender.label:16s} {show_time(result.microseconds):>9s} us  min {show_time(result.fastest):>8s}"
              f"  p99 {show_time(result.slowest):>8s}  algbw {result.algbw:7.3f} GB/s  busbw {result.busbw:7.3f} GB/s"
              f"  {congestion:13s} {result.algorithm if result.algorithm != 'default' else result.records[-1].get('ran', '')}{wrong}")


def run(args):
    around, rows, failures = record.surroundings(), [], 0
    tables = [None] + ([args.same] if args.same != "none" else [])
    if not args.ours:
        print("libcollectives.so's client is not built (build/perf/coll_bench): the peers run without it.")
    cases = [(collective, size, in_place) for collective in args.collective
             for size in (args.sizes if collective != "barrier" else [0])
             for in_place in ((False, True) if collective == "all_reduce" and not args.out_of_place else (False,))]
    progress = Progress(len(tables) * len(args.worlds) * len(cases) * args.rounds)
    for forced in tables:
        for world in args.worlds:
            title = f"{forced} for all" if forced else f"everyone's own choice (the kernel's default is {kernel_congestion()})"
            print(f"\n{world} processes, f32, {args.rounds} rounds; congestion control: {title}")
            launcher = Launcher(args.library)
            try:
                contenders = _contenders(launcher, world, args, forced)
                for collective, size, in_place in cases:
                    results = hold(contenders, collective, pace_of(collective, args.pace), size, in_place, args.rounds,
                                   budget(size, args.milliseconds),
                                   progress=lambda: progress.step(f"{collective}, {world} processes, {show_size(size)}"))
                    progress.clear()
                    _print_row(collective, size, in_place, contenders, results)
                    failures += sum(bool(results[c.label].wrong) for c in contenders if c.checks)
                    if args.ours:
                        marks, passed = _verdict(collective, world, size, results)
                        print("    ratios: " + "; ".join(marks), flush=True)
                        # The targets are about what a user gets: everyone's own choice.
                        failures += forced is None and not passed
                    rows += [{"library": label, "collective": collective, "pace": pace_of(collective, args.pace), "world": world,
                              "bytes": size, "in_place": in_place, "forced_congestion": forced, **result.summary()}
                             for label, result in results.items()]
                    record.write_record(args.output, around, rows, rounds=args.rounds)
                for contender in contenders:
                    if contender.failures:
                        print(f"\n  {contender.label} failed or stalled {contender.failures} times and was started anew")
            finally:
                launcher.close()
    print(f"\nrecord: {args.output}")
    if args.plot:
        from .plot import plot
        print(f"picture: {plot(rows, args.plot)}")
    return 1 if failures and args.strict else 0
