"""Sizes as people write them, and medians."""

import argparse
import statistics

KIB, MIB = 1 << 10, 1 << 20
_UNITS = {"": 1, "K": KIB, "M": MIB, "G": 1 << 30}


def parse_size(text):
    """"4K", "1MiB", "4096" in bytes."""
    digits = text.strip().upper().removesuffix("IB").removesuffix("B")
    unit = digits[-1:] if digits[-1:] in _UNITS else ""
    number = digits[:len(digits) - len(unit)]
    if not number.isdigit() or int(number) == 0:
        raise argparse.ArgumentTypeError(f"expected a size such as 4K, 1M or 4096, found '{text}'")
    return int(number) * _UNITS[unit]


def parse_sizes(text):
    """Comma-separated sizes, and ranges "4K-256M" in steps of four."""
    sizes = []
    for part in text.split(","):
        low, dash, high = part.partition("-")
        size, end = parse_size(low), parse_size(high if dash else low)
        while size <= end:
            sizes.append(size)
            size *= 4
    return sizes


def parse_worlds(text):
    try:
        worlds = [int(part) for part in text.split(",")]
    except ValueError:
        worlds = [0]
    if min(worlds) < 2:
        raise argparse.ArgumentTypeError(f"expected numbers of processes from 2, such as 2,4, found '{text}'")
    return worlds


COLLECTIVES = ["all_reduce", "reduce_scatter", "all_gather", "broadcast", "reduce", "gather", "scatter", "all_to_all", "send_recv",
               "barrier"]


def parse_collectives(text):
    names = COLLECTIVES if text == "all" else text.split(",")
    if unknown := [name for name in names if name not in COLLECTIVES]:
        raise argparse.ArgumentTypeError(f"expected \"all\" or some of {', '.join(COLLECTIVES)}, found '{unknown[0]}'")
    return names


ALL_WAIT_FOR_ALL = ("all_reduce", "reduce_scatter", "all_gather", "all_to_all", "barrier")


def pace_of(collective, wanted=None):
    """One call after the other, where all wait for all; of others each after a barrier (perf/Collectives/measure.h)."""
    return wanted or ("free" if collective in ALL_WAIT_FOR_ALL else "barrier")


def show_size(size):
    if size == 0:
        return "-"
    for unit, name in ((MIB, "MiB"), (KIB, "KiB")):
        if size >= unit and size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size} B"


def show_time(microseconds):
    return f"{microseconds:.1f}" if microseconds < 1000 else f"{microseconds:.0f}"


def median(values):
    return statistics.median(values)


def budget(size, base):
    """Milliseconds of timed iterations for a row: large buffers need more to hold a few of them."""
    return base if size <= MIB else base * 2 if size <= 16 * MIB else base * 4
