"""The fault matrix: which cells there are, which make no sense, and which of them a short run takes."""

import random
from dataclasses import dataclass
from itertools import product
from typing import Iterator, List

FAULTS = {
    "kill": "the victims' processes end",
    "stop": "the victims' processes stop until the others have gone on without them, then continue",
    "brief stop": "the victims' processes stop, and continue before anybody misses them",
    "lane cut": "one connection of each of so many links of a member is reset",
    "link cut": "so many links of a member are reset and stay down, while all still reach the coordinator; a member that both ends reach relays, if there is one",
    "blackhole": "what victims send, and what is sent to them, vanishes, until the others have gone on without them",
    "coordinator kill": "the first coordinator of two ends",
    "coordinator restart": "the only coordinator ends, and another one starts at its address",
    "partition": "victims and one of two coordinators on one side, the rest on the other, until one has gone on",
}

# The points of a phase, as plan.POINTS has them. One is drawn for each cell.
PHASES = {
    "idle": [],
    "joining": ["registered", "forming", "ready", "active"],
    "reduce": ["begun", "reduce"],
    "result": ["result"],
    "all-done": ["whole", "done", "ended"],
    "settle": ["settling", "settled", "verdict", "resumed"],
    "update": ["updating", "forming", "ready", "active"],
}

WORLDS = range(2, 7)
VICTIMS = ["one", "two", "all but one"]
WITHOUT_VICTIMS = ["coordinator kill", "coordinator restart"]

# Faults of the network, which need namespaces; the others are made on loopback.
OF_THE_NETWORK = ["lane cut", "link cut", "blackhole", "partition"]


@dataclass(frozen=True)
class Cell:
    fault: str
    phase: str
    victims: str
    world: int

    def __str__(self) -> str:
        return f"{self.fault}, {self.phase}, {self.victims} of {self.world}".replace(" ", "-").replace(",", "")

    @property
    def count(self) -> int:
        return {"one": 1, "two": 2, "all but one": self.world - 1, "none": 0}[self.victims]


def why_senseless(cell: Cell) -> str:
    """Empty, or the reason why the cell is no test of its own."""
    if (cell.fault in WITHOUT_VICTIMS) != (cell.victims == "none"):
        return "coordinators are not counted among the victims"
    if cell.world == 2 and cell.victims == "two":
        return "nobody would be left"
    if (cell.world, cell.victims) in [(2, "all but one"), (3, "all but one")]:
        return "all but one of two are one, of three are two"
    return ""


def all_cells() -> Iterator[Cell]:
    for fault, phase, victims, world in product(FAULTS, PHASES, [*VICTIMS, "none"], WORLDS):
        yield Cell(fault, phase, victims, world)


def sensible() -> List[Cell]:
    return [cell for cell in all_cells() if not why_senseless(cell)]


def selection(seed: int) -> List[Cell]:
    """One cell for each fault in each phase."""
    cells = sensible()
    draw = random.Random(seed)
    return [draw.choice([cell for cell in cells if (cell.fault, cell.phase) == pair]) for pair in product(FAULTS, PHASES)]
