"""The pings of all screens on one thread: python-engineio starts one for each, which outlives its connection."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from typing import Any

from engineio.exceptions import EngineIOError
from engineio.packet import PING, Packet
from engineio.socket import Socket

from dashboard.observability.supervisor import Falls
from data import clock


class Pings:
    """Sends each ping when it is due. All have the same interval, so that they are due in the order of asking."""

    def __init__(self) -> None:
        self._due: SimpleQueue[tuple[float, Socket]] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="pings", daemon=True)
        self._guard = threading.Lock()
        self._falls = Falls()

    def task(
        self, target: Callable[..., None], args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """What engineio is to start in the place of a thread: a ping waits here, all else is a thread."""
        socket = getattr(target, "__self__", None)
        if isinstance(socket, Socket) and target == socket._send_ping:
            return Ping(self, socket)
        return threading.Thread(target=target, args=args, kwargs=kwargs or {}, daemon=True)

    def later(self, socket: Socket) -> None:
        """A ping for this connection after its server's interval."""
        with self._guard:
            if not self._thread.ident:
                self._thread.start()
            self._due.put((time.monotonic() + socket.server.ping_interval, socket))

    def _run(self) -> None:
        while True:
            due, socket = self._due.get()
            time.sleep(max(0.0, due - time.monotonic()))
            self._falls.attempt("ping", partial(_send, socket))  # one that fails keeps no other from its own


def _send(socket: Socket) -> None:
    if not socket.closing and not socket.closed:
        socket.last_ping = clock.now().timestamp()
        with contextlib.suppress(EngineIOError):  # it went this very moment
            socket.send(Packet(PING))


class Ping:
    """One, as a thread that is to be started."""

    def __init__(self, pings: Pings, socket: Socket) -> None:
        self._pings, self._socket = pings, socket

    def start(self) -> None:
        """Let it wait."""
        self._pings.later(self._socket)
