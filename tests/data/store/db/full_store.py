"""A store with a row and more in every table, and every kind of value."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from sqlalchemy import Column, Connection, Table, func, insert, select, update
from sqlalchemy.types import Boolean, Date, Float, Integer, LargeBinary, SmallInteger

from data.store.db.engine import Engine, writing
from data.store.db.schema import metadata
from data.store.db.schema.cases import case, change
from data.store.db.types import EpochSeconds
from tests.factories import NOW, a_case, a_history, stored

ROWS = 5


def fill(engine: Engine, cases: int = 20) -> None:
    """Cases with their events, one that points to a later one; a number that no row has any more; `ROWS` elsewhere."""
    with writing(engine) as conn:
        ids = [
            stored(conn, a_case(), a_history(NOW - timedelta(hours=n), dispatched=timedelta(minutes=5)))
            for n in range(cases)
        ]
        conn.execute(update(case).where(case.c.id == ids[0]).values(head_id=ids[-1], lat=-7.8712, lon=112.5268))
        conn.execute(change.delete().where(change.c.seq == conn.execute(select(func.max(change.c.seq))).scalar_one()))
        for table in metadata.sorted_tables:
            if conn.execute(select(func.count()).select_from(table)).scalar_one() == 0:
                _fill(conn, table)


def _nth(conn: Connection, key: Column[Any], n: int) -> object:
    """The nth key of the table that is pointed to; None: it has no such row yet, because it points to itself."""
    return conn.execute(select(key).order_by(key).offset(n).limit(1)).scalar_one_or_none()


def _fill(conn: Connection, table: Table) -> None:
    chance = random.Random(table.name)
    for n in range(ROWS):
        values: dict[str, object] = {}
        for column in table.columns:
            if column.foreign_keys:
                (key,) = column.foreign_keys
                values[column.name] = _nth(conn, key.column, n)
            elif column.autoincrement is True:
                continue
            elif column.nullable and n % 2:
                values[column.name] = None
            else:
                values[column.name] = _value(column.type, chance, n)
        conn.execute(insert(table).values(values))


def _value(kind: object, chance: random.Random, n: int) -> object:
    if isinstance(kind, EpochSeconds):
        return NOW + timedelta(seconds=n)
    if isinstance(kind, Date):
        return NOW.date() + timedelta(days=n)
    if isinstance(kind, Boolean):
        return n % 2 == 0
    if isinstance(kind, Float):
        return chance.uniform(-1e6, 1e6) / 3
    if isinstance(kind, LargeBinary):
        return chance.randbytes(40)
    if isinstance(kind, SmallInteger):
        return n
    if isinstance(kind, Integer):
        return chance.randrange(1 << 30)
    return f"{n}é\t'日\"{chance.random()}"[: getattr(kind, "length", None)]
