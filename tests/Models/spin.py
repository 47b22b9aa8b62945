"""Runs spin on membership.pml with the settings of one configuration: explores all of its interleavings, or finds a violation."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

MODEL = Path(__file__).parent / "membership.pml"
SECONDS = 420

# N counts members, newcomers among them; the rest counts faults that may happen, at any time, in any order.
NOTHING = dict(
    N=3, NEWCOMERS=0, COORDINATORS=1, DEATHS=0, CUTS=0, EVICTIONS=0, LEAVES=0, CRASHES=0, PARTITION=0, GIVEUPS=0,
    TURNS=0,          # times that a part without a majority is sent on to the next coordinator
    UPDATES=0,        # 1: members call update after their first operation, and then a second one
    CALLED=0,         # 1: the first operation has been called by all before anything happens
    ERROR_ON_LOSS=0,  # members that want an error if others are lost, a bit each
    MIN_MEMBERS=99,   # 99: there is an epoch; else none is, and this many members make the first one
)


@dataclass
class Outcome:
    violation: str  # the assertion that does not hold, or empty
    steps: str      # what leads to it, a line each
    states: int


@dataclass
class Case:
    settings: dict[str, int]
    rules: tuple[str, ...] = ()
    promise: str = ""  # part of the assertion that is to fail without the rules


def explore(folder: Path, *rules: str, optimised: str = "-O0", **settings: int) -> Outcome:
    """
    Rules are names that the model knows with #ifdef, each of which breaks one rule of the protocol. A search of a few
    seconds is over before an optimising compiler would be.
    """
    assert settings.keys() <= NOTHING.keys(), settings
    defines = [f"-D{name}={value}" for name, value in (NOTHING | settings).items()] + [f"-D{rule}" for rule in rules]
    run(folder, "spin", *defines, "-a", MODEL)
    run(folder, "gcc", optimised, "-w", "-DSAFETY", "-DHC4", "-DMEMLIM=6000", "-DVECTORSZ=2048", "-o", "pan", "pan.c")
    output = run(folder, "./pan", "-m20000")
    # An incomplete search has shown nothing.
    for incomplete in ("max search depth too small", "Search not completed\n", "out of memory", "VECTORSZ"):
        assert incomplete not in output or "assertion violated" in output, output
    found = re.search(r"assertion violated (.*) \(at depth", output)
    other = re.search(r"^pan:\d+: (?!assertion violated)(.*)$", output, re.MULTILINE)
    assert other is None, output
    states = int(re.search(r"(\d+) states, stored", output)[1])
    return Outcome(found[1] if found else "", replay(folder) if found else "", states)


def replay(folder: Path) -> str:
    output = run(folder, "./pan", "-r", "membership.pml.trail", "-m20000", check=False)
    lines = output.split("spin: trail ends")[0].splitlines()
    return "\n".join(line for line in lines if not re.match(r"\s*\d+:\s+proc", line) and not line.startswith("pan:"))


def run(folder: Path, *command, check: bool = True) -> str:
    ended = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS)
    assert not check or ended.returncode == 0, f"{command[0]}: exit status {ended.returncode}\n{ended.stdout[-4000:]}"
    return ended.stdout
