"""Messages to citizens: a row is written in the transaction of the event that it tells of, and sent afterwards.

The reporters of a case that was merged into another are told of the other's events.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, delete, exists, func, insert, or_, select, true, update

from data.domain.cases.citizen_messages import MessageKind, messages_of
from data.domain.cases.commands.model import UNDO_WITHIN
from data.domain.cases.model import CaseEvent, EventKind
from data.domain.sla.case_status import CaseStatus
from data.store.db.schema.cases import case, case_event, reporter
from data.store.db.schema.citizens import outbox, tracking

EMAIL, WEBHOOK = "email", "webhook"
CHANNELS: Mapping[str, str] = {EMAIL: "email", WEBHOOK: "phone"}
"""Channel: the reporter's column with the address."""
_NEXT = frozenset({MessageKind.DISPATCHED, MessageKind.ANSWERED, MessageKind.REOPENED})


@dataclass(frozen=True, slots=True)
class Message:
    """A message that is to be sent."""

    id: int
    key: str
    channel: str
    kind: str
    due_at: datetime | None
    attempts: int
    address: str | None
    """None: it was erased, or withdrawn."""
    lang: str | None
    code: str
    """The case's code."""
    tracking: str | None
    private: bool
    category: str
    village: str | None
    event_at: datetime
    agency: str | None
    authority: str | None
    text: str | None
    until: datetime | None = None
    """Of a pause: when it ends by itself."""

    @property
    def type(self) -> str:
        """Of the webhook."""
        return f"report.{self.kind}"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was given up."""

    id: int
    code: str
    channel: str
    kind: str
    dead_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class OutboxState:
    """What /sumber says of the messages."""

    waiting: int
    oldest: datetime | None
    failing: str | None
    """Why the last try of one that waits failed."""
    sent: int
    """In the last 24 hours."""
    dead: Sequence[DeadLetter]


def tell(
    conn: Connection, case_id: int, events: Sequence[tuple[int, CaseEvent]], status: CaseStatus, now: datetime
) -> None:
    """Write the messages about new events (number, event) of a case, for its reporter and for those merged into it.

    What a person did leaves only when it cannot be undone any more; what was undone does not leave.
    """
    for _, event in events:
        if event.kind is EventKind.UNDONE and event.undoes is not None:
            _take_back(conn, case_id, event.undoes)
    told = messages_of(events)
    if not told:
        return
    rows = [
        {"about_id": case_id, "n": n, "kind": kind, "due_at": _due(kind, status), "next_at": _leaves_at(event, now)}
        | to
        for to in _wanted(conn, case_id)
        for n, event, kind in told
        if kind is not MessageKind.RECEIVED or to["case_id"] == case_id
    ]
    if rows:
        conn.execute(insert(outbox), [row | {"key": str(uuid.uuid4()), "at": now} for row in rows])


def _leaves_at(event: CaseEvent, now: datetime) -> datetime:
    """An undo counts whole seconds from the event, which a source's fast clock may have put ahead of now."""
    return now if event.version is None else max(now, event.at) + UNDO_WITHIN + timedelta(seconds=1)


def _take_back(conn: Connection, case_id: int, version: int) -> None:
    """What nobody has tried to send of the events from this version on."""
    undone = select(case_event.c.n).where(case_event.c.case_id == case_id, case_event.c.version >= version)
    mine = and_(outbox.c.about_id == case_id, outbox.c.n.in_(undone))
    conn.execute(delete(outbox).where(mine, outbox.c.sent_at.is_(None), outbox.c.attempts == 0))


def _wanted(conn: Connection, case_id: int) -> Iterator[dict[str, Any]]:
    """Case and channel of everybody who wants to hear of the case."""
    theirs = or_(case.c.id == case_id, case.c.head_id == case_id)
    found = select(reporter).join(case, case.c.id == reporter.c.case_id).where(theirs, reporter.c.lang.is_not(None))
    for row in conn.execute(found.order_by(reporter.c.case_id)).mappings():
        yield from ({"case_id": row["case_id"], "channel": name} for name, to in CHANNELS.items() if row[to])


def _due(kind: MessageKind, status: CaseStatus) -> datetime | None:
    if kind is MessageKind.RECEIVED:
        return status.verify_due_at
    return status.resolve_due_at if kind in _NEXT else None


def due(conn: Connection, now: datetime, channels: Sequence[str], most: int, *, dead_blocks: bool) -> list[Message]:
    """What may be sent now by these channels: of each case and channel the first that is not sent.

    dead_blocks: what was given up keeps back what comes after it.
    """
    before = outbox.alias()
    earlier = exists().where(
        before.c.case_id == outbox.c.case_id,
        before.c.channel == outbox.c.channel,
        before.c.sent_at.is_(None),
        before.c.id < outbox.c.id,
        true() if dead_blocks else before.c.dead_at.is_(None),
    )
    waiting = and_(outbox.c.sent_at.is_(None), outbox.c.dead_at.is_(None), outbox.c.next_at <= now)
    chosen = _messages().where(waiting, outbox.c.channel.in_(channels), ~earlier)
    return [_message(row) for row in conn.execute(chosen.order_by(outbox.c.id).limit(most)).mappings()]


def _messages() -> Any:
    event = and_(case_event.c.case_id == outbox.c.about_id, case_event.c.n == outbox.c.n)
    about = case.alias()
    return (
        select(
            *(outbox.c[name] for name in ("id", "key", "channel", "kind", "due_at", "attempts")),
            *(reporter.c[name] for name in ("lang", "email", "phone")),
            *(case.c[name] for name in ("code", "category", "village")),
            or_(case.c.private, about.c.private).label("private"),
            *(case_event.c[name] for name in ("agency", "authority", "text", "until")),
            case_event.c.at.label("event_at"),
            tracking.c.code.label("tracking"),
        )
        .join(case, case.c.id == outbox.c.case_id)
        .join(about, about.c.id == outbox.c.about_id)
        .join(case_event, event)
        .outerjoin(reporter, reporter.c.case_id == outbox.c.case_id)
        .outerjoin(tracking, tracking.c.case_id == outbox.c.case_id)
    )


def _message(row: RowMapping) -> Message:
    values = dict(row)
    addresses = {name: values.pop(name) for name in CHANNELS.values()}
    return Message(**values, address=addresses[CHANNELS[row["channel"]]])


def sent(conn: Connection, message_id: int, now: datetime) -> None:
    """The other side has it."""
    _update(conn, message_id, sent_at=now, reason=None)


def postpone(conn: Connection, message_id: int, why: str, until: datetime) -> None:
    """A try failed; the next one is due at `until`."""
    _update(conn, message_id, attempts=outbox.c.attempts + 1, reason=why, next_at=until)


def give_up(conn: Connection, message_id: int, why: str, now: datetime) -> None:
    """It becomes a dead letter."""
    _update(conn, message_id, attempts=outbox.c.attempts + 1, reason=why, dead_at=now)


def revive(conn: Connection, now: datetime) -> int:
    """Try all dead letters again; returns how many."""
    dead = and_(outbox.c.sent_at.is_(None), outbox.c.dead_at.is_not(None))
    return conn.execute(update(outbox).where(dead).values(dead_at=None, attempts=0, next_at=now)).rowcount


def state(conn: Connection, day_ago: datetime, most: int) -> OutboxState:
    """What waits, what was given up (the newest `most`), what was sent since `day_ago`."""
    waits = and_(outbox.c.sent_at.is_(None), outbox.c.dead_at.is_(None))
    waiting, oldest = conn.execute(select(func.count(), func.min(outbox.c.at)).where(waits)).one()
    failing = select(outbox.c.reason).where(waits, outbox.c.reason.is_not(None)).order_by(outbox.c.id).limit(1)
    sent_since = select(func.count()).where(outbox.c.sent_at >= day_ago)
    dead = (
        select(outbox.c.id, case.c.code, outbox.c.channel, outbox.c.kind, outbox.c.dead_at, outbox.c.reason)
        .join(case, case.c.id == outbox.c.case_id)
        .where(outbox.c.sent_at.is_(None), outbox.c.dead_at.is_not(None))
        .order_by(outbox.c.dead_at.desc(), outbox.c.id.desc())
        .limit(most)
    )
    letters = [DeadLetter(**row) for row in conn.execute(dead).mappings()]
    return OutboxState(
        waiting,
        oldest,
        conn.execute(failing).scalar_one_or_none(),
        conn.execute(sent_since).scalar_one(),
        letters,
    )


def _update(conn: Connection, message_id: int, **values: object) -> None:
    conn.execute(update(outbox).where(outbox.c.id == message_id).values(**values))
