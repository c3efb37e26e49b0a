"""Records that could not be read: kept with reason and payload, counted, tried again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, Connection, RowMapping, bindparam, delete, insert, select, update

from data.store.cases.snapshots import kept_ids
from data.store.db.change_feed import record_change
from data.store.db.schema import rejected
from data.store.intake import hours
from data.store.intake.sources import count_rejected

_IT = (rejected.c.source == bindparam("its_source")) & (rejected.c.external_id == bindparam("its_external_id"))
_REASON: BindParameter[str] = bindparam("its_reason")
_PAYLOAD: BindParameter[str] = bindparam("its_payload")
_ANOTHER = (rejected.c.reason != _REASON) | (rejected.c.payload != _PAYLOAD)
_TOLD_LATER = update(rejected).where(_IT, _ANOTHER).values(reason=_REASON, payload=_PAYLOAD)
_SOME = select(rejected.c.id).where(rejected.c.source == bindparam("its_source")).limit(1)
_STILL = (rejected.c.id == bindparam("its_id")) & (rejected.c.payload == _PAYLOAD)
_READ_AT_LAST = delete(rejected).where(_IT)


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    """One record that cannot be read; `payload` as received, JSON text."""

    source: str
    external_id: str
    reason: str
    payload: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A row of the rejected table."""

    id: int
    refused: RejectedRecord
    at: datetime
    """When it first came."""
    attempts: int
    retried_at: datetime | None


def keep(conn: Connection, refused: RejectedRecord, now: datetime) -> bool:
    """Keep a record; True when it is new. One that is there already gets the later reason and payload."""
    return keep_many(conn, refused.source, [refused], now) == 1


def keep_many(conn: Connection, source: str, refused: Sequence[RejectedRecord], now: datetime) -> int:
    """Keep records of one source, in their order, as `keep` does each: how many are new. One change for all of them."""
    told = {one.external_id: one for one in refused}
    if not told:
        return 0
    there = kept_ids(conn, source, list(told))
    if known := [one for one in told.values() if one.external_id in there]:
        conn.execute(_TOLD_LATER, [{f"its_{name}": text for name, text in _row(one).items()} for one in known])
    if new := [one for one in told.values() if one.external_id not in there]:
        conn.execute(insert(rejected), [_row(one) | {"at": now} for one in new])
        count_rejected(conn, source, len(new))
        hours.count(conn, source, now, rejected=len(new))
        record_change(conn, "rejected_record", now, source=source, count=len(new))
    return len(new)


def waiting(conn: Connection, source: str | None = None, limit: int = 1000, after: int = 0) -> list[Kept]:
    """Kept records with an id above `after`, oldest first."""
    statement = select(rejected).where(rejected.c.id > after).order_by(rejected.c.id).limit(limit)
    if source is not None:
        statement = statement.where(rejected.c.source == source)
    return [read_kept(row) for row in conn.execute(statement).mappings()]


def tried_again(conn: Connection, told: Sequence[tuple[Kept, str]], now: datetime) -> None:
    """These were tried again and cannot be read, each for its reason. One that came anew meanwhile stays as it came."""
    rows = [{"its_id": row.id, "its_payload": row.refused.payload, "its_reason": reason} for row, reason in told]
    values = {"reason": _REASON, "retried_at": now, "attempts": rejected.c.attempts + 1}
    conn.execute(update(rejected).where(_STILL).values(values), rows)


def some_wait(conn: Connection, source: str) -> bool:
    """Whether anything of this source is kept."""
    return conn.execute(_SOME, {"its_source": source}).first() is not None


def forget(conn: Connection, source: str, external_id: str, now: datetime) -> bool:
    """It has been read at last; True when it was kept."""
    return forget_many(conn, source, [external_id], now) == 1


def forget_many(conn: Connection, source: str, external_ids: Sequence[str], now: datetime) -> int:
    """These have been read at last; how many of them were kept. One change for all of them."""
    there = kept_ids(conn, source, external_ids)
    if there:
        conn.execute(_READ_AT_LAST, [{"its_source": source, "its_external_id": each} for each in there])
        count_rejected(conn, source, -len(there))
        record_change(conn, "rejected_record", now, source=source, count=len(there))
    return len(there)


def correct(conn: Connection, kept_id: int, before: str, after: str) -> bool:
    """Put a corrected payload in the place of one that is still `before`; False when another has come meanwhile."""
    still = (rejected.c.id == kept_id) & (rejected.c.payload == before)
    return conn.execute(update(rejected).where(still).values(payload=after)).rowcount == 1


def _row(refused: RejectedRecord) -> dict[str, str]:
    return {name: getattr(refused, name) for name in RejectedRecord.__slots__}


def read_kept(row: RowMapping) -> Kept:
    """A row of the table."""
    refused = RejectedRecord(row["source"], row["external_id"], row["reason"], row["payload"])
    return Kept(row["id"], refused, row["at"], row["attempts"], row["retried_at"])
