"""Keeps what a case was before its row is written over. For reading it see `data.store.cases.as_known`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, RowMapping, bindparam, select

from data.store.db.change_feed import record_change
from data.store.db.engine import insert_into
from data.store.db.schema.cases import VERSIONED, case, case_version
from data.store.db.types import EpochSeconds

KEPT_COLUMNS = tuple(case.c[name] for name in ("id", "source", "agency", *VERSIONED))
"""What `keep_if_changed` must know of a case."""

_AS_IT_STANDS = select(
    case.c.id,
    bindparam("seq", type_=BigInteger()),
    bindparam("now", type_=EpochSeconds()),
    *(case.c[name] for name in VERSIONED),
).where(case.c.id == bindparam("key"))


def keep_if_changed(
    conn: Connection, row: RowMapping, new: Mapping[str, Any], now: datetime, seq: int | None = None
) -> None:
    """Keep a version of the case when `new` changes one of its kept columns; call it before writing `new`.

    row: the case as it stands, KEPT_COLUMNS at least. seq: the change that replaces the values; None: they change
    without one, so a change `revised` is recorded.
    """
    if all(row[name] == value for name, value in new.items() if name in VERSIONED):
        return
    if seq is None:
        seq = record_change(conn, "revised", now, case_id=row["id"], agency=row["agency"], source=row["source"])
    keep(conn, [row["id"]], seq, now)


def keep(conn: Connection, case_ids: Iterable[int], seq: int, now: datetime) -> None:
    """Keep a version of each case, valid before the change `seq`. What one change writes twice is kept once."""
    if keys := [{"key": case_id, "seq": seq, "now": now} for case_id in case_ids]:
        columns = ["case_id", "until_seq", "recorded_at", *VERSIONED]
        statement = insert_into(conn, case_version).from_select(columns, _AS_IT_STANDS).on_conflict_do_nothing()
        conn.execute(statement, keys)


def was_private_in(conn: Connection, case_id: int, categories: Collection[str]) -> bool:
    """Whether the case was private once in one of these categories."""
    mine = case_version.c.case_id == case_id
    once = select(case_version.c.case_id).where(mine, case_version.c.private, case_version.c.category.in_(categories))
    return conn.execute(once.limit(1)).first() is not None
