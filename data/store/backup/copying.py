"""Copying a whole store into another one, of the same kind or not, and telling whether two are alike to the row.

Both are at this build's revision. Each side is one transaction, which the caller owns; work of minutes belongs in
`time_limits.long_statements`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, bindparam, func, insert, select, text, update
from sqlalchemy.exc import DataError

from data.store.db import word_index
from data.store.db.schema import metadata
from data.store.db.types import EpochSeconds

PORTION = 2000
"""Rows that are held in memory at a time."""

Row = tuple[Any, ...]


class NotEmpty(ValueError):
    """The store that is to be filled holds something; the text says what."""


class NotAlike(RuntimeError):
    """What was read and what was written differ; the text names the table."""


class TableContent(NamedTuple):
    """What a table holds."""

    rows: int
    checksum: int
    """Of all rows in any order; both kinds of database give the same."""


def _plain(table: Table) -> Table:
    """The table as it lies in the database: moments are whole numbers, which need no conversion."""
    columns = (
        Column(each.name, BigInteger() if isinstance(each.type, EpochSeconds) else each.type) for each in table.columns
    )
    return Table(table.name, MetaData(), *columns)


_TABLES = {table: _plain(table) for table in metadata.sorted_tables if not table.info.get("derived")}
"""Whoever is pointed to stands before whoever points. What is derived is made anew."""


def row_counts(conn: Connection) -> dict[str, int]:
    """The number of rows of every table."""
    return {table.name: conn.execute(select(func.count()).select_from(table)).scalar_one() for table in _TABLES}


def contents(conn: Connection) -> dict[str, TableContent]:
    """What every table holds; each row is read."""
    return {table.name: _content(conn, table) for table in _TABLES}


def require_empty(conn: Connection) -> None:
    """Raises NotEmpty unless no table holds a row."""
    for table in _TABLES:
        if conn.execute(select(1).select_from(table).limit(1)).first() is not None:
            raise NotEmpty(f"its table {table.name} holds rows")


def copy_rows(source: Connection, target: Connection) -> dict[str, TableContent]:
    """Copy every row of every table and read them all back; what each table holds.

    The target's tables are there and empty. It will not give out a number again that the source has given out, and its
    index of words is to be built.
    Raises NotAlike when a row cannot be stored or what is read back differs.
    """
    read = {table.name: _copy_table(source, target, table) for table in _TABLES}
    for table in _TABLES:
        if (column := table.autoincrement_column) is not None and column.autoincrement is True:
            _go_on_after(target, table, column.name, _last_number(source, table, column.name))
    written = contents(target)
    wrong = [f"{name}: {read[name]} was read, {written[name]} is there" for name in read if read[name] != written[name]]
    if wrong:
        raise NotAlike("; ".join(wrong))
    word_index.begin(target)
    return written


def _content(conn: Connection, table: Table) -> TableContent:
    found = TableContent(0, 0)
    for portion in _portions(conn, table):
        found = _with(found, portion)
    return found


def _copy_table(source: Connection, target: Connection, table: Table) -> TableContent:
    """A row may point to a later one of its own table: that is written when all rows are there."""
    names = [column.name for column in table.columns]
    own = [column.name for column in table.columns if any(key.column.table is table for key in column.foreign_keys)]
    found, pointers = TableContent(0, 0), list[dict[str, Any]]()
    statement = insert(_TABLES[table])
    for portion in _portions(source, table):
        found = _with(found, portion)
        rows = [dict(zip(names, row, strict=True)) for row in portion]
        pointers += [{"row_id": row["id"], "points_to": row[name]} for row in rows for name in own if row[name]]
        try:
            target.execute(statement, [row | dict.fromkeys(own) for row in rows])
        except DataError as error:  # SQLite takes longer texts than a column says, and zeros in them
            raise NotAlike(f"{table.name}: a row cannot be stored there: {error.orig}") from error
    if pointers:
        (name,) = own
        to_itself = update(table).where(table.c.id == bindparam("row_id")).values({name: bindparam("points_to")})
        target.execute(to_itself, pointers)
    return found


def _portions(conn: Connection, table: Table) -> Iterator[list[Row]]:
    """All rows; the database hands them over as they are asked for."""
    streamed: Mapping[str, Any] = {"stream_results": True, "max_row_buffer": PORTION}
    result = conn.execute(select(_TABLES[table]), execution_options=streamed)
    for portion in result.partitions(PORTION):
        yield [tuple(row) for row in portion]


def _with(found: TableContent, portion: list[Row]) -> TableContent:
    digests = (hashlib.blake2b(repr(row).encode(), digest_size=8).digest() for row in portion)
    checksum = (found.checksum + sum(map(int.from_bytes, digests))) % (1 << 64)
    return TableContent(found.rows + len(portion), checksum)


def _last_number(conn: Connection, table: Table, column: str) -> int:
    """The highest number that was ever given out, also to rows that are gone, as far as the database knows."""
    if conn.dialect.name == "postgresql":
        name = conn.execute(_SEQUENCE, {"table": f'"{table.name}"', "column": column}).scalar_one()
        given: int = conn.execute(
            text(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {name}")
        ).scalar_one()
        return given
    highest = conn.execute(select(func.max(table.c[column]))).scalar_one() or 0
    kept = conn.execute(text("SELECT max(seq) FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
    return max(highest, kept.scalar_one() or 0)


def _go_on_after(conn: Connection, table: Table, column: str, last: int) -> None:
    if conn.dialect.name == "postgresql":
        given = {"table": f'"{table.name}"', "column": column, "last": max(last, 1), "called": last > 0}
        conn.execute(text("SELECT setval(pg_get_serial_sequence(:table, :column), :last, :called)"), given)
    elif table.dialect_options["sqlite"]["autoincrement"]:
        conn.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
        conn.execute(
            text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), {"name": table.name, "last": last}
        )


_SEQUENCE = text("SELECT pg_get_serial_sequence(:table, :column)")
