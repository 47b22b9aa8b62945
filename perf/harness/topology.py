"""Topology files: sites, the links between them, and what happens to them while a benchmark runs."""

import math
import os
import tomllib

from .libraries import ROOT

PRESETS = os.path.join(ROOT, "perf", "Wan", "topologies")


# What a home's router holds, as measured after bufferbloat became known and before it is gone.
UPLINK_QUEUE_MS = 100


class TopologyError(Exception):
    """A file that says something else than a topology; the message says what was expected."""


class Event:
    def __init__(self, at_s, commands, every_s=None):
        self.at_s, self.commands, self.every_s = at_s, commands, every_s


class Topology:
    """Matrices are square, in the order of `sites`, from the row's site to the column's; times in ms, rates in Mbit/s."""

    _known = {"title", "source", "like", "sites", "positions", "members", "rtt_ms", "stretch_ms", "rate_mbit", "upload_mbit",
              "download_mbit", "loss", "jitter_ms", "queue_ms", "uplinks", "congestion", "tcp", "closed", "events"}

    def __init__(self, name, found):
        unknown = set(found) - self._known
        if unknown:
            raise TopologyError(f"{name}: expected {', '.join(sorted(self._known))}; found {', '.join(sorted(unknown))}")
        self.name, self.title, self.source = name, found.get("title", name), found.get("source", "").strip()
        self.sites = found.get("sites", [])
        if len(self.sites) < 2 or len(set(self.sites)) != len(self.sites):
            raise TopologyError(f"{name}: expected two or more sites with names of their own, found {self.sites}")
        self.positions = found.get("positions")
        self.members = found.get("members", [1] * len(self.sites))
        self.rtt_ms = self._matrix(found.get("rtt_ms"), "rtt_ms") if "rtt_ms" in found else self._distances(found.get("stretch_ms", 0))
        self.rate_mbit = self._rates(found)
        self.loss = self._matrix(found.get("loss", 0), "loss")
        self.jitter_ms = self._matrix(found.get("jitter_ms", 0), "jitter_ms")
        self.queue_ms = self._matrix(found["queue_ms"], "queue_ms") if "queue_ms" in found else None
        # What all links from a site share: with upload_mbit it is what a home has, and not one link of it alone.
        self.uplink_mbit = found.get("upload_mbit") if found.get("uplinks") == "shared" else None
        if found.get("uplinks", "shared") != "shared" or ("uplinks" in found and self.uplink_mbit is None):
            raise TopologyError(f'{name}: uplinks: expected "shared", and upload_mbit')
        self.congestion = found.get("congestion", "bbr")
        self.tcp = found.get("tcp", "stock")
        # Sites that let no connection in, as a firewall has it: two of them need a third that relays.
        self.closed = found.get("closed", [])
        if not set(self.closed) <= set(self.sites):
            raise TopologyError(f"{name}: closed: expected names of sites, found {self.closed}")
        self.events = [Event(**event) for event in found.get("events", [])]

    @property
    def world(self):
        return sum(self.members)

    def member_sites(self):
        """The number of the site that each member is at."""
        return [index for index, count in enumerate(self.members) for _ in range(count)]

    def pairs(self):
        return [(i, j) for i in range(len(self.sites)) for j in range(len(self.sites)) if i != j]

    def link_words(self, i, j):
        words = {"rate": f"{self.rate_mbit[i][j]}mbit", "delay": f"{self.rtt_ms[i][j] / 2}ms", "loss": f"{self.loss[i][j]:.9f}",
                 "jitter": f"{self.jitter_ms[i][j]}ms"}
        if self.queue_ms:
            words["queue"] = f"{max(3000, self.rate_mbit[i][j] * 125 * self.queue_ms[i][j]):.0f}b"
        return words

    def build(self, emulator):
        """Makes the sites and links; returns the sites, in order."""
        sites = [emulator.site(name) for name in self.sites]
        self.link(emulator)
        for name in self.sites:
            emulator.tell("congestion", name, self.congestion)
            if self.uplink_mbit:
                rate = self.uplink_mbit[self.sites.index(name)]
                emulator.tell("uplink", name, f"{rate}mbit", f"{max(30000, rate * 125 * UPLINK_QUEUE_MS):.0f}b")
            if self.tcp == "tuned":
                emulator.tell("tcp", name, "tuned", f"{max(self.rate_mbit[i][j] * 125 * self.rtt_ms[i][j] for i, j in self.pairs()):.0f}b")
            if name in self.closed:
                emulator.sites[name].let_nobody_in()
        return sites

    def open(self, emulator):
        """Lets connections in everywhere."""
        for name in self.closed:
            emulator.sites[name].let_in()

    def link(self, emulator):
        """All links, as the file says."""
        for i, j in self.pairs():
            emulator.link(self.sites[i], self.sites[j], both=False, **self.link_words(i, j))

    def _matrix(self, found, what):
        size = len(self.sites)
        if isinstance(found, (int, float)):
            return [[0 if i == j else found for j in range(size)] for i in range(size)]
        if not isinstance(found, list) or len(found) != size or any(len(row) != size for row in found):
            raise TopologyError(f"{self.name}: {what}: expected a number or {size} rows of {size} numbers")
        return found

    def _rates(self, found):
        if "rate_mbit" in found:
            return self._matrix(found["rate_mbit"], "rate_mbit")
        up, down = found.get("upload_mbit"), found.get("download_mbit")
        if up is None or down is None or len(up) != len(self.sites) or len(down) != len(self.sites):
            raise TopologyError(f"{self.name}: expected rate_mbit, or upload_mbit and download_mbit of {len(self.sites)} sites")
        return [[0 if i == j else min(up[i], down[j]) for j in range(len(self.sites))] for i in range(len(self.sites))]

    def _distances(self, stretch_ms):
        """1.5 times the great circle, as cables lie, at 200 km/ms, which is light in glass; there and back."""
        if not self.positions:
            raise TopologyError(f"{self.name}: expected rtt_ms, or positions to compute it from")
        def kilometres(one, other):
            (a, b), (c, d) = (tuple(map(math.radians, place)) for place in (one, other))
            return 6371 * math.acos(min(1, math.sin(a) * math.sin(c) + math.cos(a) * math.cos(c) * math.cos(b - d)))
        return [[0 if one is other else round(1.5 * 2 * kilometres(one, other) / 200 + stretch_ms, 1) for other in self.positions] for one in self.positions]


def presets():
    return sorted(name.removesuffix(".toml") for name in os.listdir(PRESETS) if name.endswith(".toml"))


def load(name):
    """A preset's name, or the path of a file."""
    path = name if name.endswith(".toml") else os.path.join(PRESETS, f"{name}.toml")
    if not os.path.exists(path):
        raise TopologyError(f"there is no topology {name}: expected a file, or one of {', '.join(presets())}")
    with open(path, "rb") as file:
        found = tomllib.load(file)
    if "like" in found:
        with open(os.path.join(os.path.dirname(path), found["like"] + ".toml"), "rb") as file:
            found = {**tomllib.load(file), **found}
    return Topology(os.path.basename(path).removesuffix(".toml"), found)
