"""Personal data of farmers and buyers: what somebody may ask for, what is erased. What was sold stays."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, and_, case, delete, func, or_, select, update

from data.domain.market.nouns import ListingState, Side
from data.store.citizens.privacy import ERASED, PHONE, spellings, unused_photos
from data.store.db.schema.cases import rejected
from data.store.db.schema.market import deal, deal_event, demand, held_record, offer, party, party_message
from data.store.market import held, listings, parties
from data.store.market.writing import MarketWrite

_TOLD = ("code", "side", "name", "phone", "email", "village", "device_id", "lang", "created_at")


def parties_of(conn: Connection, who: str) -> list[int]:
    """Whom somebody means by a pseudonym, an e-mail address or a telephone number."""
    who = who.strip()
    if "@" in who:
        meant = func.lower(party.c.email) == who.lower()
    elif PHONE.fullmatch(who):
        return _of_phone(conn, spellings(who))
    else:
        meant = party.c.code == who.upper()
    return list(conn.execute(select(party.c.id).where(meant).order_by(party.c.id)).scalars())


def _of_phone(conn: Connection, numbers: Sequence[str]) -> list[int]:
    """Farmers without a telephone share that of their assistant: several are not meant by it, their pseudonyms are."""
    rows = conn.execute(
        select(party.c.id, party.c.external_id).where(party.c.phone.in_(numbers)).order_by(party.c.id)
    ).all()
    represented = [row.id for row in rows if row.external_id.startswith(parties.REPRESENTED)]
    return [row.id for row in rows if len(represented) < 2 or row.id not in represented]


def told_of(conn: Connection, party_id: int) -> dict[str, Any]:
    """What is kept of one of them, as JSON values."""
    (who,) = _rows(conn, party, party.c.id == party_id, _TOLD)
    both = or_(deal.c.farmer_id == party_id, deal.c.buyer_id == party_id)
    return {
        "party": who,
        "offers": _rows(conn, offer, offer.c.farmer_id == party_id, ("code", "at", "commodity", "given", "photo")),
        "demands": _rows(conn, demand, demand.c.buyer_id == party_id, ("code", "at", "commodity", "given")),
        "deals": _rows(conn, deal, both, ("code", "at", "commodity", "quantity", "total", "state")),
        "said": _said(conn, party_id),
        "messages": _rows(conn, party_message, party_message.c.party_id == party_id, ("at", "kind", "code", "sent_at")),
    }


def _rows(conn: Connection, table: Table, which: Any, names: Sequence[str]) -> list[dict[str, Any]]:
    found = conn.execute(select(*(table.c[name] for name in names)).where(which).order_by(table.c.id)).mappings()
    return [{n: v.isoformat() if isinstance(v, datetime) else v for n, v in row.items()} for row in found]


def _said(conn: Connection, party_id: int) -> list[dict[str, Any]]:
    """What somebody wrote in deals."""
    asked = select(deal.c.code, deal_event.c.at, deal_event.c.kind, deal_event.c.text).join_from(deal_event, deal)
    asked = asked.where(_by([party_id]), deal_event.c.text.is_not(None), deal_event.c.text != "")
    found = conn.execute(asked.order_by(deal.c.id, deal_event.c.n)).mappings()
    return [{**row, "at": row["at"].isoformat()} for row in found]


def _by(ids: Sequence[int]) -> Any:
    """Of events joined with their deal: done by one of these."""
    return or_(
        and_(deal_event.c.side == Side.FARMER, deal.c.farmer_id.in_(ids)),
        and_(deal_event.c.side == Side.BUYER, deal.c.buyer_id.in_(ids)),
    )


def erase(conn: Connection, ids: Sequence[int], now: datetime) -> list[str]:
    """Names and addresses go, with what they wrote, what waits to be sent and what is held or was rejected of them;
    what they offer or look for is withdrawn. Returns the digests of photos that nothing has any more, to be deleted
    after the commit."""
    write = MarketWrite(conn, "among_tani", now)
    for row in conn.execute(select(party).where(party.c.id.in_(ids))).mappings():
        _erase_held(conn, row["source"], {row["external_id"], row["phone"], row["name"]} - {None}, now)
        _erase_listings(write, Side(row["side"]), row["id"])
        parties.erase(conn, row["id"], now)
    conn.execute(delete(party_message).where(party_message.c.party_id.in_(ids), party_message.c.sent_at.is_(None)))
    theirs = select(deal_event.c.deal_id, deal_event.c.n).join_from(deal_event, deal).where(_by(ids))
    for event in conn.execute(theirs).all():
        same = (deal_event.c.deal_id == event.deal_id) & (deal_event.c.n == event.n)
        conn.execute(
            update(deal_event).where(same).values(actor=ERASED, text=case((deal_event.c.text.is_not(None), "")))
        )
    return _erase_photos(conn, ids)


def _erase_listings(write: MarketWrite, side: Side, party_id: int) -> None:
    table, mine = (offer, offer.c.farmer_id) if side is Side.FARMER else (demand, demand.c.buyer_id)
    asked = select(table.c.id, table.c.source, table.c.external_id, table.c.state).where(mine == party_id)
    for row in write.conn.execute(asked).all():
        if row.state == ListingState.OPEN:
            listings.withdraw(write, side, row.id)
        same = (rejected.c.source == row.source) & (rejected.c.external_id == row.external_id)
        write.conn.execute(update(rejected).where(same).values(payload="{}"))


def _erase_photos(conn: Connection, ids: Sequence[int]) -> list[str]:
    theirs = offer.c.farmer_id.in_(ids) & offer.c.photo.is_not(None)
    digests = set(conn.execute(select(offer.c.photo).where(theirs)).scalars())
    conn.execute(update(offer).where(theirs).values(photo=None))
    return unused_photos(conn, digests)


def _erase_held(conn: Connection, source: str, words: set[str], now: datetime) -> None:
    """A record that says who it is of cannot be taken any more, and is forgotten when it was decided."""
    columns = (held_record.c.id, held_record.c.payload, held_record.c.decided_at)
    for row in conn.execute(select(*columns).where(held_record.c.source == source)).all():
        told = {value.casefold() for value in json.loads(row.payload).values() if isinstance(value, str)}
        if not told.isdisjoint(word.casefold() for word in words):
            gone = {"decided_at": now, "decision": held.REFUSED, "decided_by": "privacy"} if not row.decided_at else {}
            conn.execute(update(held_record).where(held_record.c.id == row.id).values(payload="{}", **gone))
