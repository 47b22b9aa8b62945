#!/usr/bin/python3
"""
The soak: members are killed and started at random, every 0.2 to 2 seconds, while the others work, several operations in
flight. Each member checks each result; here they are compared. It ends with a table, and with exit status 1 if anything was
wrong or a bar was missed.

    make soak MINUTES=n SEED=s
"""

import argparse
import os
import random
import re
import signal
import sys
import time
from datetime import datetime, timezone
from typing import Dict, List, Optional

from processes import Coordinator, Member, Watch, now_ns

LEAST, MOST = 4, 6
BITS = 12
SAY_EVERY_S = 30
MIB = 1 << 20

# The first member is never killed: it shows what piles up.
ANCHOR = "m0"

# First good operation after a kill, p50 and p99, and goodput against the fault-free rate.
BARS = {"first good operation, p50": 100, "first good operation, p99": 500, "goodput": 0.70}


class Soak:
    def __init__(self, seed: int, mib: int, window: int) -> None:
        self.draw = random.Random(seed)
        self.mib, self.window = mib, window
        self.watch = Watch()
        self.coordinator = Coordinator(None, 3000)
        self.members: Dict[str, Member] = {}
        self.started = 0
        self.kills: List[tuple] = []  # (label, ns, whether it was active)
        self.joins: List[tuple] = []
        self._realtime = time.time_ns() - now_ns()

    def start(self, minimum: int = 1) -> Member:
        label = f"m{self.started}"
        used = {member.bit for member in self.members.values() if not member.has_ended}
        # A bit of the recently dead may still be in a result that is under way.
        bit = next(bit for bit in ((self.started + i) % BITS for i in range(BITS)) if bit not in used)
        environment = {"COLLECTIVES_MIN_MEMBERS": str(minimum), "COLLECTIVES_LOG": "info"}
        elements = self.mib * MIB // 4
        member = Member(label, bit, self.coordinator.address, None, (), environment, window=self.window, largest=elements, fixed=1, seed=1)
        self.started += 1
        self.members[label] = member
        self.watch.add(member)
        return member

    @property
    def alive(self) -> List[Member]:
        return [member for member in self.members.values() if not member.has_ended]

    def listen(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.watch.listen(min(left, 0.05))
            for member in self.members.values():
                if member.has_ended and not any(label == member.label for label, *_ in self.kills):
                    raise AssertionError(f"{member.label} has ended: {member.describe()}")

    def wait(self, condition, seconds: float, what: str) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"after {seconds} s not so: {what}\n" + "\n".join(member.describe() for member in self.alive)
            self.listen(0.05)

    def newest(self) -> int:
        return max((max(member.report.results, default=0) for member in self.alive), default=0)

    # ---- The two parts

    def rate_without_faults(self, world: int, seconds: float) -> float:
        """Operations per second."""
        while len(self.alive) < world:
            self.start()
        self.wait(lambda: all(member.report.results for member in self.alive), 60, f"{world} members work")
        before = self.newest()
        self.listen(seconds)
        return (self.newest() - before) / seconds

    def torment(self, seconds: float) -> float:
        """Kills and starts members; returns operations per second."""
        begun, before = time.monotonic(), self.newest()
        said = begun
        while (left := seconds - (time.monotonic() - begun)) > 0:
            if time.monotonic() - said >= SAY_EVERY_S:
                said = time.monotonic()
                print(f"[{said - begun:.0f} of {seconds:.0f} s] {self.newest() - before} operations, {len(self.kills)} losses, {len(self.joins)} joins", file=sys.stderr)
            self.listen(min(left, self.draw.uniform(0.2, 2.0)))
            if len(self.alive) <= LEAST or (len(self.alive) < MOST and self.draw.random() < 0.5):
                self.joins.append((self.start().label, now_ns()))
            else:
                victim = self.draw.choice([member for member in self.alive if member.label != ANCHOR])
                active = bool(victim.report.results)
                self.kills.append((victim.label, now_ns(), active))
                victim.signal(signal.SIGKILL)
                victim.process.wait()
        return (self.newest() - before) / (time.monotonic() - begun)

    def finish(self) -> None:
        last = self.newest()
        self.wait(lambda: all(max(member.report.results, default=0) > last for member in self.alive), 60, "all that are left work")
        survivors = self.alive
        for member in survivors:
            member.say("s")
        end = time.monotonic() + 60
        while not all(member.report.left for member in survivors):
            assert time.monotonic() < end, "\n".join(member.describe() for member in survivors)
            self.watch.listen(0.05)
        for member in survivors:
            assert member.process.wait() == 0

    def close(self) -> None:
        for member in self.members.values():
            member.close()
        self.coordinator.close()

    # ---- What comes of it

    def check(self) -> int:
        """Every operation ended alike on all that have its result, and nobody has gaps. Returns how many there were."""
        results: Dict[int, tuple] = {}
        for member in self.members.values():
            unexpected = [line for line in member.errors.decode().splitlines() if not line.startswith("time=")]
            assert not unexpected, f"{member.label}: {unexpected}"
            assert member.report.gone is None, member.describe()
            numbers = sorted(member.report.results)
            assert numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else True, f"{member.label} has gaps"
            for number, result in member.report.results.items():
                known = results.setdefault(number, result[:3])
                assert known == result[:3], f"operation {number} ended as {known} and as {result} on {member.label}"
        assert sorted(results) == list(range(len(results))), "operations are missing"
        return len(results)

    def times(self) -> Dict[str, List[float]]:
        """Milliseconds, for each kill of a member that was active."""
        settling, active = [], []
        for member in self.members.values():
            for line in member.errors.decode().splitlines():
                found = re.match(r"time=(\S+) level=\w+ event=(epoch_settling|epoch_active) ", line)
                if found:
                    stamp = datetime.strptime(found[1], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
                    (settling if found[2] == "epoch_settling" else active).append(int(stamp.timestamp() * 1000) * 1_000_000 - self._realtime)
        detection, settle, first_good = [], [], []
        for label, ns, was_active in self.kills:
            if not was_active:
                continue
            # Stamps are whole milliseconds.
            heard = min((one for one in settling if one > ns - 1e6), default=None)
            went_on = min((one for one in active if heard is not None and one >= heard), default=None)
            good = self._first_good(ns)
            if heard is None or went_on is None or good is None:
                continue
            detection.append(max(0, (heard - ns) / 1e6))
            settle.append((went_on - heard) / 1e6)
            first_good.append((good - ns) / 1e6)
        return {"detection": detection, "settle": settle, "first good operation": first_good}

    def _first_good(self, ns: int) -> Optional[int]:
        """When the first result of the epoch after the kill came, at the last of those that have it."""
        epochs = [result.epoch for member in self.members.values() for result in member.report.results.values() if result.ns <= ns]
        if not epochs:
            return None
        before = max(epochs)
        firsts = []
        for member in self.members.values():
            after = [result.ns for result in member.report.results.values() if result.epoch > before and result.ns > ns]
            joined = member.report.joined_ns and member.report.joined_ns < ns
            if after and joined:
                firsts.append(min(after))
        return max(firsts, default=None)

    def count_of(self, event: str) -> int:
        """Of distinct operations that this happened to."""
        seen = set()
        for member in self.members.values():
            for line in member.errors.decode().splitlines():
                if f" event={event} " in line:
                    seen.add(tuple(re.findall(r"\b(?:epoch|operation)=(\d+)", line)))
        return len(seen)


def quantile(values: List[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else float("nan")


def holdings(member: Member) -> tuple:
    """Descriptors, threads, resident KiB."""
    folder = f"/proc/{member.process.pid}"
    resident = int(re.search(r"VmRSS:\s+(\d+)", open(f"{folder}/status").read())[1])
    return len(os.listdir(f"{folder}/fd")), len(os.listdir(f"{folder}/task")), resident


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mib", type=int, default=16, help="size of an operation")
    parser.add_argument("--window", type=int, default=3, help="operations in flight")
    parser.add_argument("--without-bars", action="store_true", help="exit status 1 for wrong results only")
    given = parser.parse_args()

    soak = Soak(given.seed, given.mib, given.window)
    try:
        seconds = given.minutes * 60
        for _ in range(LEAST):
            soak.start(LEAST)
        rates = {world: soak.rate_without_faults(world, min(10.0, seconds / 6)) for world in range(LEAST, MOST + 1)}
        anchor = soak.members[ANCHOR]
        before = holdings(anchor)
        rate = soak.torment(seconds)
        after = holdings(anchor)
        soak.finish()
        operations = soak.check()
        times = soak.times()
    finally:
        soak.close()

    fault_free = sum(rates.values()) / len(rates)
    goodput = rate / fault_free
    print(f"soak: seed {given.seed}, {given.minutes:g} minutes, {given.mib} MiB, {given.window} in flight, {LEAST} to {MOST} members, {os.cpu_count()} processors")
    rows = [
        ("operations, all results checked", operations),
        ("losses (of them members that had worked)", f"{len(soak.kills)} ({sum(active for *_, active in soak.kills)})"),
        ("joins", len(soak.joins)),
        ("operations run again", soak.count_of("operation_run_again")),
        ("operations rolled forward", soak.count_of("operation_forward")),
        ("fault-free rate, MiB/s, by members", ", ".join(f"{world}: {one * given.mib:.0f}" for world, one in rates.items())),
        ("goodput, MiB/s", f"{rate * given.mib:.0f} ({goodput:.0%} of the fault-free mean)"),
        ("the first member holds: descriptors, threads, KiB", f"{before} -> {after}"),
    ]
    for name, values in times.items():
        rows.append((f"{name}, ms", f"p50 {quantile(values, 0.5):.1f}   p99 {quantile(values, 0.99):.1f}   of {len(values)}"))
    for name, value in rows:
        print(f"  {name:52} {value}")

    first_good = times["first good operation"]
    reached = {"first good operation, p50": quantile(first_good, 0.5), "first good operation, p99": quantile(first_good, 0.99), "goodput": goodput}
    missed = [name for name, bar in BARS.items() if (reached[name] < bar if name == "goodput" else reached[name] > bar)]
    for name in missed:
        print(f"  missed: {name} is {reached[name]:.2f}, the bar is {BARS[name]}")
    return 1 if missed and not given.without_bars else 0


if __name__ == "__main__":
    sys.exit(main())
