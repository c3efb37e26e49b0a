"""A store as one SQLite file, whichever database it lies in: how it is made, and whether such a file is sound."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, delete, insert, inspect, select, update
from sqlalchemy.schema import CreateSchema

from data.steady_writing import written_steadily
from data.store.backup import copying
from data.store.backup.usage import fold_in
from data.store.db.change_feed import latest
from data.store.db.engine import insert_into, open_engine, reading, writing
from data.store.db.migrate import current, migrate, require_head, upgrade
from data.store.db.schema.accounts import user_session
from data.store.db.schema.cases import change, code_counter
from data.store.db.time_limits import long_statements

T = TypeVar("T")
CHANGES_PASSED = 1_000_000
"""More changes than happen between two backups."""
_TABLES = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name != 'alembic_version'"
    " AND name NOT LIKE 'case\\_words%' ESCAPE '\\' AND name != 'word_index_work'"
)


class Damaged(RuntimeError):
    """A file that is no sound store; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Described:
    """A store at one moment."""

    revision: str
    seq: int
    """The number of the newest change."""
    rows: dict[str, int]
    """How many every table has."""


def write_file(engine: Engine, path: Path, look: Callable[[Connection], T]) -> tuple[Described, T]:
    """Write the store to a new SQLite file while others go on writing; what it holds, and what `look` saw in it.

    File, description and look are of one moment. SQLite hands its pages over in one step: taken in several it would
    begin anew whenever somebody writes. Raises WrongSchema, StoreDown.
    """
    require_head(engine)
    with long_statements(), reading(engine) as conn:
        seen = look(conn)
        described = Described(_revision(conn), latest(conn), copying.row_counts(conn))
        if conn.dialect.name == "sqlite":
            source = conn.connection.driver_connection
            assert isinstance(source, sqlite3.Connection)
            with written_steadily(path), closing(sqlite3.connect(path)) as target:
                source.backup(target, pages=-1)
        else:
            _copy_rows(conn, path)
    fold_in(path)
    return described, seen


def _copy_rows(conn: Connection, path: Path) -> None:
    target = open_engine(f"sqlite:///{path}")
    try:
        migrate(target)
        with writing(target) as into:
            copying.copy_rows(conn, into)
    finally:
        target.dispose()


def _revision(conn: Connection) -> str:
    found: str = conn.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
    return found


def require_sound(path: Path, said: Described) -> None:
    """Raises Damaged unless the file is whole in itself and holds what is said of it."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as conn:
            faults = [row[0] for row in conn.execute("PRAGMA integrity_check(5)") if row[0] != "ok"]
            faults += [
                f"a row of {row[0]} points to none of {row[2]}" for row in conn.execute("PRAGMA foreign_key_check")
            ]
            if not faults:
                faults = _differences(conn, said)
    except sqlite3.DatabaseError as error:
        raise Damaged(f"the store in it cannot be read: {error}") from error
    if faults:
        raise Damaged("; ".join(faults[:5]))


def _differences(conn: sqlite3.Connection, said: Described) -> list[str]:
    names = [name for (name,) in conn.execute(_TABLES)]
    rows = {name: conn.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}
    (revision,) = conn.execute("SELECT version_num FROM alembic_version").fetchone()
    seq = conn.execute("SELECT max(seq) FROM change").fetchone()[0] or 0
    found = Described(revision, seq, rows)
    wrong = [
        f"{name} has {found.rows.get(name)} rows, {said.rows.get(name)} were written"
        for name in sorted({*said.rows, *found.rows})
        if said.rows.get(name) != found.rows.get(name)
    ]
    if found.revision != said.revision:
        wrong.append(f"it is at revision {found.revision}, {said.revision} was written")
    if found.seq != said.seq:
        wrong.append(f"its newest change is {found.seq}, {said.seq} was written")
    return wrong


def bring_up(path: Path, margin: int, recent: Sequence[str], now: datetime) -> dict[str, int]:
    """Bring such a file to this build's revision; the next public number of each `recent` prefix (AW-2611).

    What was given out after the backup is in people's hands and must not be given out again. Nobody knows how many
    those were: all prefixes, and the recent ones that the backup does not know yet, go on `margin` further. The numbers
    of changes go on CHANGES_PASSED further, because reports say as of which change they are. All sessions end.
    """
    engine = open_engine(f"sqlite:///{path}")
    try:
        migrate(engine)
        with writing(engine) as conn:
            for prefix in recent:
                conn.execute(insert_into(conn, code_counter).values(prefix=prefix, last=0).on_conflict_do_nothing())
            conn.execute(update(code_counter).values(last=code_counter.c.last + margin))
            conn.execute(delete(user_session))  # some of them were ended since
            passed = latest(conn) + CHANGES_PASSED
            conn.execute(insert(change).values(seq=passed, at=now, recorded_at=now, kind="restored"))
            counters = conn.execute(select(code_counter).where(code_counter.c.prefix.in_(recent)).order_by("prefix"))
            found = {row.prefix: row.last + 1 for row in counters}
    finally:
        engine.dispose()
    fold_in(path)
    return found


def look_into(path: Path, look: Callable[[Connection], T]) -> T:
    """Open such a file as the store, at this build's revision, and ask it."""
    engine = open_engine(f"sqlite:///{path}")
    try:
        migrate(engine)
        with reading(engine) as conn:
            return look(conn)
    finally:
        engine.dispose()


def replace_rows(path: Path, url: str, aside: str, before_commit: Callable[[], None]) -> None:
    """Fill a PostgreSQL database from such a file, at this build's revision; what it held moves to the schema `aside`.

    One transaction: until its end everybody sees the old store, and afterwards that schema is there, empty or not.
    Raises NotAlike, StoreDown.
    """
    source, target = open_engine(f"sqlite:///{path}"), open_engine(url)
    try:
        with long_statements(), reading(source) as conn, writing(target) as into:
            _move_aside(into, aside)
            upgrade(into)
            copying.copy_rows(conn, into)
            before_commit()
    finally:
        source.dispose()
        target.dispose()


def _move_aside(conn: Connection, schema: str) -> None:
    names = inspect(conn).get_table_names()
    conn.execute(CreateSchema(schema))
    for name in names:
        conn.exec_driver_sql(f'ALTER TABLE "{name}" SET SCHEMA "{schema}"')


def move(source: Engine, target: Engine) -> dict[str, copying.TableContent]:
    """Copy a store into another database, which is empty or freshly migrated; what each table holds, on both sides.

    Raises NotEmpty, NotAlike, WrongSchema, StoreDown; then the target is as it was.
    """
    require_head(source)
    if current(target) is not None:
        require_head(target)
    with long_statements(), reading(source) as conn, writing(target) as into:
        upgrade(into)
        copying.require_empty(into)
        return copying.copy_rows(conn, into)
