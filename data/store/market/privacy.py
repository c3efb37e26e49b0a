"""Personal data of farmers and buyers: what somebody may ask for, what is erased. What was sold stays."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, func, or_, select, update

from data.store.citizens.privacy import PHONE, spellings
from data.store.db.schema.market import deal, demand, held_record, offer, party, party_message
from data.store.market import held, parties

_TOLD = ("code", "side", "name", "phone", "email", "village", "device_id", "lang", "created_at")


def parties_of(conn: Connection, who: str) -> list[int]:
    """Whom somebody means by a pseudonym, an e-mail address or a telephone number."""
    who = who.strip()
    if "@" in who:
        meant = func.lower(party.c.email) == who.lower()
    elif PHONE.fullmatch(who):
        meant = party.c.phone.in_(spellings(who))
    else:
        meant = party.c.code == who.upper()
    return list(conn.execute(select(party.c.id).where(meant).order_by(party.c.id)).scalars())


def told_of(conn: Connection, party_id: int) -> dict[str, Any]:
    """What is kept of one of them, as JSON values."""
    (who,) = _rows(conn, party, party.c.id == party_id, _TOLD)
    both = or_(deal.c.farmer_id == party_id, deal.c.buyer_id == party_id)
    return {
        "party": who,
        "offers": _rows(conn, offer, offer.c.farmer_id == party_id, ("code", "at", "commodity", "given", "photo")),
        "demands": _rows(conn, demand, demand.c.buyer_id == party_id, ("code", "at", "commodity", "given")),
        "deals": _rows(conn, deal, both, ("code", "at", "commodity", "quantity", "total", "state")),
        "messages": _rows(conn, party_message, party_message.c.party_id == party_id, ("at", "kind", "code", "sent_at")),
    }


def _rows(conn: Connection, table: Table, which: Any, names: Sequence[str]) -> list[dict[str, Any]]:
    found = conn.execute(select(*(table.c[name] for name in names)).where(which).order_by(table.c.id)).mappings()
    return [{n: v.isoformat() if isinstance(v, datetime) else v for n, v in row.items()} for row in found]


def erase(conn: Connection, ids: Sequence[int], now: datetime) -> None:
    """Names and addresses go, with what waits to be sent and what is held of them."""
    for row in conn.execute(select(party).where(party.c.id.in_(ids))).mappings():
        _erase_held(conn, row["source"], {row["external_id"], row["phone"], row["name"]} - {None}, now)
        parties.erase(conn, row["id"], now)
    conn.execute(delete(party_message).where(party_message.c.party_id.in_(ids), party_message.c.sent_at.is_(None)))


def _erase_held(conn: Connection, source: str, words: set[str], now: datetime) -> None:
    """A record that says who it is of cannot be taken any more."""
    mine = (held_record.c.source == source) & held_record.c.decided_at.is_(None)
    for row in conn.execute(select(held_record.c.id, held_record.c.payload).where(mine)).all():
        told = {value.casefold() for value in json.loads(row.payload).values() if isinstance(value, str)}
        if not told.isdisjoint(word.casefold() for word in words):
            gone = {"payload": "{}", "decided_at": now, "decision": held.REFUSED, "decided_by": "privacy"}
            conn.execute(update(held_record).where(held_record.c.id == row.id).values(gone))
