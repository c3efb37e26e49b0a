"""The WebSocket transport: what python-engineio leaves to chance when a screen falls asleep or the network goes."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import simple_websocket
from engineio.async_drivers._websocket_wsgi import SimpleWebSocketWSGI

from dashboard.realtime.send_queue import Outbox, Rest

DEAD_AFTER_MS = 20_000
"""Sent and not acknowledged for this long: the peer is gone. Heartbeats keep something on its way."""
FRAMED_ONCE = 1024
"""Characters; wsproto takes 0.4 ms for the frame of a map, and 67 walls of 200 may show one."""
FINAL_TEXT = 0x81
SOCKETS = "/socket.io"
"""Where screens connect."""
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

    def __init__(self, handler: Callable[..., Any], server: object, **options: Any) -> None:
        """As engineio makes it; `handler` is a method of its socket."""
        super().__init__(handler, server, **options)
        self._turn = threading.Lock()
        """Held while something is written."""
        self._count = threading.Lock()
        self._waiting = 0
        """Queued and not yet written."""
        self._owed = memoryview(b"")
        """The rest of a message whose beginning was sent at once."""
        self._peer: socket.socket | None = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Serve the connection; returns when it has ended."""
        # Without the offer nothing is deflated: one stream a screen would cost more than drawing the boards.
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        peer = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")
        if peer is not None:
            peer.settimeout(None)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_AFTER_MS)
        self._peer = peer
        owner = getattr(self.app, "__self__", None)
        if owner is not None:
            owner.line = self
            owner.queue = Outbox(self, owner.queue)
        return super().__call__(environ, start_response)

    def send(self, message: str | bytes | Rest) -> None:
        """Send what was queued; waits as long as the peer takes nothing more. Raises OSError."""
        try:
            with self._turn:
                self._send(message)
        finally:
            with self._count:
                self._waiting -= 1

    def _send(self, message: str | bytes | Rest) -> None:
        if isinstance(message, Rest):
            owed, self._owed = self._owed, memoryview(b"")
            self.ws.sock.sendall(owed)
        elif isinstance(message, bytes) or len(message) < FRAMED_ONCE:
            super().send(message)
        elif not self.ws.connected:
            raise OSError("the screen has gone")
        else:
            self.ws.sock.sendall(framed(message))

    def expect(self) -> None:
        """Something was queued: until `send` has sent it nothing is sent at once."""
        with self._count:
            self._waiting += 1

    def send_now(self, text: str) -> bool:
        """Send as much as the peer takes without waiting, and queue the rest; False when other things come before."""
        if not self._turn.acquire(blocking=False):
            return False
        try:
            if self._waiting or not self.ws.connected or type(self.ws.sock) is not socket.socket:
                return False
            frame = framed(text)
            sent = self.ws.sock.send(frame, socket.MSG_DONTWAIT)
            if sent < len(frame):
                self._owed = memoryview(frame)[sent:]
                self.app.__self__.queue.put(Rest())
        except OSError:  # its buffer is full, or it has gone: the queue finds out
            return False
        finally:
            self._turn.release()
        return True

    def close(self) -> None:
        """Say goodbye and hang up: a peer that no longer answers would keep the reading thread for ever."""
        with contextlib.suppress(OSError, simple_websocket.ConnectionClosed):
            super().close()
        with contextlib.suppress(OSError):
            self.ws.sock.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        """Hang up at once, also on one to whom nothing can be sent any more."""
        if self._peer is not None:
            with contextlib.suppress(OSError):
                self._peer.shutdown(socket.SHUT_RDWR)


class LineLimit:
    """WSGI middleware: no more connections than there are threads to spare, so that pages always load.

    For one too many somebody who has no seat is asked to go; until he has, a few more than the limit are let in.
    """

    def __init__(
        self, app: Callable[..., Iterable[bytes]], limit: int, make_room: Callable[[], bool] = lambda: False
    ) -> None:
        """make_room: let somebody go who has no seat; False when there is nobody."""
        self._app, self._limit, self._make_room = app, limit, make_room
        self._open: set[int] = set()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Pass on, or answer 503 to a connection too many."""
        if not environ.get("PATH_INFO", "").startswith(SOCKETS):
            return self._app(environ, start_response)
        open_now = len(self._open)
        if open_now >= self._limit and (open_now >= self._limit + SPARE_LINES or not self._make_room()):
            start_response("503 Service Unavailable", [("Content-Type", "text/plain"), ("Retry-After", "10")])
            return [b"No room for another screen: raise server.screens in config.yaml.\n"]
        mark = id(environ)
        self._open.add(mark)
        try:
            return self._app(environ, start_response)
        finally:
            self._open.discard(mark)
