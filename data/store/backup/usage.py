"""Whether a database holds a store, and whether anybody else works with it: asked before it is replaced or left."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, inspect, make_url, text
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from data.store.db.engine import open_engine, reading

LEAVING_S = 2.0
"""A connection that was closed a moment ago is still listed."""
_HEADER = b"SQLite format 3\0"
_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
)


class InUse(RuntimeError):
    """Somebody else works with the database."""


def require_unused(engine: Engine) -> None:
    """Raises InUse; the engine's own connections are given up first. Says nothing about the next moment."""
    engine.dispose()
    if engine.dialect.name == "postgresql":
        leaving = Retrying(
            retry=retry_if_exception_type(InUse), wait=wait_fixed(0.1), stop=stop_after_delay(LEAVING_S), reraise=True
        )
        leaving(_require_alone, engine)
    else:
        fold_in(Path(engine.url.database or ""))


def _require_alone(engine: Engine) -> None:
    with reading(engine) as conn:
        others: int = conn.execute(_OTHERS).scalar_one()
    engine.dispose()
    if others:
        raise InUse(f"{others} other connections to the database are open")


def require_nobody_in(url: str) -> None:
    """The same for an address. What is no store, or a damaged one, is in nobody's use. Raises InUse, StoreDown."""
    path = sqlite_file(url)
    if path is None:
        require_unused(open_engine(url))
    elif _is_sqlite(path):  # else opening it may cost its log
        try:
            fold_in(path)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
                raise


def _is_sqlite(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_HEADER)) == _HEADER
    except FileNotFoundError:
        return False


def holds_store(url: str) -> bool:
    """Whether there is a file with anything in it, or a table. Raises StoreDown."""
    path = sqlite_file(url)
    if path is not None:
        return path.exists() and path.stat().st_size > 0
    engine = open_engine(url)
    try:
        with reading(engine) as conn:
            return bool(inspect(conn).get_table_names())
    finally:
        engine.dispose()


def has_schema(url: str, name: str) -> bool:
    """Whether a PostgreSQL database has a schema of this name. Raises StoreDown."""
    engine = open_engine(url)
    try:
        with reading(engine) as conn:
            return name in inspect(conn).get_schema_names()
    finally:
        engine.dispose()


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite store; None for PostgreSQL."""
    parsed = make_url(url)
    return Path(parsed.database or "").absolute() if parsed.get_backend_name() == "sqlite" else None


def fold_in(path: Path) -> None:
    """Make a SQLite store the one file, without a log beside it; whoever opens it next makes a log again.

    SQLite itself refuses this while any other process has the file open. Raises InUse.
    """
    with closing(sqlite3.connect(path, timeout=1.0, isolation_level=None)) as conn:
        try:
            conn.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                raise
            raise InUse(f"another process has {path} open ({error})") from error
