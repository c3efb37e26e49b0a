"""The table of rejected records: stored with reason and payload, counted, and tried again later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, Connection, RowMapping, bindparam, delete, insert, select, update

from data.store.cases.snapshots import kept_ids
from data.store.db.change_feed import record_change
from data.store.db.schema.cases import rejected
from data.store.intake import hours
from data.store.intake.sources import count_rejected

_KEY = (rejected.c.source == bindparam("its_source")) & (rejected.c.external_id == bindparam("its_external_id"))
_REASON: BindParameter[str] = bindparam("its_reason")
_PAYLOAD: BindParameter[str] = bindparam("its_payload")
_DIFFERS = (rejected.c.reason != _REASON) | (rejected.c.payload != _PAYLOAD)
_REPLACE = update(rejected).where(_KEY, _DIFFERS).values(reason=_REASON, payload=_PAYLOAD)
_ANY = select(rejected.c.id).where(rejected.c.source == bindparam("its_source")).limit(1)
_UNCHANGED = (rejected.c.id == bindparam("its_id")) & (rejected.c.payload == _PAYLOAD)
_REMOVE = delete(rejected).where(_KEY)


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    """One record that cannot be read. `payload`: as received, JSON text."""

    source: str
    external_id: str
    reason: str
    payload: str


@dataclass(frozen=True, slots=True)
class RejectedEntry:
    """A row of the rejected table."""

    id: int
    record: RejectedRecord
    at: datetime
    """When it first came."""
    attempts: int
    retried_at: datetime | None


def add(conn: Connection, record: RejectedRecord, now: datetime) -> bool:
    """Store a record; True when it is new. One that is stored already gets the later reason and payload."""
    return add_many(conn, record.source, [record], now) == 1


def add_many(conn: Connection, source: str, records: Sequence[RejectedRecord], now: datetime) -> int:
    """Store records of one source in their order, as `add` does; how many are new. One change for all of them."""
    latest = {each.external_id: each for each in records}
    if not latest:
        return 0
    present = kept_ids(conn, source, list(latest))
    if known := [each for each in latest.values() if each.external_id in present]:
        conn.execute(_REPLACE, [{f"its_{name}": text for name, text in _columns(each).items()} for each in known])
    if new := [each for each in latest.values() if each.external_id not in present]:
        conn.execute(insert(rejected), [_columns(each) | {"at": now} for each in new])
        count_rejected(conn, source, len(new))
        hours.count(conn, source, now, rejected=len(new))
        record_change(conn, "rejected_record", now, source=source, count=len(new))
    return len(new)


def waiting(conn: Connection, source: str | None = None, limit: int = 1000, after: int = 0) -> list[RejectedEntry]:
    """Rejected records with an id above `after`, oldest first."""
    statement = select(rejected).where(rejected.c.id > after).order_by(rejected.c.id).limit(limit)
    if source is not None:
        statement = statement.where(rejected.c.source == source)
    return [read_row(row) for row in conn.execute(statement).mappings()]


def mark_retried(conn: Connection, retried: Sequence[tuple[RejectedEntry, str]], now: datetime) -> None:
    """Store the new reason of each record that failed again. One whose payload changed meanwhile is not touched."""
    rows = [{"its_id": row.id, "its_payload": row.record.payload, "its_reason": reason} for row, reason in retried]
    values = {"reason": _REASON, "retried_at": now, "attempts": rejected.c.attempts + 1}
    conn.execute(update(rejected).where(_UNCHANGED).values(values), rows)


def has_waiting(conn: Connection, source: str) -> bool:
    return conn.execute(_ANY, {"its_source": source}).first() is not None


def remove(conn: Connection, source: str, external_id: str, now: datetime) -> bool:
    """Remove a record that has been read; True when it was there."""
    return remove_many(conn, source, [external_id], now) == 1


def remove_many(conn: Connection, source: str, external_ids: Sequence[str], now: datetime) -> int:
    """Remove records that have been read; how many were there. One change for all of them."""
    present = kept_ids(conn, source, external_ids)
    if present:
        conn.execute(_REMOVE, [{"its_source": source, "its_external_id": each} for each in present])
        count_rejected(conn, source, -len(present))
        record_change(conn, "rejected_record", now, source=source, count=len(present))
    return len(present)


def correct(conn: Connection, record_id: int, before: str, after: str) -> bool:
    """Replace the payload `before` by `after`; False when the record has another payload by now."""
    unchanged = (rejected.c.id == record_id) & (rejected.c.payload == before)
    return conn.execute(update(rejected).where(unchanged).values(payload=after)).rowcount == 1


def read_row(row: RowMapping) -> RejectedEntry:
    record = RejectedRecord(row["source"], row["external_id"], row["reason"], row["payload"])
    return RejectedEntry(row["id"], record, row["at"], row["attempts"], row["retried_at"])


def _columns(record: RejectedRecord) -> dict[str, str]:
    return {name: getattr(record, name) for name in RejectedRecord.__slots__}
