"""bench.py table: the rows of records as Markdown, one table for each world."""

import json

from .units import show_size

PEERS = {"gloo": "Gloo", "openmpi-tcp": "Open MPI"}
PLACES = {False: "ours, out of place", True: "ours, in place"}


def _show(microseconds):
    return f"{microseconds:.0f} us" if microseconds < 1000 else f"{microseconds / 1000:.2f} ms"


def _ratio(value):
    return f"{value:.1f}" if value >= 2 else f"{value:.2f}"


def _cells(times):
    """times: {library: microseconds} of one row and place."""
    ours = times["ours"]
    return [_show(ours)] + [_ratio(times[peer] / ours) for peer in PEERS] + [f"{times['ceiling'] / ours:.2f}"]


def run(args):
    found = {}
    for path in args.records:
        with open(path) as record:
            for row in json.load(record)["rows"]:
                if row["forced_congestion"] == args.congestion:
                    found.setdefault((row["world"], row["bytes"]), {}).setdefault(row["in_place"], {})[row["library"]] = row["p50_us"]
    for world in sorted({world for world, _ in found}):
        titles = ["size"] + [title for place in PLACES.values() for title in (place, *PEERS.values(), "of the ceiling")]
        print(f"{world} processes:\n\n| {' | '.join(titles)} |\n|{'---|' * len(titles)}")
        for (its_world, size), places in sorted(found.items()):
            if its_world == world:
                print(f"| {show_size(size)} | {' | '.join(cell for place in PLACES for cell in _cells(places[place]))} |")
        print()
    return 0
