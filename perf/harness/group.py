"""A group: the processes of one library's client, connected and waiting for commands.

Groups of all libraries stay alive side by side while a benchmark runs; the one whose turn it is gets a
command, the others sleep on their board's futex. That is what makes rounds of different libraries alternate
within milliseconds, on a machine whose speed changes within seconds.
"""

import json
import os
import selectors
import signal
import subprocess
import tempfile
import time


class GroupFailed(Exception):
    """A client process ended, or did not answer in time; the message has its output."""


class Group:
    """`commands` holds one argument list per process; rank 0's comes first, and it gets the commands."""

    def __init__(self, name, commands, directory, environment=None):
        self.name = name
        self._log = tempfile.TemporaryFile(dir=directory)
        self._pending = b""
        self._processes = []
        for position, command in enumerate(commands):
            self._processes.append(subprocess.Popen(
                command,
                stdin=subprocess.PIPE if position == 0 else subprocess.DEVNULL,
                stdout=subprocess.PIPE if position == 0 else self._log,
                stderr=self._log,
                env=dict(os.environ, **(environment or {})),
                start_new_session=True))  # so that close() reaches what mpirun starts

    def run(self, collective, pace, size, in_place, milliseconds, algorithm="default", dtype="f32", op="sum", timeout=120):
        """Measures one row; returns the client's record. What a pace is stands in perf/Collectives/measure.h."""
        line = f"run {collective} {pace} {size} {int(in_place)} {milliseconds} {algorithm} {dtype} {op}\n"
        try:
            self._processes[0].stdin.write(line.encode())
            self._processes[0].stdin.flush()
        except BrokenPipeError:
            self._fail(f"ended before '{line.strip()}'")
        return json.loads(self._answer(line.strip(), time.monotonic() + timeout))

    def _answer(self, request, deadline):
        output = self._processes[0].stdout
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            while b"\n" not in self._pending:
                # A rank other than 0 that dies leaves the rest waiting: look at all of them now and then.
                ready = selector.select(timeout=0.5)
                if ready:
                    got = os.read(output.fileno(), 65536)
                    if not got:
                        self._fail(f"ended during '{request}'")
                    self._pending += got
                elif any(p.poll() not in (None, 0) for p in self._processes):
                    self._fail(f"a process died during '{request}'")
                elif time.monotonic() > deadline:
                    self._fail(f"no answer to '{request}' in time")
        answer, self._pending = self._pending.split(b"\n", 1)
        return answer

    def _fail(self, what):
        self.close()
        self._log.seek(0)
        said = self._log.read().decode(errors="replace").strip()
        raise GroupFailed(f"{self.name}: {what}" + (f"; it said:\n{said}" if said else ""))

    def close(self):
        """Ends the processes, politely by the end of their commands, otherwise by a signal."""
        try:
            self._processes[0].stdin.close()
        except BrokenPipeError:
            pass
        deadline = time.monotonic() + 5
        for process in self._processes:
            try:
                process.wait(timeout=max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
