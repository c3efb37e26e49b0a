"""The engine: SQLite (WAL) or PostgreSQL, one writer at a time on both. What is committed is on disk.

`writing` and `reading` are the two ways in. Writers queue up, first come, first served within a process; on SQLite
the file's own lock, on PostgreSQL one advisory lock orders them between processes. So a change's number becomes
visible in its order, a read followed by a write sees no third party in between, and there is nothing to deadlock.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    ExceptionContext,
    Executable,
    Table,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from data.store.db.postgresql import open_postgresql
from data.store.db.time_limits import STATEMENT_S, beginning, current
from data.store.db.write_health import Trouble, WriteHealth, trouble_of

__all__ = ["Connection", "Engine", "StoreDown", "engine_state", "insert_into", "open_engine", "reading", "writing"]


class StoreDown(OperationalError):
    """The database is locked, gone, full, corrupt or restarting: the same work may succeed later.

    A fault of a question (a table that is not there, wrong SQL) is none: it stays SQLAlchemy's own error.
    """


WRITERS_LOCK = 0x42415454
"""The key of the advisory lock that orders writers on PostgreSQL ('BATT')."""

_LOCKED_HERE = "database is locked by this process"
CHECKOUT_S = 4.0
"""How long a caller waits for one of the pool's connections."""

CHANNEL = "batt"
"""The name under which PostgreSQL tells of new changes."""

_PRAGMAS = (
    "PRAGMA synchronous = FULL",  # with NORMAL a power cut loses every commit since the last checkpoint
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -8000",
    "PRAGMA wal_autocheckpoint = 8000",
    "PRAGMA journal_size_limit = 67108864",  # bytes of write-ahead log that are kept for the next writer
)


class WriteLock:
    """A lock that is first come, first served: with a plain lock a busy import would starve all other writers."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._busy = False
        self._queue: deque[threading.Event] = deque()

    def acquire(self, timeout_s: float) -> bool:
        """Wait for the lock; False when it did not come in time."""
        with self._guard:
            if not self._busy:
                self._busy = True
                return True
            mine = threading.Event()
            self._queue.append(mine)
        return mine.wait(timeout_s) or self._withdraw(mine)

    def _withdraw(self, mine: threading.Event) -> bool:
        with self._guard:
            if mine.is_set():
                return True
            self._queue.remove(mine)
            return False

    def release(self) -> None:
        """Pass the lock to the next in the queue."""
        with self._guard:
            if self._queue:
                self._queue.popleft().set()
            else:
                self._busy = False


@dataclass(slots=True, eq=False)
class EngineState:
    """What the threads of this process share about one engine; `listeners` are called after a commit."""

    busy_timeout_s: float
    write_lock: WriteLock = field(default_factory=WriteLock)
    listeners: set[Callable[[], None]] = field(default_factory=set)
    health: WriteHealth = field(default_factory=WriteHealth)

    def notify(self) -> None:
        """Call every listener of this process: something was committed."""
        for listener in tuple(self.listeners):
            listener()


def _store_down(context: ExceptionContext) -> BaseException | None:
    """Turn what a driver raised into StoreDown where the store is down; None leaves it."""
    orig = context.original_exception
    trouble = trouble_of(orig) or (Trouble.GONE if context.is_disconnect else None)
    if trouble is None:
        return None
    if context.engine is not None and trouble is Trouble.CORRUPT:
        engine_state(context.engine).health.failed(trouble)
    statement = context.statement or "connect"
    return StoreDown(statement, None, orig, connection_invalidated=context.is_disconnect)


def engine_state(engine: Engine) -> EngineState:
    """The state of an engine made by `open_engine`."""
    found = engine.get_execution_options()["engine_state"]
    assert isinstance(found, EngineState)
    return found


def open_engine(url: str, *, pool_size: int = 8, busy_timeout_s: float = 5.0) -> Engine:
    """An engine for `sqlite:///FILE` or `postgresql://...`.

    A writer waits `busy_timeout_s` for the write lock and for the database's lock, then gets StoreDown
    and may try again. A missing SQLite file is made now, empty, readable by its owner only; one that vanishes later
    is an error and never silently a new one. Raises ValueError for another kind of database, and for what is no
    address.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        # The address may have a password in it.
        raise ValueError("that is no address: sqlite:///FILE or postgresql://USER@HOST/DATABASE") from None
    options: dict[str, Any] = {
        "pool_size": pool_size,
        "max_overflow": pool_size,
        "pool_timeout": CHECKOUT_S,
        "execution_options": {"engine_state": EngineState(busy_timeout_s)},
    }
    openers = {"sqlite": _open_sqlite, "postgresql": open_postgresql}
    kind = parsed.get_backend_name()
    if kind not in openers:
        raise ValueError(f"{kind}: the store is SQLite (sqlite:///FILE) or PostgreSQL (postgresql://)")
    engine = openers[kind](parsed, options, busy_timeout_s)
    event.listen(engine, "handle_error", _store_down, retval=True)
    return engine


def _open_sqlite(url: URL, options: dict[str, Any], busy_timeout_s: float) -> Engine:
    if url.database in (None, "", ":memory:"):
        raise ValueError("sqlite needs a file: sqlite:////absolute/path or sqlite:///relative/path")
    path = Path(url.database or "").absolute()
    if not path.exists():
        _make_file(path)
    address = f"file:{quote(str(path))}?mode=rw"

    def connect() -> sqlite3.Connection:
        dbapi = sqlite3.connect(
            address, uri=True, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False
        )
        _into_wal(dbapi, busy_timeout_s)
        for pragma in _PRAGMAS:
            dbapi.execute(pragma)
        return dbapi

    engine = create_engine(URL.create("sqlite", database=str(path)), creator=connect, **options)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_file(path: Path) -> None:
    """An empty file, and its name in the folder on disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _into_wal(dbapi: sqlite3.Connection, patience_s: float) -> None:
    """A new file takes this once, and answers 'locked' at once, busy timeout or not, to two that try it together."""
    trying = Retrying(
        retry=retry_if_exception_type(sqlite3.OperationalError),
        wait=wait_fixed(0.02),
        stop=stop_after_delay(patience_s),
        reraise=True,
    )
    trying(dbapi.execute, "PRAGMA journal_mode = WAL")


def _begin_sqlite(conn: Connection) -> None:
    """The driver begins nothing by itself (isolation_level None), so that a writer can ask for the lock at once."""
    conn.exec_driver_sql("BEGIN IMMEDIATE" if conn.get_execution_options().get("writing") else "BEGIN")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes: committed at the end, rolled back on an exception; then the listeners are called.

    Not re-entrant: a second one inside it in the same thread waits for itself until the busy timeout.
    Raises StoreDown when a lock does not come within the busy timeout or the caller's time limit is over.
    """
    shared = engine_state(engine)
    with ExitStack() as stack:
        try:
            with beginning():
                if not shared.write_lock.acquire(current().left(shared.busy_timeout_s)):
                    raise StoreDown("BEGIN IMMEDIATE", None, sqlite3.OperationalError(_LOCKED_HERE))
                stack.callback(shared.write_lock.release)
                conn = _connected(engine, stack, writing=True)
                if conn.dialect.name == "postgresql":
                    conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITERS_LOCK})
            yield conn
            stack.close()
        except StoreDown as error:
            shared.health.failed(Trouble.LOCKED if _LOCKED_HERE in str(error) else _trouble(error))
            raise
    shared.health.succeeded()
    shared.notify()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads: one unchanging picture of the store for all questions in it. Raises StoreDown."""
    with ExitStack() as stack:
        with beginning():
            conn = _connected(engine, stack)
        yield conn


def _connected(engine: Engine, stack: ExitStack, *, writing: bool = False) -> Connection:
    """A connection in a transaction, ended with the stack."""
    try:
        conn = stack.enter_context(engine.connect())
    except NoConnection as error:
        raise StoreDown("connect", None, sqlite3.OperationalError(str(error))) from error
    is_postgresql = conn.dialect.name == "postgresql"
    if writing:
        conn.execution_options(writing=True)
    elif is_postgresql:
        conn.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    stack.enter_context(conn.begin())
    if is_postgresql:
        _allow_long_statements(conn)
    return conn


def _trouble(error: StoreDown) -> Trouble:
    return trouble_of(error.orig or error) or Trouble.GONE


def _allow_long_statements(conn: Connection) -> None:
    """The server's own limit follows the caller's where that is longer; a shorter one ends the connection."""
    if (statement_s := current().statement_s) > STATEMENT_S:
        # Long work on two databases leaves each of them idle while it asks the other.
        for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
            conn.execute(text(f"SET LOCAL {limit} = {int(statement_s * 1000)}"))


Insert = sqlite.Insert | postgresql.Insert


def insert_into(conn: Connection, table: Table) -> Insert:
    """An INSERT of this connection's dialect, the one that knows ON CONFLICT."""
    return _INSERTS[conn.dialect.name](table)


def each_insert(table: Table, build: Callable[[Insert], Executable]) -> dict[str, Executable]:
    """What `build` makes of an INSERT, by dialect: for statements that are built once, which takes longer than to run
    them."""
    return {dialect: build(insert(table)) for dialect, insert in _INSERTS.items()}


_INSERTS: dict[str, Callable[[Table], Insert]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
