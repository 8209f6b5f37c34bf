"""A way to a server that can be cut off, and opened again on the same port."""

from __future__ import annotations

import contextlib
import socket
import threading

SIZE = 65536


class Forwarder:
    """Hands every connection on to `target`, while it is open."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._pairs: list[socket.socket] = []
        self._begin()

    def cut(self) -> None:
        """End all connections, and refuse new ones."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for end in self._pairs:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for pump in self._pumps:
            pump.join()
        for end in self._pairs:
            end.close()
        self._pairs.clear()

    def close(self) -> None:
        self.cut()

    def open_again(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._begin()

    def _begin(self) -> None:
        self._pumps: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                here, _ = self._listener.accept()
                there = socket.create_connection(self._target)
                self._pairs += [here, there]
                for pair in ((here, there), (there, here)):
                    pump = threading.Thread(target=_pump, args=pair)
                    self._pumps.append(pump)
                    pump.start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(SIZE):
            sink.sendall(data)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
