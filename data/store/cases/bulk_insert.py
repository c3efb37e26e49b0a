"""Inserts many cases with their histories at once: executemany on SQLite, COPY on PostgreSQL.

For imports: one row in the change feed says how many cases came, and which; all their events carry its number. The
caller leaves out the cases that exist (`snapshots.known_ids`), in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any

import psycopg
from sqlalchemy import BigInteger, Connection, bindparam, text, update
from sqlalchemy.exc import DBAPIError

from data.domain.sla.worktime import epoch
from data.store.db import word_index
from data.store.db.change_feed import NewChange, record_changes
from data.store.db.schema.cases import case
from data.store.db.types import EpochSeconds

RECEIVED_COLUMNS = (
    "case_id",
    "n",
    "at",
    "kind",
    "actor_kind",
    "actor",
    "agency",
    "category",
    "policy",
    "policy_version",
    "text",
)
LATER_COLUMNS = ("case_id", "n", "at", "kind", "actor_kind", "actor", "agency", "reason", "text")
FORMER_COLUMNS = ("case_id", "cycle", "dispatched_at", "answer_due_at", "answered_at", "undated")
REPORTER_COLUMNS = ("case_id", "name", "phone", "email", "account_id", "device_id")

_ESCALATE = (
    update(case)
    .where(case.c.id.between(bindparam("first", type_=BigInteger()), bindparam("last", type_=BigInteger())))
    .where(case.c.open, case.c.held_at.is_not(None))
    .values(escalate_at=bindparam("now", type_=EpochSeconds()))
)
_ROOM = {"cache_size": -65_536}
"""Negative: KiB. Imported rows are in no order, so their index pages are all over the file; the cache holds those of
one batch."""

_VALUES = 80
"""The number of values in one statement that is fastest on SQLite: eight events or one case."""

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Histories:
    """Cases with their events; times are whole epoch seconds, as stored.

    A row of all but `cases` starts with the index of its case in `cases` (0, 1, ...), not its id.
    """

    source: str
    cases: Mapping[str, Sequence[Any]]
    """Columns of `case` by name, of equal length. Without `id`, which is assigned on insert; a missing column gets its
    default."""
    received: Rows
    """RECEIVED_COLUMNS."""
    later: Rows
    """LATER_COLUMNS."""
    reporters: Rows
    """REPORTER_COLUMNS."""
    former: Rows = field(default_factory=list)
    """FORMER_COLUMNS."""


def insert_history(conn: Connection, new: Histories, now: datetime) -> Sequence[int]:
    """Insert new cases, with one 'imported' change for all; returns their ids in order.

    Raises sqlalchemy's IntegrityError when a case exists already; the transaction is then lost.
    """
    count = len(next(iter(new.cases.values()), ()))
    if not count:
        return []
    with _roomy(conn):
        ids = _take_ids(conn, count)
        imported = NewChange("imported", now, None, None, new.source, count, ids[0], ids[-1])
        (seq,) = record_changes(conn, [imported], now)
        recorded = {"seq": seq, "recorded_at": epoch(now)}
        _insert(conn, "case", ("id", *new.cases), list(zip(range(count), *new.cases.values(), strict=True)), ids)
        _insert(conn, "case_event", RECEIVED_COLUMNS, new.received, ids, **recorded)
        _insert(conn, "case_event", LATER_COLUMNS, new.later, ids, **recorded)
        _insert(conn, "reporter", REPORTER_COLUMNS, new.reporters, ids)
        _insert(conn, "case_cycle", FORMER_COLUMNS, new.former, ids)
        conn.execute(_ESCALATE, {"first": ids[0], "last": ids[-1], "now": now})
        word_index.add_later(conn, ids[0], ids[-1])
    return ids


def _take_ids(conn: Connection, count: int) -> Sequence[int]:
    """Ids for new cases. On SQLite there is no other writer now, so the ids after the highest one are free."""
    if conn.dialect.name == "postgresql":
        ids = text("SELECT nextval(pg_get_serial_sequence('\"case\"', 'id')) FROM generate_series(1, :count)")
        return list(conn.execute(ids, {"count": count}).scalars())
    last: int = conn.execute(text('SELECT coalesce(max(id), 0) FROM "case"')).scalar_one()
    return range(last + 1, last + 1 + count)


def _insert(conn: Connection, table: str, columns: Sequence[str], rows: Rows, ids: Sequence[int], **same: int) -> None:
    """Insert rows whose first value is an index into `ids`; `same`: columns that have one value in all rows."""
    names = ", ".join(f'"{name}"' for name in (*columns, *same))
    if conn.dialect.name == "postgresql":
        all_rows = ((ids[place], *rest, *same.values()) for place, *rest in rows)
        _copy(conn, f'COPY "{table}" ({names}) FROM STDIN', all_rows)
        return
    # SQLite adds, and repeats what is the same, in a fraction of the time that we take.
    row = f"(? + {ids[0]}{', ?' * (len(columns) - 1)}{''.join(f', {value:d}' for value in same.values())})"
    many = max(1, _VALUES // len(columns))
    whole = len(rows) // many * many
    flat = [tuple(chain.from_iterable(rows[n : n + many])) for n in range(0, whole, many)]
    for values, listed in ((", ".join([row] * many), flat), (row, rows[whole:])):
        if listed:
            conn.exec_driver_sql(f'INSERT INTO "{table}" ({names}) VALUES {values}', listed)


def _copy(conn: Connection, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """COPY bypasses SQLAlchemy, so its errors are converted to SQLAlchemy's here."""
    driver: psycopg.Cursor[Any] = conn.connection.cursor()  # type: ignore[assignment]
    try:
        with driver, driver.copy(statement.encode()) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as fault:
        raise DBAPIError.instance(statement, None, fault, psycopg.Error, dialect=conn.dialect) from fault


@contextmanager
def _roomy(conn: Connection) -> Iterator[None]:
    """A larger cache for this connection during the import (SQLite only)."""
    if conn.dialect.name == "postgresql":
        yield
        return
    before = {name: conn.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in _ROOM}
    _set(conn, _ROOM)
    try:
        yield
    finally:
        _set(conn, before)


def _set(conn: Connection, pragmas: Mapping[str, int]) -> None:
    for name, value in pragmas.items():
        conn.exec_driver_sql(f"PRAGMA {name} = {value}")
