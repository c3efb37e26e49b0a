"""Records that are held: for a person to look at the price, or until the offer comes that they are about."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from data.domain.market.nouns import Side
from data.domain.reasons import Reason, decode_reason, encode_reason
from data.store.db.schema.market import held_record
from data.store.market.told import Taken
from data.store.market.writing import MarketWrite, parts_of

RELEASED, REFUSED, APPLIED, REPLACED = "released", "refused", "applied", "replaced"
_OPEN = held_record.c.decided_at.is_(None)


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """A row."""

    id: int
    source: str
    external_id: str
    kind: str
    at: datetime
    reason: Reason | str
    payload: str
    """JSON of the record; once it is decided without names and telephones, and of other sources without who it was."""
    waits_for: str | None
    commodity: str | None
    price: int | None
    decided_at: datetime | None
    decision: str | None
    decided_by: str | None


@dataclass(frozen=True, slots=True)
class NewHeld:
    """What is to be held."""

    external_id: str
    kind: str
    payload: str
    taken: Taken
    commodity: str | None
    price: int | None


def hold(write: MarketWrite, records: Sequence[NewHeld]) -> list[bool]:
    """Keep them. What is held already of a record is replaced; False of one that says the same again."""
    known = _open_ones(write, [each.external_id for each in records])
    fresh = [known.get(each.external_id, "") != each.payload for each in records]
    replaced = [each.external_id for each, new in zip(records, fresh, strict=True) if new and each.external_id in known]
    settle(write, replaced, REPLACED)
    rows = [_row(write, each) for each, new in zip(records, fresh, strict=True) if new]
    if rows:
        assert write.seq
        write.conn.execute(insert(held_record), rows)
    return fresh


def _open_ones(write: MarketWrite, ids: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in parts_of(list(dict.fromkeys(ids))):
        asked = select(held_record.c.external_id, held_record.c.payload)
        mine = (held_record.c.source == write.source) & held_record.c.external_id.in_(part) & _OPEN
        found |= {row.external_id: row.payload for row in write.conn.execute(asked.where(mine))}
    return found


def _row(write: MarketWrite, each: NewHeld) -> dict[str, Any]:
    why = each.taken.reason
    return {
        "source": write.source,
        "external_id": each.external_id,
        "kind": each.kind,
        "at": write.now,
        "reason": "" if why is None else encode_reason(why),
        "payload": each.payload,
        "waits_for": each.taken.waits_for,
        "commodity": each.commodity,
        "price": each.price,
    }


def settle(write: MarketWrite, ids: Sequence[str], decision: str) -> None:
    """What is held of these records is no more: something newer came, or it could be applied."""
    for part in parts_of(list(ids)):
        mine = (held_record.c.source == write.source) & held_record.c.external_id.in_(part) & _OPEN
        values = {"decided_at": write.now, "decision": decision, "payload": "{}"}
        write.conn.execute(update(held_record).where(mine).values(values))


def waiting_for(write: MarketWrite, offers: Sequence[str]) -> list[HeldRecord]:
    """What waits for these offers of this source, oldest first."""
    found: list[HeldRecord] = []
    for part in parts_of(list(dict.fromkeys(offers))):
        mine = (held_record.c.source == write.source) & held_record.c.waits_for.in_(part) & _OPEN
        rows = write.conn.execute(select(held_record).where(mine).order_by(held_record.c.id)).mappings()
        found += [_held(row) for row in rows]
    return found


def to_decide(conn: Connection, most: int) -> list[HeldRecord]:
    """What a person is to decide, oldest first."""
    asked = select(held_record).where(_OPEN, held_record.c.waits_for.is_(None)).order_by(held_record.c.id).limit(most)
    return [_held(row) for row in conn.execute(asked).mappings()]


def of_parties(conn: Connection, source: str, keys: Collection[str], since: datetime) -> list[HeldRecord]:
    """What a source's parties of these ids told that is not decided, or was refused since; the newest first."""
    shown = _OPEN | ((held_record.c.decision == REFUSED) & (held_record.c.decided_at >= since))
    asked = select(held_record).where(held_record.c.source == source, shown).order_by(held_record.c.id.desc())
    rows = conn.execute(asked).mappings().all()
    return [_held(row) for row in rows if not _who(row["payload"]).isdisjoint(keys)]


def _who(payload: str) -> set[str]:
    told = json.loads(payload)
    return {told[side] for side in Side if side in told}


def count(conn: Connection) -> tuple[int, int]:
    """How many a person is to decide, and how many wait for an offer."""
    asked = select(func.count(), func.count(held_record.c.waits_for)).where(_OPEN)
    every, waiting = conn.execute(asked).one()
    return every - waiting, waiting


def by_id(conn: Connection, held_id: int) -> HeldRecord | None:
    row = conn.execute(select(held_record).where(held_record.c.id == held_id)).mappings().one_or_none()
    return None if row is None else _held(row)


def decide(write: MarketWrite, held_id: int, decision: str, by: str, payload: str) -> bool:
    """False when somebody else has decided. `payload`: what is kept of it, without personal data."""
    values = {"decided_at": write.now, "decision": decision, "decided_by": by, "payload": payload}
    changed = write.conn.execute(update(held_record).where(held_record.c.id == held_id, _OPEN).values(values)).rowcount
    return changed == 1 and write.seq > 0


def _held(row: RowMapping) -> HeldRecord:
    values = {**row, "reason": decode_reason(row["reason"])}
    return HeldRecord(**values)
