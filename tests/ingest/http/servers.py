"""Servers on this machine that answer as badly as they are told to, byte by byte."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Handler = Callable[[socket.socket, bytes], None]
"""Takes the connection and the request as it came, up to the end of its header; what it sends is the answer."""


@dataclass
class Raw:
    """A server's address, and what it was asked."""

    url: str
    port: int
    asked: list[bytes] = field(default_factory=list)
    gone: threading.Event = field(default_factory=threading.Event)
    """Set when the server stops: what a handler waits for."""


@contextmanager
def serving(handler: Handler, tls: ssl.SSLContext | None = None) -> Iterator[Raw]:
    """Serve on a free port of 127.0.0.1, one request a connection, each in a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    raw = Raw(f"{'https' if tls else 'http'}://localhost:{port}", port)

    def serve(conn: socket.socket) -> None:
        with suppress(OSError):
            if tls is not None:
                conn = tls.wrap_socket(conn, server_side=True)
            request = b""
            while b"\r\n\r\n" not in request and (more := conn.recv(65536)):
                request += more
            raw.asked.append(request)
            handler(conn, request)
        with suppress(OSError):
            conn.close()

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield raw
    finally:
        raw.gone.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def plain(body: bytes = b"baik", status: str = "200 OK", **headers: str) -> bytes:
    """A whole answer; header names are written with `_` for `-`."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def says(answer: bytes) -> Handler:
    """Always the same answer."""
    return lambda conn, _request: conn.sendall(answer)


def routes(**answers: bytes) -> Handler:
    """An answer for each path of one word; 404 for the rest."""

    def handle(conn: socket.socket, request: bytes) -> None:
        path = request.split(b" ", 2)[1].decode().partition("?")[0].strip("/")
        conn.sendall(answers.get(path, plain(b"tidak ada", "404 Not Found")))

    return handle
