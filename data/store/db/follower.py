"""Waiting for news of the store, whoever wrote it: this process, another process, another machine."""

from __future__ import annotations

import contextlib
import select
import socket
import sqlite3
import threading
import time
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import quote

import psycopg
from sqlalchemy import Engine

from data.store.db.engine import CHANNEL, engine_state
from data.store.db.postgresql import TimedConnection, connector
from data.store.db.time_limits import time_limit

POLL_S = 0.1
"""How often SQLite is asked whether another process has written; a commit of this one wakes the thread at once."""
FAST_POLL_S = 0.025
FAST_POLL_FOR_S = 10.0
"""How often, and for how long, after another process has written: it will probably write again soon."""
RETRY_S = 1.0
SILENT_S = 4.0
"""A connection to PostgreSQL that told nothing for so long is asked whether it is there."""
ANSWER_S = 3.0


class _Unreachable(Exception):
    """The database cannot be asked now."""


class _Listener(Protocol):
    """Waits for commits on one kind of database."""

    def wait(self, timeout_s: float) -> bool:
        """Wait at most `timeout_s`; True when something may be new. Raises _Unreachable."""

    def wake(self) -> None:
        """Wake `wait`; from any thread."""

    def close(self) -> None:
        """Let go of the connection."""


class Follower:
    """Waits for commits on `engine`'s database. One thread waits; `wake` may be called from any.

    It outlives the database: while that is gone `wait` takes its whole timeout and returns False with `healthy`
    False; once it is back, and at the very first call, `wait` returns True at once, for something may have been
    missed. A True says 'look', not 'there is something'.
    """

    def __init__(self, engine: Engine) -> None:
        self.healthy = True
        """False while the database cannot be reached."""
        postgresql = engine.dialect.name == "postgresql"
        self._listener: _Listener = _PostgresqlListener(engine) if postgresql else _SqliteListener(engine)
        self._state = engine_state(engine)
        self._state.listeners.add(self.wake)

    def wake(self) -> None:
        """Wake the waiting thread at once."""
        self._listener.wake()

    def wait(self, timeout_s: float) -> bool:
        """True as soon as something may be new, False after `timeout_s` seconds without news."""
        end = time.monotonic() + timeout_s
        while True:
            left = max(0.0, end - time.monotonic())
            try:
                news = self._listener.wait(left)
            except _Unreachable:
                self.healthy = False
                time.sleep(min(RETRY_S, left))
                if time.monotonic() >= end:
                    return False
                continue
            self.healthy = True
            return news

    def close(self) -> None:
        """Stop listening."""
        self._state.listeners.discard(self.wake)
        self._listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class _SqliteListener:
    """An event for commits of this process, PRAGMA data_version for those of others."""

    def __init__(self, engine: Engine) -> None:
        self._address = f"file:{quote(engine.url.database or '')}?mode=rw"
        self._woken = threading.Event()
        self._conn: sqlite3.Connection | None = None
        self._version = -1
        self._fast_until = 0.0

    def wake(self) -> None:
        self._woken.set()

    def wait(self, timeout_s: float) -> bool:
        end = time.monotonic() + timeout_s
        while True:
            moment, woken = time.monotonic(), self._woken.is_set()
            if woken:
                self._woken.clear()
            if self._news() and not woken:
                self._fast_until = moment + FAST_POLL_FOR_S
                return True
            if woken or moment >= end:
                return woken
            pace = FAST_POLL_S if moment < self._fast_until else POLL_S
            self._woken.wait(min(pace, end - moment))

    def _news(self) -> bool:
        """True when another connection has committed since the last look."""
        try:
            conn = self._conn or self._connect()
            version = conn.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error as error:
            self.close()
            raise _Unreachable from error
        changed = version != self._version
        self._version = version
        return bool(changed)

    def _connect(self) -> sqlite3.Connection:
        self._conn = sqlite3.connect(self._address, uri=True, isolation_level=None, check_same_thread=False)
        self._version = -1
        return self._conn

    def close(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None


class _PostgresqlListener:
    """A pair of sockets for commits of this process, LISTEN for those of others, both in one select."""

    def __init__(self, engine: Engine) -> None:
        self._listen = f"LISTEN {CHANNEL}"
        self._open = connector(engine.url, ANSWER_S, autocommit=True)
        self._conn: TimedConnection | None = None
        self._heard_at = 0.0
        self._inside, self._outside = socket.socketpair()
        self._inside.setblocking(False)
        self._outside.setblocking(False)

    def wake(self) -> None:
        with contextlib.suppress(BlockingIOError, OSError):
            self._outside.send(b"!")

    def wait(self, timeout_s: float) -> bool:
        try:
            if self._conn is None:
                self._connect()
                return True
            waker, wire = self._inside.fileno(), self._conn.fileno()
            ready, _, _ = select.select([waker, wire], [], [], timeout_s)
            if waker in ready:
                self._inside.recv(4096)
            if wire in ready:
                self._drain(self._conn)
            self._check(self._conn, heard=wire in ready)
        except psycopg.Error as error:
            self.close_connection()
            raise _Unreachable from error
        return bool(ready)

    def _check(self, conn: TimedConnection, *, heard: bool) -> None:
        """A connection that has been silent for a while is asked whether it is still there."""
        moment = time.monotonic()
        if not heard and moment - self._heard_at >= SILENT_S:
            with time_limit(ANSWER_S, ANSWER_S):
                conn.execute("SELECT 1")
            heard = True
        if heard:
            self._heard_at = moment

    @staticmethod
    def _drain(conn: TimedConnection) -> None:
        conn.pgconn.consume_input()
        while conn.pgconn.notifies():
            pass

    def _connect(self) -> None:
        self._conn = self._open()
        self._heard_at = time.monotonic()
        with time_limit(ANSWER_S, ANSWER_S):
            self._conn.execute(self._listen)

    def close_connection(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None

    def close(self) -> None:
        self.close_connection()
        self._inside.close()
        self._outside.close()
