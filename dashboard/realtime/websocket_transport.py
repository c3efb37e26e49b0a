"""python-engineio's WebSocket transport for many screens that are told the same.

The stock one makes a frame for each screen anew (0.1 ms, of a map 0.4 ms) and wakes a thread of each screen for every
message. Here a message is framed once, and sent at once when nothing is before it and the connection takes it. Measured
by tests/bench/bench_transport.py: 200 screens cost a quarter of the processor time and are told in half the time.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from functools import lru_cache
from queue import Queue
from typing import Any

from engineio.async_drivers._websocket_wsgi import SimpleWebSocketWSGI
from engineio.packet import MESSAGE

FRAMED_ONCE = 1024
"""Characters from which on a message is framed here."""
FINAL_TEXT = 0x81


def use_transport(server: Any) -> None:
    """Let this engineio server make its connections so."""
    server._async = {**server._async, "websocket": WebSocket}


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
    """Stands in the queue for the rest of a message whose beginning was sent at once."""

    def encode(self) -> Remainder:
        """As the packets beside it are asked."""
        return self


class WebSocket(SimpleWebSocketWSGI):  # type: ignore[misc]
    """One connection."""

    def __init__(self, handler: Callable[..., Any], server: object, **options: Any) -> None:
        """As engineio makes it; `handler` is a method of its socket."""
        super().__init__(handler, server, **options)
        self._writing = threading.Lock()
        self._counting = threading.Lock()
        self._queued = 0
        """Put into the queue and not yet written."""
        self._remainder = memoryview(b"")
        handler.__self__.queue = SendQueue(self, handler.__self__.queue)  # type: ignore[attr-defined]

    def send(self, message: str | bytes | Remainder) -> None:
        """Send what was queued; waits as long as the peer takes nothing more. Raises OSError."""
        try:
            with self._writing:
                self._send(message)
        finally:
            with self._counting:
                self._queued -= 1

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

    def expect(self) -> None:
        """Something was queued: until `send` has sent it nothing is sent at once."""
        with self._counting:
            self._queued += 1

    def send_now(self, text: str) -> bool:
        """Send as much as the peer takes without waiting, and queue the rest; False when other things come before."""
        if not self._writing.acquire(blocking=False):
            return False
        try:
            if self._queued or not self.ws.connected:
                return False
            frame = framed(text)
            sent = self.ws.sock.send(frame, socket.MSG_DONTWAIT)
            if sent < len(frame):
                self._remainder = memoryview(frame)[sent:]
                self.app.__self__.queue.put(Remainder())
        except OSError:  # its buffer is full, or it has gone: the writing thread finds out
            return False
        finally:
            self._writing.release()
        return True


class SendQueue(Queue[Any]):
    """An engineio socket's queue of packets. A message goes past it when nothing is before it.

    Pings and the other packets of the protocol always queue: to the thread that empties it a queue in which nothing
    is put for long is a connection that has gone.
    """

    def __init__(self, connection: WebSocket, before: Queue[Any]) -> None:
        """`before`: the queue in whose place it comes, with what is in it already."""
        super().__init__()
        self._connection = connection
        while not before.empty():
            self._queue_up(before.get_nowait())

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Send or queue a packet; None ends the queue."""
        text = item.encode() if getattr(item, "packet_type", None) == MESSAGE else None
        if not (isinstance(text, str) and self._connection.send_now(text)):
            self._queue_up(item)

    def _queue_up(self, item: Any) -> None:
        if item is not None:
            self._connection.expect()
        super().put(item)
