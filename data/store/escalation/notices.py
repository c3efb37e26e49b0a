"""Messages about raised steps: many of one receiver are one message.

`gather` puts what a receiver was not told of into one message for each of the receiver's addresses, in the transaction
that marks it as told; a message is written when it is sent, from the steps that still count then. One whose steps have
all stopped is not sent any more.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, exists, insert, select, true, update

from data.domain.city.escalation import OF_AGENCY, Receiver
from data.domain.city.model import City
from data.store.citizens.outbox import EMAIL, WEBHOOK, DeadLetter
from data.store.db.schema.cases import case
from data.store.db.schema.escalation import escalation, escalation_notice
from data.store.db.schema.market_officer import assistant_village, field_assistant
from data.store.escalation.steps import RAISED

notice = escalation_notice


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One case in a message."""

    code: str
    private: bool
    category: str
    agency: str
    village: str | None
    step: int
    due_at: datetime
    times: int
    answer_by: datetime | None
    """When the next of its clocks is due."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that is to be sent."""

    id: int
    key: str
    channel: str
    receiver: Receiver
    attempts: int
    address: str | None
    lines: tuple[NoticeLine, ...]
    lang: str | None = None
    type: str = "escalation.raised"

    @property
    def code(self) -> str:
        """Of the first case."""
        return self.lines[0].code

    @property
    def kind(self) -> str:
        """To whom."""
        return self.receiver


def gather(conn: Connection, city: City, now: datetime) -> int:
    """Write the messages about what nobody was told of, and take back those that are about nothing any more.

    Returns how many were written. Call it in a transaction of `engine.writing`.
    """
    _take_back(conn)
    quiet, written = _is_quiet(city, now), 0
    for (receiver, agency), rows in groupby(_untold(conn), key=_receiver_of):
        waiting = list(rows)
        urgent = any(row["priority"] in city.escalation.urgent for row in waiting)
        if not urgent and (quiet or _was_told(conn, receiver, agency, now - city.escalation.together)):
            continue
        batch = str(uuid.uuid4())
        told = escalation.c.id.in_([row["id"] for row in waiting])
        conn.execute(update(escalation).where(told).values(batch=batch))
        written += _write(conn, city, (receiver, agency), {"batch": batch, "urgent": urgent}, now)
    return written


def _take_back(conn: Connection) -> None:
    """What nobody was told of is untold again: a case may wait, or be folded, and go on."""
    over = and_(notice.c.sent_at.is_(None), notice.c.dead_at.is_(None), ~_still())
    left = notice.alias()
    told = exists().where(left.c.batch == escalation.c.batch, left.c.sent_at.is_not(None))
    untold = escalation.c.batch.in_(select(notice.c.batch).where(over))
    conn.execute(update(escalation).where(untold, ~told).values(batch=None))
    conn.execute(delete(notice).where(over))


def is_to_gather(conn: Connection) -> bool:
    """Whether there may be something for `gather`."""
    untold = select(escalation.c.id).where(escalation.c.highest, escalation.c.batch.is_(None)).limit(1)
    waits = select(notice.c.id).where(notice.c.sent_at.is_(None), notice.c.dead_at.is_(None)).limit(1)
    return conn.execute(untold).first() is not None or conn.execute(waits).first() is not None


def _untold(conn: Connection) -> Sequence[RowMapping]:
    columns = (escalation.c.id, escalation.c.receiver, escalation.c.agency, case.c.priority, case.c.village)
    found = select(*columns).join(case, RAISED).where(escalation.c.batch.is_(None), escalation.c.highest)
    rows = conn.execute(found).mappings().all()
    return sorted(rows, key=_receiver_of)


def _receiver_of(row: RowMapping) -> tuple[str, str]:
    """With the agency, of which each has its own; of field assistants with the village."""
    if row["receiver"] == Receiver.ASSISTANT:
        return row["receiver"], row["village"] or ""
    return row["receiver"], row["agency"] if row["receiver"] in OF_AGENCY else ""


def _is_quiet(city: City, now: datetime) -> bool:
    quiet = city.escalation.quiet
    return quiet is not None and quiet.end_after(now.astimezone(ZoneInfo(city.timezone))) is not None


def _was_told(conn: Connection, receiver: str, agency: str, since: datetime) -> bool:
    found = select(notice.c.id).where(notice.c.receiver == receiver, notice.c.agency == agency, notice.c.at > since)
    return conn.execute(found.limit(1)).first() is not None


def _write(conn: Connection, city: City, to: tuple[str, str], same: dict[str, object], now: datetime) -> int:
    receiver, agency = to
    addresses = _addresses(conn, city, Receiver(receiver), agency)
    of_all = same | {"receiver": receiver, "agency": agency, "at": now, "next_at": now}
    rows = [
        of_all | {"key": str(uuid.uuid4()), "address": address, "channel": EMAIL if "@" in address else WEBHOOK}
        for address in addresses
    ]
    if rows:
        conn.execute(insert(notice), rows)
    return len(rows)


def _addresses(conn: Connection, city: City, receiver: Receiver, of: str) -> Sequence[str]:
    """of: the agency, or the village."""
    if receiver is not Receiver.ASSISTANT:
        return city.escalation.receivers.get(receiver, {}).get(of, ())
    theirs = select(field_assistant.c.phone, field_assistant.c.email).join(assistant_village)
    found = conn.execute(theirs.where(assistant_village.c.village == of).order_by(field_assistant.c.id))
    return list(dict.fromkeys(address for row in found for address in row if address))


def _still() -> ColumnElement[bool]:
    """Whether one of its steps counts."""
    return exists().where(escalation.c.batch == notice.c.batch).where(RAISED)


class Notices:
    """The messages as a queue to be sent from: see `dashboard.messages.sender`."""

    def __init__(self, city: City) -> None:
        self._city = city

    def due(
        self, conn: Connection, now: datetime, channels: Sequence[str], most: int, *, dead_blocks: bool
    ) -> list[Notice]:
        """What may be sent now, oldest first; in quiet hours what is urgent only."""
        waits = and_(notice.c.sent_at.is_(None), notice.c.dead_at.is_(None), notice.c.next_at <= now)
        rings = notice.c.urgent if _is_quiet(self._city, now) else true()
        chosen = select(notice).where(waits, rings, notice.c.channel.in_(channels), _still())
        rows = conn.execute(chosen.order_by(notice.c.id).limit(most)).mappings().all()
        return list(_notices(conn, rows))

    def sent(self, conn: Connection, message_id: int, now: datetime) -> None:
        """The other side has it."""
        _update(conn, message_id, sent_at=now, reason=None)

    def postpone(self, conn: Connection, message_id: int, why: str, until: datetime) -> None:
        """A try failed; the next one is due at `until`."""
        _update(conn, message_id, attempts=notice.c.attempts + 1, reason=why, next_at=until)

    def give_up(self, conn: Connection, message_id: int, why: str, now: datetime) -> None:
        """It becomes a dead letter."""
        _update(conn, message_id, attempts=notice.c.attempts + 1, reason=why, dead_at=now)


def dead(conn: Connection, most: int) -> list[DeadLetter]:
    """What was given up, the newest first; its code is that of the agency, or the receiver."""
    gone = and_(notice.c.sent_at.is_(None), notice.c.dead_at.is_not(None))
    rows = conn.execute(select(notice).where(gone).order_by(notice.c.dead_at.desc(), notice.c.id.desc()).limit(most))
    return [
        DeadLetter(row.id, row.agency or row.receiver, row.channel, "escalation", row.dead_at, row.reason)
        for row in rows
    ]


def revive(conn: Connection, now: datetime) -> int:
    """Try all of them again; returns how many."""
    gone = and_(notice.c.sent_at.is_(None), notice.c.dead_at.is_not(None))
    return conn.execute(update(notice).where(gone).values(dead_at=None, attempts=0, next_at=now)).rowcount


def _notices(conn: Connection, rows: Sequence[RowMapping]) -> Iterator[Notice]:
    for row in rows:
        values = {name: row[name] for name in ("id", "key", "channel", "attempts", "address")}
        yield Notice(**values, receiver=Receiver(row["receiver"]), lines=_lines(conn, row["batch"]))


def _lines(conn: Connection, batch: str) -> tuple[NoticeLine, ...]:
    of_case = (case.c[name] for name in ("code", "private", "category", "agency", "village"))
    of_step = (escalation.c[name] for name in ("step", "due_at", "times"))
    found = select(*of_case, *of_step, case.c.next_due_at.label("answer_by")).join(escalation, RAISED)
    rows = found.where(escalation.c.batch == batch).order_by(escalation.c.due_at, case.c.id)
    return tuple(NoticeLine(**row) for row in conn.execute(rows).mappings())


def _update(conn: Connection, message_id: int, **values: object) -> None:
    conn.execute(update(notice).where(notice.c.id == message_id).values(**values))
