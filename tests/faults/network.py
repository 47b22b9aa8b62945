"""A network of real machines' shape on one machine: each place is a network namespace of its own, all are joined by a
router. Cutting is what routers and kernels do: packets vanish, connections are reset, a line is slow.

Everything here lives in namespaces that end with the processes that hold them. It needs root (CAP_NET_ADMIN).
"""

import ctypes
import os
import signal
import subprocess
from itertools import product
from typing import Dict, Iterable, List, Set, Tuple

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def die_with_parent() -> None:
    """For a child between fork and exec: nothing is left behind by a test that is killed."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def why_not() -> str:
    """Empty if networks can be made here."""
    tried = subprocess.run(
        ["unshare", "-n", "sh", "-c", "ip link add v0 type veth peer name v1 && ip rule add from 10.77.0.1 blackhole && ss -KH dst 10.77.0.1"],
        capture_output=True, text=True, timeout=30,
    )
    return "" if tried.returncode == 0 else f"no network namespaces here: {tried.stderr.strip()}"


class Place:
    """A namespace with one line to the router."""

    def __init__(self) -> None:
        self.holder = subprocess.Popen(["unshare", "-n", "sleep", "infinity"], preexec_fn=die_with_parent)
        own = os.readlink("/proc/self/ns/net")
        while os.readlink(f"/proc/{self.holder.pid}/ns/net") == own:
            os.sched_yield()
        self.address = ""

    @property
    def prefix(self) -> List[str]:
        return ["nsenter", "-t", str(self.holder.pid), "-n"]

    def run(self, *command: str, text: str = "") -> str:
        ended = subprocess.run([*self.prefix, *command], input=text, capture_output=True, text=True, timeout=30)
        assert ended.returncode == 0, f"{command} {text}: {ended.stderr}"
        return ended.stdout

    def ip(self, *lines: str) -> None:
        self.run("ip", "-batch", "-", text="\n".join(lines) + "\n")

    def close(self) -> None:
        self.holder.kill()
        self.holder.wait()


class Network:
    """Places are made when they are first named, and stay for the next test: heal() undoes all that was done to them."""

    def __init__(self) -> None:
        self._router = Place()
        self._router.ip("link set lo up")
        self._router.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
        self._places: Dict[str, Place] = {}
        self._cut: Set[Tuple[str, str]] = set()
        self._slow: Set[str] = set()

    def place(self, name: str) -> Place:
        if name not in self._places:
            self._places[name] = self._make(len(self._places) + 1)
        return self._places[name]

    def _make(self, number: int) -> Place:
        place = Place()
        place.address = f"10.77.{number}.2"
        self._router.ip(
            f"link add r{number} type veth peer name line netns {place.holder.pid}",
            f"address add 10.77.{number}.1/24 dev r{number}",
            f"link set r{number} up",
        )
        place.ip("link set lo up", f"address add {place.address}/24 dev line", "link set line up", f"route add default via 10.77.{number}.1")
        place.router_side = f"r{number}"
        return place

    def blackhole(self, some: Iterable[str], others: Iterable[str]) -> None:
        """What either sends the other vanishes, and nobody is told."""
        new = {(a, b) for one, two in product(some, others) if one != two for a, b in ((one, two), (two, one))} - self._cut
        if new:
            self._router.ip(*(f"rule add from {self.place(a).address} to {self.place(b).address} blackhole" for a, b in sorted(new)))
        self._cut |= new

    def reset(self, one: str, other: str, lanes: int = 64) -> int:
        """Resets connections between the two, at most so many; returns how many there were."""
        place, peer = self.place(one), self.place(other)
        found = place.run("ss", "-Htn", "state", "established", "dst", peer.address).splitlines()
        for line in found[:lanes]:
            local, remote = (end.replace("[::ffff:", "").replace("]", "") for end in line.split()[-2:])
            place.run("ss", "-KHtn", "src", local, "dst", remote)
        return min(lanes, len(found))

    def slow_down(self, name: str, megabits: int) -> None:
        """What comes to that place comes no faster."""
        self._router.run("tc", "qdisc", "replace", "dev", self.place(name).router_side, "root", "tbf", "rate", f"{megabits}mbit", "burst", "64k", "latency", "200ms")
        self._slow.add(name)

    def heal(self) -> None:
        if self._cut:
            self._router.ip(*(f"rule del from {self.place(a).address} to {self.place(b).address} blackhole" for a, b in sorted(self._cut)))
        for name in self._slow:
            self._router.run("tc", "qdisc", "del", "dev", self.place(name).router_side, "root")
        self._cut.clear()
        self._slow.clear()

    def close(self) -> None:
        for place in [*self._places.values(), self._router]:
            place.close()
