"""The codes of cases, AW-2611-0412: counted up in each month, and none is given twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection

from data.store.db.engine import each_insert
from data.store.db.schema.cases import code_counter

_RAISE = each_insert(
    code_counter,
    lambda new: new.on_conflict_do_update(
        index_elements=["prefix"], set_={"last": code_counter.c.last + new.excluded.last}
    ).returning(code_counter.c.last),
)


def next_code(conn: Connection, prefix: str, month: date) -> str:
    """The next free code of a month, AW-2611-0412; `month` is any local day in it."""
    return take_codes(conn, prefix, month, 1)[0]


def take_codes(conn: Connection, prefix: str, month: date, n: int) -> list[str]:
    """The next `n` codes of a month, in order. A rolled back transaction gives them back."""
    return take_many_codes(conn, {(prefix, month): n})[prefix, month]


def take_many_codes(conn: Connection, wanted: Mapping[tuple[str, date], int]) -> dict[tuple[str, date], list[str]]:
    """The next codes of each (prefix, month), as many as requested: see `take_codes`."""
    keys = {f"{prefix}-{month:%y%m}": (prefix, month) for prefix, month in wanted}
    codes = {}
    for key in sorted(keys):
        number = wanted[keys[key]]
        last = conn.execute(_RAISE[conn.dialect.name], {"prefix": key, "last": number}).scalar_one()
        codes[keys[key]] = [f"{key}-{n:04d}" for n in range(last - number + 1, last + 1)]
    return codes
