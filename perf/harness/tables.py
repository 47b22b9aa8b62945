"""bench.py table: the rows of records as Markdown, one table for each world."""

import json

from .units import COLLECTIVES, show_size

PEERS = {"gloo": "Gloo", "openmpi-tcp": "Open MPI"}
PLACES = {False: "ours, out of place", True: "ours, in place"}


def _show(microseconds):
    return f"{microseconds:.0f} us" if microseconds < 1000 else f"{microseconds / 1000:.2f} ms"


def _ratio(value):
    return f"{value:.1f}" if value >= 2 else f"{value:.2f}"


def _cells(times):
    """times: {library: microseconds} of one row and place; what was not measured is a dash."""
    if "ours" not in times:
        return ["-"] * (len(PEERS) + 2)
    ours = times["ours"]
    ceiling = f"{times['ceiling'] / ours:.2f}" if "ceiling" in times else "-"
    return [_show(ours)] + [_ratio(times[peer] / ours) for peer in PEERS] + [ceiling]


def _print(titles, lines):
    print(f"| {' | '.join(titles)} |\n|{'---|' * len(titles)}")
    for line in lines:
        print(f"| {' | '.join(line)} |")
    print()


def _all_reduces(found):
    """found: {(world, bytes): {in_place: {library: microseconds}}}"""
    titles = ["size"] + [title for place in PLACES.values() for title in (place, *PEERS.values(), "of the ceiling")]
    for world in sorted({world for world, _ in found}):
        print(f"{world} processes:\n")
        _print(titles, ([show_size(size)] + [cell for place in PLACES for cell in _cells(places.get(place, {}))]
                        for (its_world, size), places in sorted(found.items()) if its_world == world))


def _others(found):
    """found: {(collective, world, bytes): {library: microseconds}}; a collective's sizes side by side."""
    for world in sorted({world for _, world, _ in found}):
        sizes = sorted({size for _, its_world, size in found if its_world == world and size > 0})
        titles = ["collective"] + [title for size in sizes for title in (f"ours, {show_size(size)}", *PEERS.values())]
        lines = []
        for collective in COLLECTIVES:
            cells = [_cells(found.get((collective, world, size), {}))[:-1] for size in sizes]
            # A barrier has no size.
            if (collective, world, 0) in found:
                cells[0] = _cells(found[collective, world, 0])[:-1]
            if any(cell != "-" for part in cells for cell in part):
                lines.append([collective] + [cell for part in cells for cell in part])
        print(f"{world} processes:\n")
        _print(titles, lines)


def run(args):
    all_reduces, others = {}, {}
    for path in args.records:
        with open(path) as record:
            for row in json.load(record)["rows"]:
                if row["forced_congestion"] != args.congestion:
                    continue
                collective, world, size = row.get("collective", "all_reduce"), row["world"], row["bytes"]
                if collective == "all_reduce" and not args.by_collective:
                    all_reduces.setdefault((world, size), {}).setdefault(row["in_place"], {})[row["library"]] = row["p50_us"]
                elif not row["in_place"]:
                    others.setdefault((collective, world, size), {})[row["library"]] = row["p50_us"]
    _all_reduces(all_reduces)
    _others(others)
    return 0
