"""A stretch of network between wall and server that can fall silent without anybody being told."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Wire:
    """Forwards 127.0.0.1:port to the server's. What was connected before `silence` never hears anything again."""

    def __init__(self, to_port: int) -> None:
        self._to = to_port
        self._silent = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = [self._listener]
        threading.Thread(target=self._accept, daemon=True).start()

    def silence(self) -> None:
        """From now on the existing connections carry nothing, in neither direction, and stay open."""
        self._silent.set()
        self._silent = threading.Event()

    def close(self) -> None:
        """Let go of everything."""
        for sock in self._open:
            with suppress(OSError):
                sock.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                self._open += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(source, sink, self._silent), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, silent: threading.Event) -> None:
        with suppress(OSError):
            while chunk := source.recv(1 << 16):
                if not silent.is_set():
                    sink.sendall(chunk)
            if not silent.is_set():
                sink.shutdown(socket.SHUT_WR)
