"""Members as real processes, and the events that a test and they exchange.

A member process runs one function of tests/members/; it sends JSON lines on its standard output (events, and
what the function returned at last) and reads lines on its standard input. Tests synchronise on these alone.
"""

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, Dict, List, Optional

import collectives

TESTS = Path(__file__).resolve().parent
TIMEOUT = 60.0


class MemberFailed(AssertionError):
    """A member process ended badly, or said nothing in time; with what it wrote to stderr."""


class MemberProcess:
    """One process; `label` is its index in the test, not its rank."""

    def __init__(self, label: int, function: str, environment: Dict[str, str], arguments: Dict[str, Any]) -> None:
        self.label = label
        self._stderr = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [sys.executable, "-u", str(TESTS / "members" / "run.py"), function, json.dumps(arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            text=True,
            env={**os.environ, **environment, "MEMBER_LABEL": str(label)},
        )
        self._lines: "queue.Queue[Optional[str]]" = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def event(self, name: str, timeout: float = TIMEOUT) -> Any:
        """Waits for the member's next event, which must have this name; its value."""
        try:
            line = self._lines.get(timeout=timeout)
        except queue.Empty:
            raise MemberFailed(f"member {self.label}: no {name!r} within {timeout} s\n{self.stderr()}") from None
        if line is None:
            raise MemberFailed(f"member {self.label}: ended before {name!r}\n{self.stderr()}")
        found, value = json.loads(line)
        if found != name:
            raise MemberFailed(f"member {self.label}: expected {name!r}, found {found!r}: {value}\n{self.stderr()}")
        return value

    def tell(self, line: str = "go") -> None:
        """Sends a line to the member's `hear`."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def result(self, timeout: float = TIMEOUT) -> Any:
        """What the member's function returned; the process has ended with 0 then."""
        value = self.event("result", timeout)
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise MemberFailed(f"member {self.label}: does not end after its result\n{self.stderr()}") from None
        if code != 0:
            raise MemberFailed(f"member {self.label}: ended with {code} after its result\n{self.stderr()}")
        return value

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Sends a signal."""
        self.process.send_signal(number)

    def stderr(self) -> str:
        """What the process has written to stderr so far."""
        self._stderr.seek(0)
        return self._stderr.read().decode(errors="replace")

    def close(self) -> None:
        """Ends the process if it still runs, and frees its pipes."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        for pipe in (self.process.stdin, self.process.stdout, self._stderr):
            pipe.close()  # type: ignore[union-attr]

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)


class Group:
    """A coordinator in this process, and the members that a test starts."""

    def __init__(self) -> None:
        self.coordinator = collectives.Coordinator()
        self.address = self.coordinator.address  # where members look for it
        self.members: List[MemberProcess] = []

    def start(
        self, count: int, function: str, *, min_members: Optional[int] = None, **arguments: Any
    ) -> List[MemberProcess]:
        """Starts `count` processes that run members/MODULE.py's FUNCTION ("module:function")."""
        environment = {
            "COLLECTIVES_COORDINATOR": self.address,
            "COLLECTIVES_MIN_MEMBERS": str(min_members or count),
        }
        started = [
            MemberProcess(len(self.members) + index, function, environment, arguments) for index in range(count)
        ]
        self.members += started
        return started

    def run(self, count: int, function: str, **arguments: Any) -> List[Any]:
        """Starts the members and waits for their results, in the order of `label`."""
        return [member.result() for member in self.start(count, function, **arguments)]

    def close(self) -> None:
        """Ends what still runs."""
        for member in self.members:
            member.close()
        self.coordinator.stop()
