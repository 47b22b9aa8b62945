"""Completes torch's futures when works end, in whatever order they do, on one thread for the process."""

import os
import selectors
import threading
from typing import Any, Callable, List, Optional, Tuple


class Watcher:
    """Calls back from its thread when a work has ended. The thread starts with the first work, and is a daemon."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._new: List[Tuple[Any, Callable[[], None]]] = []
        self._wake: Optional[int] = None
        self._process: Optional[int] = None

    def watch(self, work: Any, ended: Callable[[], None]) -> None:
        """Calls `ended` once the work (anything with a fileno that is readable then) has ended."""
        with self._lock:
            if self._process != os.getpid():  # the first work here, or the first in a forked child
                self._start()
            self._new.append((work, ended))
            wake = self._wake
        assert wake is not None
        os.write(wake, b"x")

    def _start(self) -> None:
        read, self._wake = os.pipe()
        self._process = os.getpid()
        threading.Thread(target=self._run, args=(read,), name="collectives-torch", daemon=True).start()

    def _run(self, wake: int) -> None:
        selector = selectors.DefaultSelector()
        selector.register(wake, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fd == wake:
                    os.read(wake, 4096)
                    with self._lock:
                        new, self._new = self._new, []
                    for work, ended in new:
                        selector.register(work.fileno(), selectors.EVENT_READ, (work, ended))
                else:
                    selector.unregister(key.fd)
                    key.data[1]()


WATCHER = Watcher()
