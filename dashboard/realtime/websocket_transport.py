"""A WebSocket transport of python-engineio for many screens that get the same messages.

The stock transport builds a frame for each screen (0.1 ms, 0.4 ms for a map) and wakes a thread of each screen for each
message. This one builds a frame once, and sends it at once when the queue is empty and the connection accepts it.
tests/bench/bench_transport.py: with 200 screens a quarter of the processor time and half of the delay.

A screen that reads more slowly than it is sent to has a bounded buffer. What does not fit is dropped, and when the
screen has read the rest it is reported as caught up, to be sent everything anew.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache, partial
from queue import Queue
from typing import Any

import structlog
from engineio.async_drivers._websocket_wsgi import SimpleWebSocketWSGI
from engineio.packet import MESSAGE
from simple_websocket import ConnectionClosed

from dashboard.observability import metrics

log = structlog.get_logger(__name__)
FRAMED_ONCE = 1024
"""Messages of at least so many characters are framed here."""
FINAL_TEXT = 0x81
KERNEL_BUFFER = 1 << 17
"""Bytes that the system keeps for one screen (Linux doubles it); by itself it would let it grow to megabytes."""
BUFFER = 1 << 18
"""Characters that may wait here for one screen; a longer message is sent when nothing waits."""
EVENT = "42"
"""How an event begins. Only events are dropped: what is sent anew after a gap replaces every one of them."""
CaughtUp = Callable[[str, int], None]
"""Called with engineio's id of a connection and the number of events it missed; must not block."""


def use_transport(server: Any, caught_up: CaughtUp) -> None:
    """Make this engineio server use it."""
    server._async = {**server._async, "websocket": partial(WebSocket, caught_up=caught_up)}


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


class Remainder:
    """Represents in the queue the rest of a message that was sent in part."""

    def __init__(self, size: int) -> None:
        self._size = size

    def __len__(self) -> int:
        return self._size

    def encode(self) -> Remainder:
        """The interface of packets."""
        return self


class WebSocket(SimpleWebSocketWSGI):  # type: ignore[misc]
    """One connection."""

    def __init__(self, handler: Callable[..., Any], server: object, *, caught_up: CaughtUp, **options: Any) -> None:
        """Called by engineio; `handler` is a method of its socket."""
        super().__init__(handler, server, **options)
        self._caught_up = caught_up
        self._writing = threading.Lock()
        self._counting = threading.Lock()
        self._queued = 0
        """Items in the queue that are not yet written."""
        self._waiting = 0
        """Their characters."""
        self._missed = 0
        """Events dropped since the screen was last current."""
        self._remainder = memoryview(b"")
        handler.__self__.queue = SendQueue(self, handler.__self__.queue)  # type: ignore[attr-defined]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """WSGI: serves the connection to its end."""
        sock = environ.get("gunicorn.socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER)
        return super().__call__(environ, start_response)

    def close(self) -> None:
        """Say goodbye, when the connection is still there: the other end or another thread may have ended it."""
        with suppress(OSError, ConnectionClosed):
            super().close()

    def send(self, message: str | bytes | Remainder) -> None:
        """Send a queued item; blocks while the peer accepts nothing. Raises OSError."""
        try:
            with self._writing:
                self._send(message)
        finally:
            missed = self._written(len(message))
        if missed:
            self._caught_up(self.app.__self__.sid, missed)

    def _written(self, size: int) -> int:
        """The number of missed events when nothing waits any more, else 0."""
        with self._counting:
            self._queued -= 1
            self._waiting -= size
            if self._queued:
                return 0
            missed, self._missed = self._missed, 0
            return missed

    def _send(self, message: str | bytes | Remainder) -> None:
        if isinstance(message, Remainder):
            remainder, self._remainder = self._remainder, memoryview(b"")
            self.ws.sock.sendall(remainder)
        elif isinstance(message, bytes) or len(message) < FRAMED_ONCE:
            super().send(message)
        elif not self.ws.connected:
            raise OSError("the screen has gone")
        else:
            self.ws.sock.sendall(framed(message))

    def expect(self, size: int) -> None:
        """Call it when an item is queued: until `send` has sent it, `send_now` sends nothing."""
        with self._counting:
            self._queued += 1
            self._waiting += size

    def drops(self, size: int) -> bool:
        """Whether an event of this size is dropped, and all until the screen has caught up."""
        with self._counting:
            full = self._queued > 0 and self._waiting + size > BUFFER
            if not (full or self._missed):
                return False
            self._missed += 1
            first = self._missed == 1
        if first:
            log.warning("a screen reads too slowly", waiting=self._waiting)
        metrics.DROPPED.inc()
        return True

    def send_now(self, text: str) -> bool:
        """Send as much as possible without blocking and queue the rest; False when other items come before."""
        if not self._writing.acquire(blocking=False):
            return False
        try:
            if self._queued or not self.ws.connected:
                return False
            frame = framed(text)
            sent = self.ws.sock.send(frame, socket.MSG_DONTWAIT)
            if sent < len(frame):
                self._remainder = memoryview(frame)[sent:]
                self.app.__self__.queue.put(Remainder(len(self._remainder)))
        except OSError:  # its buffer is full, or it is closed: the writing thread handles it
            return False
        finally:
            self._writing.release()
        return True


class SendQueue(Queue[Any]):
    """An engineio socket's queue of packets. When it is empty, a message is sent without it.

    Pings and other packets of the protocol are always queued: the thread that empties the queue closes a connection
    whose queue stays empty for long.
    """

    def __init__(self, connection: WebSocket, before: Queue[Any]) -> None:
        """`before`: the queue that it replaces, perhaps with items."""
        super().__init__()
        self._connection = connection
        while not before.empty():
            self._queue_up(before.get_nowait())

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Send, queue or drop a packet; None ends the queue."""
        text = item.encode() if getattr(item, "packet_type", None) == MESSAGE else None
        if isinstance(text, str):
            if text.startswith(EVENT) and self._connection.drops(len(text)):
                return
            if self._connection.send_now(text):
                return
        self._queue_up(item)

    def _queue_up(self, item: Any) -> None:
        if item is not None:
            self._connection.expect(len(item.encode()))
        super().put(item)
