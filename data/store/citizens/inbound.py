"""Messages that citizens sent by a gateway: which came already, and of which report their sender is asked the place.

The sender is kept as a keyed hash; the number itself stands with the reporter of the case alone.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, delete, exists, func, or_, select

from data.domain.cases.citizen_messages import ASKED_PLACE
from data.store.db.engine import insert_into
from data.store.db.schema.cases import case, case_event
from data.store.db.schema.citizens import inbound_message

REPORT, ATTACHED, REJECTED = "report", "attached", "rejected"
"""What became of a message."""


def is_known(conn: Connection, source: str, message_id: str) -> bool:
    """Whether it came already."""
    mine = (inbound_message.c.source == source) & (inbound_message.c.message_id == message_id)
    return conn.execute(select(inbound_message.c.at).where(mine)).first() is not None


def add(
    conn: Connection, key: tuple[str, str], sender: str, now: datetime, *, became: str, case_id: int | None = None
) -> bool:
    """Keep a message, `key` is source and id, in the transaction of what became of it; False: it came meanwhile."""
    source, message_id = key
    values = {"source": source, "message_id": message_id, "sender": sender, "became": became, "case_id": case_id}
    statement = insert_into(conn, inbound_message).values(**values, at=now)
    return conn.execute(statement.on_conflict_do_nothing().returning(inbound_message.c.at)).first() is not None


def last_report(conn: Connection, source: str, sender: str, since: datetime) -> int | None:
    """The case of the last report of a sender."""
    mine = and_(
        inbound_message.c.source == source,
        inbound_message.c.sender == sender,
        inbound_message.c.became == REPORT,
        inbound_message.c.at > since,
    )
    found = select(inbound_message.c.case_id).where(mine).order_by(inbound_message.c.at.desc()).limit(1)
    return conn.execute(found).scalar_one_or_none()


def awaits_place(conn: Connection, case_id: int) -> bool:
    """Whether its sender was asked for the place, and it is not known still."""
    asked = exists().where(case_event.c.case_id == case.c.id, case_event.c.reason == ASKED_PLACE)
    unplaced = and_(case.c.village.is_(None), or_(case.c.lat.is_(None), case.c.precision == "outside"))
    found = select(case.c.id).where(case.c.id == case_id, case.c.open, unplaced, asked)
    return conn.execute(found).first() is not None


def times_asked(conn: Connection, case_id: int) -> int:
    """How often its sender was asked for the place."""
    asked = (case_event.c.case_id == case_id) & (case_event.c.reason == ASKED_PLACE)
    times: int = conn.execute(select(func.count()).where(asked)).scalar_one()
    return times


def delete_old(conn: Connection, before: datetime, most: int) -> int:
    """At most `most` of those before, which no gateway sends again; returns how many."""
    old = select(inbound_message.c.source, inbound_message.c.message_id).where(inbound_message.c.at <= before)
    rows = conn.execute(old.limit(most)).all()
    for source, message_id in rows:
        key = (inbound_message.c.source == source) & (inbound_message.c.message_id == message_id)
        conn.execute(delete(inbound_message).where(key))
    return len(rows)
