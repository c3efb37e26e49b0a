"""The WebSocket transport: what python-engineio leaves to chance when a screen falls asleep or the network goes."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import simple_websocket
from engineio.async_drivers._websocket_wsgi import SimpleWebSocketWSGI

DEAD_AFTER_MS = 20_000
"""Sent and not acknowledged for this long: the peer is gone. Heartbeats keep something on its way."""
FRAMED_ONCE = 1024
"""Characters; wsproto takes 0.4 ms for the frame of a map, and 67 walls of 200 may show one."""
FINAL_TEXT = 0x81
SPARE_LINES = 8
"""Connections beyond the number of screens, for those that are only told that there is no room."""


@lru_cache(maxsize=16)
def framed(text: str) -> bytes:
    """A text as one unmasked WebSocket frame (RFC 6455, 5.2)."""
    payload = text.encode()
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", FINAL_TEXT, size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", FINAL_TEXT, 126, size)
    else:
        head = struct.pack("!BBQ", FINAL_TEXT, 127, size)
    return head + payload


class Line(SimpleWebSocketWSGI):  # type: ignore[misc]
    """One connection. It holds a thread of the server until it ends, so it must end when its peer does."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Serve the connection; returns when it has ended."""
        # Without the offer nothing is deflated: one stream a screen would cost more than drawing the boards.
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        peer = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")
        if peer is not None:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_AFTER_MS)
        return super().__call__(environ, start_response)

    def send(self, message: str | bytes) -> None:
        """Send a message; a long one is put into its frame once for all who get it. Raises OSError."""
        if isinstance(message, bytes) or len(message) < FRAMED_ONCE:
            super().send(message)
        elif not self.ws.connected:
            raise OSError("the screen has gone")
        else:
            self.ws.sock.sendall(framed(message))

    def close(self) -> None:
        """Say goodbye and hang up: a peer that no longer answers would keep the reading thread for ever."""
        with contextlib.suppress(OSError, simple_websocket.ConnectionClosed):
            super().close()
        with contextlib.suppress(OSError):
            self.ws.sock.shutdown(socket.SHUT_RDWR)


class LineLimit:
    """WSGI middleware: no more connections than there are threads to spare, so that pages always load."""

    def __init__(self, app: Callable[..., Iterable[bytes]], limit: int, path: str = "/socket.io") -> None:
        self._app, self._limit, self._path = app, limit, path
        self._open: set[int] = set()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Pass on, or answer 503 to a connection too many."""
        if not environ.get("PATH_INFO", "").startswith(self._path):
            return self._app(environ, start_response)
        if len(self._open) >= self._limit:
            start_response("503 Service Unavailable", [("Content-Type", "text/plain"), ("Retry-After", "10")])
            return [b"No room for another screen: raise server.screens in config.yaml.\n"]
        mark = id(environ)
        self._open.add(mark)
        try:
            return self._app(environ, start_response)
        finally:
            self._open.discard(mark)
