"""The outbox of farmers and buyers: written in the event's transaction, to the address at the moment of sending."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, delete, exists, func, insert, select, true, update

from data.domain.market.deals import DealEventKind, DealSide
from data.domain.market.nouns import Deal, DealState, Market
from data.domain.market.units import amount_of
from data.store.citizens.outbox import EMAIL, WEBHOOK, DeadLetter, OutboxState
from data.store.db.schema.market import party, party_message
from data.store.market.parties import REPRESENTED
from data.store.market.writing import MarketWrite

CHANNELS: Mapping[str, str] = {EMAIL: "email", WEBHOOK: "phone"}
"""Channel: the party's column with the address."""


@dataclass(frozen=True, slots=True)
class PartyMessage:
    """A message that is to be sent."""

    id: int
    key: str
    channel: str
    kind: str
    attempts: int
    address: str | None
    """None: it was erased."""
    lang: str | None
    code: str
    """The deal's code."""
    params: Mapping[str, Any]
    represented: bool = False
    """It is about a farmer for whom a field assistant acts."""

    @property
    def type(self) -> str:
        """Of the webhook."""
        return f"market.{self.kind}"


class Reach(NamedTuple):
    """Where messages go besides the telephone, and whether any are wanted."""

    email: str | None
    lang: str | None
    """The language of messages; None: none are wanted."""


def reach_of(conn: Connection, party_id: int) -> Reach:
    row = conn.execute(select(party.c.email, party.c.lang).where(party.c.id == party_id)).one()
    return Reach(row.email, row.lang)


def set_reach(conn: Connection, party_id: int, reach: Reach) -> None:
    """As somebody wants it from now on. What waits and is not wanted any more, or has no address, is not sent."""
    conn.execute(update(party).where(party.c.id == party_id).values(reach._asdict()))
    waits = (party_message.c.party_id == party_id) & party_message.c.sent_at.is_(None)
    if reach.lang is None:
        conn.execute(delete(party_message).where(waits))
    elif reach.email is None:
        conn.execute(delete(party_message).where(waits, party_message.c.channel == EMAIL))


def tell(write: MarketWrite, made: Deal, kind: DealEventKind, by: DealSide, market: Market) -> None:
    """Tell the side that did not do it; of what the officer or the clock did, both."""
    sides = {DealSide.FARMER: made.farmer, DealSide.BUYER: made.buyer}
    sides.pop(by, None)
    name = _sentence(kind, made.state)
    own = market.commodities[made.commodity].unit
    params = {
        "commodity": made.commodity,
        "quantity": float(amount_of(made.quantity, own)),
        "unit": own,
        "total": made.total,
        "due": None if made.due_at is None else int(made.due_at.timestamp()),
    }
    wanted = select(party).where(party.c.id.in_(sides.values()), party.c.lang.is_not(None)).order_by(party.c.id)
    rows = [
        {"party_id": row["id"], "channel": channel, "kind": name, "code": made.code, "key": str(uuid.uuid4())}
        for row in write.conn.execute(wanted).mappings()
        for channel, column in CHANNELS.items()
        if row[column]
    ]
    if rows:
        more = {"params": json.dumps(params, ensure_ascii=False), "at": write.now, "next_at": write.now}
        write.conn.execute(insert(party_message), [row | more for row in rows])


def _sentence(kind: DealEventKind, state: DealState) -> str:
    """An agreement that makes the deal is another sentence than the first of two."""
    both = kind is DealEventKind.AGREED and state is DealState.AGREED
    return "agreed_both" if both else str(kind)


def due(
    conn: Connection, now: datetime, channels: Sequence[str], most: int, *, dead_blocks: bool
) -> list[PartyMessage]:
    """What may be sent now: of each party and channel the first that is not sent."""
    before = party_message.alias()
    earlier = exists().where(
        before.c.party_id == party_message.c.party_id,
        before.c.channel == party_message.c.channel,
        before.c.sent_at.is_(None),
        before.c.id < party_message.c.id,
        true() if dead_blocks else before.c.dead_at.is_(None),
    )
    chosen = (
        select(party_message, party.c.email, party.c.phone, party.c.lang, party.c.external_id)
        .join(party, party.c.id == party_message.c.party_id)
        .where(
            party_message.c.sent_at.is_(None),
            party_message.c.dead_at.is_(None),
            party_message.c.next_at <= now,
            party_message.c.channel.in_(channels),
            ~earlier,
        )
    )
    return [_message(row) for row in conn.execute(chosen.order_by(party_message.c.id).limit(most)).mappings()]


def _message(row: RowMapping) -> PartyMessage:
    address = row[CHANNELS[row["channel"]]]
    same = {name: row[name] for name in ("id", "key", "channel", "kind", "attempts", "lang", "code")}
    represented = row["external_id"].startswith(REPRESENTED)
    return PartyMessage(**same, address=address, params=json.loads(row["params"]), represented=represented)


def sent(conn: Connection, message_id: int, now: datetime) -> None:
    """The other side has it."""
    _update(conn, message_id, sent_at=now, reason=None)


def postpone(conn: Connection, message_id: int, why: str, until: datetime) -> None:
    """A try failed; the next one is due at `until`."""
    _update(conn, message_id, attempts=party_message.c.attempts + 1, reason=why, next_at=until)


def give_up(conn: Connection, message_id: int, why: str, now: datetime) -> None:
    """It becomes a dead letter."""
    _update(conn, message_id, attempts=party_message.c.attempts + 1, reason=why, dead_at=now)


def revive(conn: Connection, now: datetime) -> int:
    """Try all dead letters again; returns how many."""
    dead = party_message.c.sent_at.is_(None) & party_message.c.dead_at.is_not(None)
    return conn.execute(update(party_message).where(dead).values(dead_at=None, attempts=0, next_at=now)).rowcount


def state(conn: Connection, day_ago: datetime, most: int) -> OutboxState:
    """What waits, what was given up (the newest `most`), what was sent since `day_ago`."""
    waits = party_message.c.sent_at.is_(None) & party_message.c.dead_at.is_(None)
    waiting, oldest = conn.execute(select(func.count(), func.min(party_message.c.at)).where(waits)).one()
    failing = select(party_message.c.reason).where(waits, party_message.c.reason.is_not(None)).limit(1)
    sent_since = select(func.count()).where(party_message.c.sent_at >= day_ago)
    names = ("id", "code", "channel", "kind", "dead_at", "reason")
    dead = (
        select(*(party_message.c[name] for name in names))
        .where(party_message.c.sent_at.is_(None), party_message.c.dead_at.is_not(None))
        .order_by(party_message.c.dead_at.desc(), party_message.c.id.desc())
        .limit(most)
    )
    letters = [DeadLetter(**{**row, "kind": f"market.{row['kind']}"}) for row in conn.execute(dead).mappings()]
    reason = conn.execute(failing.order_by(party_message.c.id)).scalar_one_or_none()
    return OutboxState(waiting, oldest, reason, conn.execute(sent_since).scalar_one(), letters)


def _update(conn: Connection, message_id: int, **values: object) -> None:
    conn.execute(update(party_message).where(party_message.c.id == message_id).values(**values))
