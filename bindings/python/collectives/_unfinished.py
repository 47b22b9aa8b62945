"""Works that their owner dropped before their end.

coll_work_destroy would wait for such a work, in the middle of garbage collection. Instead the handle and
the buffers that the library still uses are kept here, and freed at a later call, once the work has ended.
"""

from ctypes import CDLL
from typing import Any, List, Tuple

from . import _abi


class Unfinished:
    """The dropped works of one communicator. Appending and popping are atomic, so it needs no lock."""

    __slots__ = ("_native", "_works")

    def __init__(self, native: CDLL) -> None:
        self._native = native
        self._works: List[Tuple[Any, Any]] = []

    def __bool__(self) -> bool:
        return bool(self._works)

    def keep(self, work: int, buffers: Any) -> None:
        """Takes over a running work and what keeps its buffers alive."""
        self._works.append((work, buffers))

    def free_ended(self) -> None:
        """Frees those that have ended; never blocks."""
        for _ in range(len(self._works)):
            try:
                entry = self._works.pop(0)
            except IndexError:
                return
            if self._native.coll_work_test(entry[0], None) == _abi.PENDING:
                self._works.append(entry)
            else:
                self._native.coll_work_destroy(entry[0])

    def free_all(self) -> None:
        """Frees all; called when the communicator is destroyed, which has ended them."""
        while self._works:
            self._native.coll_work_destroy(self._works.pop()[0])
