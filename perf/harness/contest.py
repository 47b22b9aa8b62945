"""Rounds of alternation: every contender measures the same row in turn, again and again.

A contender that has several algorithms tries all of them in the first round and its three fastest in the
others; the one with the lowest median stands for it in the tables, under its name.
"""

import sys

from .group import GroupFailed
from .units import median

FINALISTS = 3
PATIENCE_S = 60


class Contender:
    """A label, how its group is started, the algorithms that it may use in and out of place.

    A peer that ends or stalls is started anew, once per measurement, and the failure counted: TCP peers have been
    seen to fall into one segment per 40 ms (a delayed acknowledgement) and not to recover. Ours may not fail."""

    def __init__(self, label, start, in_place=("default",), out_of_place=("default",), checks=True, may_fail=True, others=None):
        """others: {collective: algorithms} of those that are no all-reduce; ["default"] where it has none."""
        self.label, self.checks, self.failures = label, checks, 0
        self._start, self._group, self._may_fail = start, start(), may_fail
        self._algorithms = {True: list(in_place), False: list(out_of_place)}
        self._others = others or {}

    def measure(self, *row):
        try:
            return self._group.run(*row, timeout=PATIENCE_S)
        except GroupFailed as failure:
            if not self._may_fail:
                raise
            print(f"\n{failure}\n{self.label} is started anew", file=sys.stderr)
            self.failures += 1
            self._group = self._start()
            return self._group.run(*row, timeout=PATIENCE_S)

    def algorithms(self, collective, in_place, so_far):
        every = self._algorithms[in_place] if collective == "all_reduce" else self._others.get(collective, ["default"])
        if not so_far:
            return every
        return sorted(every, key=lambda name: median(r["p50_us"] for r in so_far[name]))[:FINALISTS]


class Result:
    """What a contender reached in a row: the records of its best algorithm, one per round."""

    def __init__(self, by_algorithm):
        self.algorithm = min(by_algorithm, key=lambda name: median(r["p50_us"] for r in by_algorithm[name]))
        self.records = by_algorithm[self.algorithm]
        self.microseconds = median(r["p50_us"] for r in self.records)
        self.fastest = min(r["min_us"] for r in self.records)
        self.slowest = median(r["p99_us"] for r in self.records)
        self.algbw = self.records[0]["bytes"] / self.microseconds / 1e3
        self.busbw = self.algbw * self.records[0]["busbw"] / (self.records[0]["algbw"] or 1)
        self.congestion = self.records[0]["congestion"]
        self.wrong = sum(r["wrong"] for records in by_algorithm.values() for r in records)
        self.medians = {name: round(median(r["p50_us"] for r in records), 2)
                        for name, records in by_algorithm.items()}

    def summary(self):
        ran = {key: self.records[-1][key] for key in ("ran", "predicted_us") if key in self.records[-1]}
        return {"algorithm": self.algorithm, **ran, "congestion": self.congestion, "p50_us": self.microseconds,
                "min_us": self.fastest, "p99_us": self.slowest, "algbw": self.algbw, "busbw": self.busbw,
                "wrong": self.wrong, "rounds_us": [r["p50_us"] for r in self.records],
                "all_algorithms_us": self.medians}


def hold(contenders, collective, pace, size, in_place, rounds, milliseconds, dtype="f32", op="sum", progress=None):
    """Returns {label: Result} for one row."""
    records = {contender.label: {} for contender in contenders}
    for turn in range(rounds):
        # Another one begins each time, so that none always follows the same neighbour.
        for contender in contenders[turn % len(contenders):] + contenders[:turn % len(contenders)]:
            so_far = records[contender.label]
            names = contender.algorithms(collective, in_place, so_far)
            for name in names:
                share = milliseconds if len(names) == 1 else max(10, milliseconds * 2 // len(names))
                record = contender.measure(collective, pace, size, in_place, share, name, dtype, op)
                so_far.setdefault(name, []).append(record)
        if progress:
            progress()
    return {label: Result(found) for label, found in records.items()}
