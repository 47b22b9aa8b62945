"""Member and coordinator processes, and what they have said so far."""

import os
import selectors
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Optional

from network import Place, die_with_parent
from plan import text_of

ROOT = Path(__file__).resolve().parents[2]
MEMBER = ROOT / "build/tests-c/fault_member"
COMMAND = ROOT / "dist/bin/collectives"


class Result(NamedTuple):
    """Of an operation, on one member; all but the time alike on all."""

    members: int  # mask of bits
    retries: int
    epoch: int
    ns: int


class Told(NamedTuple):
    action: str
    member: str
    point: str
    operation: int
    ns: int


class Lines:
    """Takes the bytes of a descriptor apart into lines."""

    def __init__(self, take: Callable[[str], None]) -> None:
        self._take = take
        self._rest = b""

    def feed(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(line.decode())


class Coordinator:
    """`collectives coordinator` in a process of its own, which can be killed and started again at its address."""

    def __init__(self, place: Optional[Place], heartbeat_ms: int) -> None:
        self._place = place
        self._heartbeat_ms = heartbeat_ms
        self._host = place.address if place else "127.0.0.1"
        self.address = f"{self._host}:0"
        self.process: Optional[subprocess.Popen] = None
        self._notes = tempfile.TemporaryFile(mode="a+")
        self.start()

    def start(self) -> None:
        command = [*(self._place.prefix if self._place else []), str(COMMAND), "coordinator", "--listen", self.address,
                   "--heartbeat-ms", str(self._heartbeat_ms)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
        line = self.process.stdout.readline()
        assert line.startswith("listening on "), line
        self.address = line.split()[2].rstrip(",")
        # Somebody has to read its notes as they come: the pipe would fill up.
        self._drain = subprocess.Popen(["cat"], stdin=self.process.stdout, stdout=self._notes, preexec_fn=die_with_parent)
        self.process.stdout.close()

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self._drain.wait()
        self.process = None

    def notes(self) -> List[str]:
        """What it has said last."""
        self._notes.seek(0)
        return self._notes.read().splitlines()[-60:]

    def close(self) -> None:
        self.kill()
        self._notes.close()


@dataclass
class Report:
    """What a member has said."""

    id: str = ""
    epochs: List[int] = field(default_factory=list)
    first: Optional[int] = None
    results: Dict[int, Result] = field(default_factory=dict)
    paused: bool = False
    updates: List[tuple] = field(default_factory=list)  # (number, ns of the call, ns of the end, epoch, world)
    joined_ns: int = 0
    gone: Optional[str] = None  # the status that ended it
    gone_ns: int = 0
    words: str = ""
    left: Optional[tuple] = None  # descriptors, threads, bytes


class Member:
    """One member process."""

    def __init__(self, label: str, bit: int, coordinators: str, place: Optional[Place], plan=(), environment=None, **options) -> None:
        self.label = label
        self.bit = bit
        self.report = Report()
        self.told: List[Told] = []
        self.errors = b""
        self._updating = 0
        ours, theirs = socket.socketpair()
        self.channel = ours
        command = [*(place.prefix if place else []), str(MEMBER), f"bit={bit}", *(f"{name}={value}" for name, value in options.items())]
        variables = {**os.environ, "COLLECTIVES_COORDINATOR": coordinators}
        if plan:
            variables.update(COLLECTIVES_FAULT_PLAN=text_of(plan), COLLECTIVES_FAULT_MEMBER=label, COLLECTIVES_FAULT_CHANNEL=str(theirs.fileno()))
        variables.update(environment or {})
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=variables,
            pass_fds=[theirs.fileno()], preexec_fn=die_with_parent, bufsize=0,
        )
        theirs.close()
        self.sources = {
            self.process.stdout: Lines(self._hear).feed,
            self.process.stderr: self._hear_error,
            self.channel: Lines(self._hear_of_fault).feed,
        }
        for source in self.sources:
            os.set_blocking(source.fileno(), False)

    def say(self, command: str) -> None:
        try:
            self.process.stdin.write(command.encode())
        except BrokenPipeError:
            pass  # it has ended, which shows elsewhere

    def answer(self) -> None:
        """After it has told: it goes on."""
        try:
            self.channel.send(b".")
        except OSError:
            pass  # it is dead

    def signal(self, number: int) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)

    def await_stop(self) -> None:
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.channel.close()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()

    def describe(self) -> str:
        last = max(self.report.results, default=None)
        said = f"last result {last}: {self.report.results[last]}" if last is not None else "no result"
        return (f"{self.label} (bit {self.bit}, {self.report.id[:8]}, process {self.process.pid}, exit {self.process.poll()}): {said}; told {self.told}; "
                f"paused {self.report.paused}; gone {self.report.gone} {self.report.words}; updates {self.report.updates[-2:]}; {self.errors.decode()[-3000:]}")

    def _hear_error(self, data: bytes) -> None:
        self.errors += data

    def _hear_of_fault(self, line: str) -> None:
        action, member, point, operation, ns = line.split()
        self.told.append(Told(action, member, point, int(operation), int(ns)))

    def _hear(self, line: str) -> None:
        word, *rest = line.split(" ")
        report = self.report
        if word == "ended":
            number, members, retries, epoch, ns = map(int, rest)
            assert number not in report.results
            report.results[number] = Result(members, retries, epoch, ns)
        elif word == "joined":
            report.joined_ns, report.id = int(rest[0]), rest[1]
            report.epochs.append(int(rest[2]))
        elif word == "first":
            report.first = int(rest[0])
        elif word == "paused":
            report.paused = True
        elif word == "updating":
            self._updating = int(rest[1])
        elif word == "updated":
            number, epoch, world, ns = map(int, rest)
            report.updates.append((number, self._updating, ns, epoch, world))
        elif word == "gone":
            report.gone, report.gone_ns, report.words = rest[0], int(rest[1]), " ".join(rest[2:])
        elif word == "left":
            report.left = tuple(map(int, rest))
        else:
            raise AssertionError(f"{self.label} said: {line}")


def now_ns() -> int:
    """The clock that members report in."""
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


class Watch:
    """Listens to all members until something is so."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def add(self, member: Member) -> None:
        for source, feed in member.sources.items():
            self._selector.register(source, selectors.EVENT_READ, feed)

    def until(self, condition: Callable[[], bool], seconds: float, otherwise: Callable[[], str]) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            left = deadline - time.monotonic()
            assert left > 0, f"after {seconds:.1f} s {otherwise()}"
            self.listen(min(left, 0.05))

    def listen(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            try:
                data = os.read(key.fd, 1 << 16)
            except (BlockingIOError, ConnectionResetError):
                continue
            if data:
                key.data(data)
            else:
                self._selector.unregister(key.fileobj)

    def close(self) -> None:
        self._selector.close()
