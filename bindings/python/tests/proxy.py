"""A TCP proxy that counts what passes through it."""

import socket
import threading
from typing import List


class CountingProxy:
    """Listens on a free port of 127.0.0.1 and passes every connection on to `target`, "HOST:PORT"."""

    def __init__(self, target: str) -> None:
        host, port = target.rsplit(":", 1)
        self._target = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._sockets: List[socket.socket] = []
        self._threads: List[threading.Thread] = []
        self.connections = 0
        self.bytes_passed = 0
        self._start(self._accept)

    def close(self) -> None:
        """Cuts all connections and joins the threads."""
        with self._lock:
            open_sockets = [self._listener, *self._sockets]
        for each in open_sockets:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # the other side was faster
        for thread in self._threads:
            thread.join()
        for each in open_sockets:
            each.close()

    def _start(self, target, *arguments) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                inner, _ = self._listener.accept()
                outer = socket.create_connection(self._target)
            except OSError:
                return
            with self._lock:
                self._sockets += [inner, outer]
                self.connections += 1
            self._start(self._pass, inner, outer)
            self._start(self._pass, outer, inner)

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while True:
                received = source.recv(65536)
                if not received:
                    break
                with self._lock:
                    self.bytes_passed += len(received)
                target.sendall(received)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # cut
