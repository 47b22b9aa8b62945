"""Where a long benchmark is, on standard error."""

import sys
import time


class Progress:
    """One line that is overwritten on a terminal; at most one line in ten seconds elsewhere."""

    def __init__(self, steps):
        self._steps, self._done = max(1, steps), 0
        self._began = self._shown = time.monotonic()

    def step(self, what):
        self._done += 1
        now = time.monotonic()
        left = (now - self._began) / self._done * max(0, self._steps - self._done)
        line = f"[{100 * self._done // self._steps:3d}%] {what}, about {left:.0f} s left"
        if sys.stderr.isatty():
            print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
        elif now - self._shown > 10:
            self._shown = now
            print(line, file=sys.stderr, flush=True)

    def clear(self):
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)
