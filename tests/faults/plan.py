"""What is to happen, to whom and when: a fault plan is code.

A *moment* is a point inside the library (src/Transport/Faults/FaultPoint.cs) that a member passes: "the third piece of the
result of operation 10 comes to member b". Faults of the process itself and of its frames happen there inside the library;
for the others the member tells the test, and stands still until the test has done its part.
"""

from dataclasses import dataclass
from typing import Optional

POINTS = ["registered", "forming", "ready", "active", "updating", "begun", "reduce", "result", "whole", "done", "ended",
          "settling", "settled", "verdict", "resumed"]


@dataclass(frozen=True)
class Moment:
    member: str
    point: str
    operation: Optional[int] = None  # its number within its epoch's lineage; None: any
    times: int = 0  # such moments that come before

    def words(self, action: str) -> str:
        assert self.point in POINTS, self.point
        return f"{action} {self.member} {self.point} {'*' if self.operation is None else self.operation} {self.times}"


@dataclass(frozen=True)
class KillAt:
    """The member's process ends."""

    at: Moment

    def words(self) -> str:
        return self.at.words("kill")


@dataclass(frozen=True)
class StopAt:
    """The member's process stops, until the test lets it go on."""

    at: Moment

    def words(self) -> str:
        return self.at.words("stop")


@dataclass(frozen=True)
class ThrowAt:
    """What the library runs there throws, as a bug of its own would."""

    at: Moment

    def words(self) -> str:
        return self.at.words("throw")


@dataclass(frozen=True)
class CorruptByte:
    """A byte in the header of the frame that is sent at this moment: one of reduce, result and done."""

    at: Moment

    def words(self) -> str:
        return self.at.words("corrupt")


@dataclass(frozen=True)
class TellAt:
    """The member stands still, and the test does the rest: cuts, blackholes, kills others or a coordinator."""

    at: Moment

    def words(self) -> str:
        return self.at.words("tell")


def text_of(plan) -> str:
    return "; ".join(fault.words() for fault in plan)
