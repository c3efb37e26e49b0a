"""gunicorn's worker with threads, of which none waits for a request: they come in on its one loop, and end on it.

A thread gets a request that is whole (`receiving`), when it is its turn (`lanes`). Whoever is slow or idle holds a
connection and no thread; when there are too many of them, or their bodies are too large together, the address that
holds most loses its oldest. All but `handle_request` runs on the loop's thread.
"""

from __future__ import annotations

import errno
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from gunicorn.util import unquote_to_wsgi_str  # type: ignore[import-untyped]
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

from dashboard.server.guests import Guest, connections_most, household, who_must_go, whose
from dashboard.server.lanes import Lane, Lanes, Turn
from dashboard.server.receiving import Pace, Ready, Reception, Refused, parser_for

LEAVE_S = 3.0
"""How long one that is hung up on may be silent before it has read its answer."""
STOP_S = 2.0
"""How long a server that stops leaves idle connections open."""
SEND_S = 30.0
"""How long a client may take for a piece of its answer."""
LOOK_S = 0.5
SAID_EVERY_S = 60.0
PER_RECV = 65_536
SLOW = "408 Request Timeout"
FULL = "503 Service Unavailable"


@dataclass(frozen=True, slots=True)
class House:
    """What the worker is told of the app and its limits."""

    lanes: dict[str, Lane]
    lane_of: Callable[[str], str]
    """By path."""
    most_body: Callable[[str, str], int]
    """Bytes that a body may have, by method and path."""
    pace: Pace
    bodies: int
    """Bytes of bodies that may be here at once."""
    proxies: int


class Worker(ThreadWorker):  # type: ignore[misc]
    """Its app has a `house`, and lets go of the screens at `farewell`: each holds a thread that would wait for ever."""

    def init_process(self) -> None:
        """In the worker's process; returns when it ends."""
        self.house: House = self.app.house
        self.lanes: Lanes[tuple[TConn, Reception]] = Lanes(self.house.lanes)
        self.guests: dict[TConn, Guest] = {}
        """Those who wait longest stand first."""
        self.held = 0
        """Bytes of all bodies that are here."""
        self.let_go: Counter[str] = Counter()
        self._next_look = self._next_said = 0.0
        self.worker_connections: int = connections_most(self.cfg.worker_connections)
        super().init_process()

    def handle_exit(self, sig: int, frame: Any) -> None:
        """SIGTERM."""
        self.app.farewell()
        super().handle_exit(sig, frame)

    def handle_quit(self, sig: int, frame: Any) -> None:
        """SIGQUIT and SIGINT."""
        self.app.farewell()
        super().handle_quit(sig, frame)

    def accept(self, listener: Any) -> None:
        """Somebody comes; for him somebody may have to go."""
        while self.nr_conns >= self.worker_connections - 1 and self._let_one_go(lambda guest: 1):
            pass
        try:
            sock, client = listener.accept()
        except OSError as error:
            if error.errno in {errno.EMFILE, errno.ENFILE}:
                self._let_one_go(lambda guest: 1)
            elif error.errno not in {errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED}:
                raise
            return
        self.nr_conns += 1
        conn = TConn(self.cfg, sock, client, listener.getsockname())
        conn.initialized = True
        self._receive(conn, b"", self.house.pace.head_s)

    def handle_request(self, req: Any, conn: TConn) -> Any:
        """On a thread. A client that does not take its answer is hung up on."""
        conn.sock.settimeout(SEND_S)
        try:
            return super().handle_request(req, conn)
        except TimeoutError:
            self.log.warning("An answer was not taken: %s", req.path)
            return False

    def murder_keepalived(self, force: bool = False) -> None:
        """Let go of those whose time is over, or of all; gunicorn asks for it at each turn of its loop."""
        now = time.monotonic()
        if now < self._next_look and self.alive:
            return
        self._next_look = now + LOOK_S
        for conn, guest in list(self.guests.items()):
            if force or (guest.deadline <= now and not guest.busy):
                self._close(conn)
            elif guest.deadline <= now:
                self._refuse(conn, SLOW, "the request did not come in within its time; see server in config.yaml")
        if self.let_go and now >= self._next_said:
            self._next_said = now + SAID_EVERY_S
            self.log.warning("Let go of, since it was said last: %s", dict(self.let_go))
            self.let_go.clear()

    def murder_pending(self) -> None:
        """gunicorn's own kind of waiting; nobody waits so here."""

    def _cap_keepalive(self, deadline: float) -> None:
        for guest in self.guests.values():
            if not guest.busy:
                guest.deadline = min(guest.deadline, deadline)

    def _receive(self, conn: TConn, data: bytes, wait_s: float) -> None:
        """Wait for a request of which this may be the beginning."""
        now = time.monotonic()
        reception = Reception(parser_for(self.cfg, conn.client), self.house.most_body, now)
        self._watch(conn, Guest(household(conn.client[0]), reception, now + wait_s))
        if data:
            self._feed(conn, self.guests[conn], data)

    def _watch(self, conn: TConn, guest: Guest) -> None:
        conn.sock.setblocking(False)
        self.guests[conn] = guest
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._come, conn))

    def _unwatch(self, conn: TConn) -> Guest | None:
        guest = self.guests.pop(conn, None)
        if guest is not None:
            self.poller.unregister(conn.sock)
        return guest

    def _come(self, conn: TConn, sock: Any) -> None:
        """Bytes, or the end."""
        guest = self.guests.get(conn)
        if guest is None:
            return
        try:
            data = sock.recv(PER_RECV)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            self._close(conn)
        elif guest.reception is None:
            guest.deadline = min(time.monotonic() + LEAVE_S, guest.end)
        else:
            self._feed(conn, guest, data)

    def _feed(self, conn: TConn, guest: Guest, data: bytes) -> None:
        reception = guest.reception
        assert reception is not None
        before = reception.held
        try:
            whole = reception.take(data, time.monotonic())
            self.held += reception.held - before
        except Refused as refused:
            self._refuse(conn, refused.status, str(refused))
            return
        except OSError as error:
            self._refuse(conn, FULL, f"there is no room for the body: {error.strerror}")
            return
        guest.deadline = reception.deadline(self.house.pace)
        if whole:
            self._unwatch(conn)
            self._queue(conn, reception, guest.address)
            return
        if reception.asks_to_go_on():
            with suppress(OSError):
                conn.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        while self.held > self.house.bodies and self._let_one_go(lambda each: each.held):
            pass

    def _queue(self, conn: TConn, reception: Reception, address: str) -> None:
        conn.parser = Ready(reception)
        request = reception.request
        path = unquote_to_wsgi_str(request.path) if request is not None else ""
        if request is not None and self.house.proxies:
            told = ",".join(value for name, value in request.headers if name == "X-FORWARDED-FOR")
            address = whose(conn.client[0], told, self.house.proxies)
        if self.lanes.put(self.house.lane_of(path), address, (conn, reception)):
            self._answer()
        else:
            self._forget(reception)
            self._refuse(conn, FULL, "too many requests of this address wait for an answer")

    def _answer(self) -> None:
        """Give threads to those whose turn it is."""
        while (turn := self.lanes.take()) is not None:
            done = self.tpool.submit(self.handle, turn.item[0])
            done.add_done_callback(partial(self.method_queue.defer, self._end_turn, turn))

    def _end_turn(self, turn: Turn[tuple[TConn, Reception]], done: Future[Any]) -> None:
        """A thread is free."""
        conn, reception = turn.item
        self.lanes.end(turn)
        self._forget(reception)
        if not done.cancelled() and done.exception() is None and done.result():
            self._receive(conn, reception.rest, float(self.cfg.keepalive) if self.alive else STOP_S)
        else:
            self._leave(conn, self.house.pace.body_s if reception.cut else LEAVE_S)
        self._answer()

    def _refuse(self, conn: TConn, status: str, said: str, *, leave: bool = True) -> None:
        """Answer without a thread, and hang up."""
        self.let_go[status] += 1
        body = f"{said}\n"
        head = f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n"
        again = "Retry-After: 10\r\n" if status == FULL else ""
        with suppress(OSError):
            conn.sock.send(f"{head}{again}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        if leave:
            self._leave(conn, LEAVE_S)
        else:
            self._close(conn)

    def _leave(self, conn: TConn, patience_s: float) -> None:
        """Hang up so that the answer is still read: what is sent meanwhile is thrown away."""
        guest = self._unwatch(conn)
        if guest is not None and guest.reception is not None:
            self._forget(guest.reception)
        now = time.monotonic()
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(conn)
            return
        self._watch(conn, Guest(household(conn.client[0]), None, now + LEAVE_S, now + patience_s))

    def _close(self, conn: TConn) -> None:
        guest = self._unwatch(conn)
        if guest is not None and guest.reception is not None:
            self._forget(guest.reception)
        self.nr_conns -= 1
        conn.close()

    def _forget(self, reception: Reception) -> None:
        self.held -= reception.held
        reception.close()

    def _let_one_go(self, weigh: Callable[[Guest], int]) -> bool:
        """False when nobody can go."""
        conn = who_must_go(self.guests.items(), weigh)
        if conn is None:
            return False
        if self.guests[conn].busy:
            self._refuse(conn, FULL, "there is no more room for requests that are still coming in", leave=False)
        else:
            self.let_go["idle"] += 1
            self._close(conn)
        return True
