"""Whether a store is sound, as far as its database can tell without holding anybody up."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import quote

from sqlalchemy import Connection, Engine, text

from data.store.db.engine import StoreDown, reading
from data.store.db.time_limits import long_statements
from data.store.db.write_health import Trouble, trouble_of

FAULTS_MOST = 5
LIMIT_S = 60.0
"""A million cases take a quarter of it on a quiet machine."""
_STEPS = 100_000
"""Instructions of SQLite between two looks at the time."""
_POINTERS = """SELECT "table", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2 ORDER BY 1, 2"""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
_MAY_CHECK_INDEXES = """
SELECT CASE WHEN EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'amcheck')
THEN has_function_privilege('bt_index_check(regclass)', 'EXECUTE') ELSE false END
"""
_CHECK_INDEXES = """
SELECT c.relname, bt_index_check(c.oid) FROM pg_class c JOIN pg_am a ON a.oid = c.relam
WHERE a.amname = 'btree' AND c.relkind = 'i' AND c.relnamespace = current_schema()::regnamespace
"""


@dataclass(frozen=True, slots=True)
class Orphans:
    """Rows that point to a row that is not there."""

    table: str
    parent: str
    rows: int


@dataclass(frozen=True, slots=True)
class Integrity:
    """What was found. Sound: neither faults nor orphans."""

    faults: tuple[str, ...] = ()
    """In the database's own words, the first few."""
    orphans: tuple[Orphans, ...] = ()
    tables: int = 0
    """PostgreSQL: whose rows were all read."""
    has_indexes: bool = True
    """Whether the indexes were checked, too."""
    is_complete: bool = True
    """False: the time was over; what had been read until then is sound."""

    @property
    def is_sound(self) -> bool:
        return not self.faults and not self.orphans


def check(engine: Engine, limit_s: float = LIMIT_S) -> Integrity:
    """Read the whole store. Raises StoreDown when it cannot be reached; a corrupt one is a finding."""
    return _check_sqlite(engine, limit_s) if engine.dialect.name == "sqlite" else _check_postgresql(engine, limit_s)


def _check_sqlite(engine: Engine, limit_s: float) -> Integrity:
    """Pages, rows and their order by quick_check, then what points to nothing. Nobody waits for a reader."""
    until = time.monotonic() + limit_s
    address = f"file:{quote(engine.url.database or '')}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as conn:
            conn.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
            said = [row[0] for row in conn.execute(f"PRAGMA quick_check({FAULTS_MOST})")]
            if said != ["ok"]:
                return Integrity(tuple(said))
            return Integrity(orphans=tuple(Orphans(*row) for row in conn.execute(_POINTERS)))
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            return Integrity(is_complete=False)
        if trouble_of(error) is Trouble.CORRUPT:
            return Integrity((str(error),))
        raise StoreDown("quick_check", None, error) from error


def _check_postgresql(engine: Engine, limit_s: float) -> Integrity:
    """Every row of every table is read whole; the indexes where the extension amcheck is installed."""
    until, tables = time.monotonic() + limit_s, 0
    try:
        with long_statements(limit_s), reading(engine) as conn:
            for question in _questions(conn):
                if time.monotonic() > until:
                    return Integrity(tables=tables, has_indexes=False, is_complete=False)
                conn.exec_driver_sql(question).all()
                tables += 1
            has_indexes = bool(conn.execute(text(_MAY_CHECK_INDEXES)).scalar_one())
            if has_indexes:
                conn.execute(text(_CHECK_INDEXES)).all()
    except StoreDown as error:
        if error.orig is not None and trouble_of(error.orig) is Trouble.CORRUPT:
            return Integrity((str(error.orig).strip(),), tables=tables)
        if getattr(error.orig, "sqlstate", None) == "57014":  # statement_timeout
            return Integrity(tables=tables, has_indexes=False, is_complete=False)
        raise
    return Integrity(tables=tables, has_indexes=has_indexes)


def _questions(conn: Connection) -> Iterator[str]:
    for name in conn.execute(text(_TABLES)).scalars().all():
        quoted = name.replace('"', '""')
        yield f'SELECT sum(length(t::text)) FROM "{quoted}" t'
