"""Writes and finds cases. The status columns of a row come from `data.domain.sla.case_status` alone.

No function here commits. Call the writing ones inside `engine.writing`, which keeps other writers out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, bindparam, delete, exists, func, insert, or_, select, update

from data.domain.cases.commands.events import priority_of
from data.domain.cases.model import CONFIDENTIAL, ActorKind, CaseEvent, CaseState, EventKind
from data.domain.cases.privacy_requests import RequestKind
from data.domain.sla.answers import FormerCycle
from data.domain.sla.case_status import STATUS_COLUMNS, CaseStatus, case_status
from data.domain.sla.clock_intervals import ClockKind
from data.domain.sla.terms import Terms
from data.store.cases.versions import keep, keep_if_changed, was_private_in
from data.store.citizens import outbox
from data.store.db import word_index
from data.store.db.change_feed import NewChange, record_changes
from data.store.db.engine import each_insert
from data.store.db.schema.cases import case, case_cycle, case_event, reporter
from data.store.db.schema.citizens import privacy_request

TermsOf = Callable[[str, tuple[str, int], str], Terms]
"""A row's terms by category, (policy, version), class: `partial(data.domain.sla.terms.terms, city, calendars)`."""

_PRIORITISING = frozenset({EventKind.RECLASSIFIED, EventKind.UNDONE})
WARNED, BREACHED = 1, 2
"""Values of case.marked."""


@dataclass(frozen=True, slots=True)
class Reporter:
    """The reporter: personal data, stored apart from the case and never shown on a wall."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    account_id: str | None = None
    device_id: str | None = None
    lang: str | None = None
    """The language of messages; None: none are wanted."""
    anonymous: bool = False


@dataclass(frozen=True, slots=True)
class NewCase:
    """The facts of a case besides its events; `head_id` is set when it is merged on insert.

    told_at: the source's time of its last change, None when it dates nothing; stored_at: of the last news here;
    promised_at: until when the source has promised it."""

    code: str
    kind: str
    source: str
    external_id: str
    category: str
    priority: str
    private: bool
    policy: str
    policy_version: int
    service_class: str
    title: str
    text: str
    precision: str
    demo: bool = False
    sp4n_number: str | None = None
    sp4n_status: str | None = None
    media_url: str | None = None
    address: str | None = None
    lat: float | None = None
    lon: float | None = None
    village: str | None = None
    district: str | None = None
    told_at: datetime | None = None
    stored_at: datetime | None = None
    promised_at: datetime | None = None
    head_id: int | None = None
    reporter: Reporter | None = None


@dataclass(frozen=True, slots=True)
class StoredCase:
    """A case as stored."""

    id: int
    facts: NewCase
    status: CaseStatus
    folded: int
    marked: int
    version: int
    """How many events came after receipt and import: what a command must have seen."""


class AlreadyStored(Exception):
    """A case with this (source, external_id) exists already; the transaction can go on."""


_FACTS = tuple(field.name for field in fields(NewCase) if field.name != "reporter")
_FORMER = tuple(field.name for field in fields(FormerCycle))
_REPORTER = tuple(field.name for field in fields(Reporter))
_EVENT_COLUMNS = tuple(field.name for field in fields(CaseEvent))
_INSERT_NEW = each_insert(
    case,
    lambda new: new.on_conflict_do_nothing(index_elements=["source", "external_id"]).returning(case.c.id),
)


def insert_case(conn: Connection, new: NewCase, events: Sequence[CaseEvent], status: CaseStatus, now: datetime) -> int:
    """Insert a case with its events, and one change for each event; returns the id. Raises AlreadyStored.

    The RECEIVED event also stores category, policy and priority, so that the row can be computed again.
    """
    columns = _values(new, _FACTS) | status_columns(status) | {"marked": 0, "escalate_at": escalate_at(status, now)}
    case_id: int | None = conn.execute(_INSERT_NEW[conn.dialect.name], columns).scalar_one_or_none()
    if case_id is None:
        raise AlreadyStored(new.source, new.external_id)
    if new.reporter is not None:
        conn.execute(insert(reporter), {"case_id": case_id, **_values(new.reporter, _REPORTER)})
    word_index.add(conn, case_id)
    if new.head_id is not None:
        _count_folded(conn, new.head_id, 1)
    _write_former(conn, case_id, status)
    numbers = record_changes(conn, [_change(event, case_id, new.source, status) for event in events], now)
    complete = [_with_terms(event, new) for event in events]
    _write_events(conn, case_id, 0, list(zip(numbers, complete, strict=True)), now)
    if new.reporter is not None and new.reporter.lang is not None:
        outbox.tell(conn, case_id, list(enumerate(events, 1)), status, now)
    return case_id


class Appended(NamedTuple):
    """What `append` wrote."""

    status: CaseStatus
    version: int
    seq: int | None
    """The number of the last change; None without events."""


def append_events(
    conn: Connection, case_id: int, events: Sequence[CaseEvent], terms: Terms, now: datetime
) -> CaseStatus:
    """Append events, one change for each, and compute the status again. Raises LookupError for an unknown id."""
    return append(conn, case_id, events, terms, now).status


def append(
    conn: Connection, case_id: int, events: Sequence[CaseEvent], terms: Terms, now: datetime, *, command: bool = False
) -> Appended:
    """As `append_events`. command: the events are of a command, and each carries the version that it leads to."""
    row = _locked(conn, case_id)
    old = _numbered(conn, case_id)
    if command:
        events = [replace(event, version=row["version"] + n) for n, event in enumerate(events, 1)]
    history = in_order([event for _, event in old] + list(events))
    status, version = case_status(history, terms, now), row["version"] + len(events)
    numbers = record_changes(conn, [_change(event, case_id, row["source"], status) for event in events], now)
    last_n = old[-1][0] if old else 0
    _write_events(conn, case_id, last_n, list(zip(numbers, events, strict=True)), now)
    outbox.tell(conn, case_id, list(enumerate(events, last_n + 1)), status, now)
    last = numbers[-1] if numbers else None
    more = {"version": version, "stored_at": max(now, status.updated_at)}
    if any(event.kind in _PRIORITISING for event in events):
        category = terms.city.categories.get(status.category)
        more["priority"] = priority_of(history, terms.city) or (category.priority if category else row["priority"])
    write_status(conn, row, status, terms, now, more=more, seq=last)
    if row["head_id"] is not None and last is not None and status.state is not CaseState.MERGED:
        separate(conn, case_id, row["head_id"], last, now)
    return Appended(status, version, last)


def recompute_status(conn: Connection, case_id: int, terms: Terms, now: datetime) -> CaseStatus:
    """Compute the status again without a new event (a calendar was changed, a pause reached its cap)."""
    row = _locked(conn, case_id)
    status = case_status(events_of(conn, case_id), terms, now)
    write_status(conn, row, status, terms, now)
    return status


def merge(conn: Connection, case_id: int, head_id: int, terms: Terms, now: datetime) -> None:
    """Merge `case_id`, and the cases that were merged into it, into `head_id`.

    When `head_id` is merged itself, its own head is used. Raises LookupError, and ValueError for a circle.
    """
    head = _locked(conn, head_id)
    if head["head_id"] is not None:
        return merge(conn, case_id, head["head_id"], terms, now)
    if case_id == head_id:
        raise ValueError(f"case {case_id} cannot be merged into itself")
    merged = CaseEvent(now, EventKind.MERGED, ActorKind.SYSTEM, head=head["code"])
    seq = append(conn, case_id, [merged], terms, now).seq
    assert seq is not None
    join(conn, case_id, head_id, seq, now)


def join(conn: Connection, case_id: int, head_id: int, seq: int, now: datetime) -> None:
    """Put a merged case, and those that were merged into it, under a head; `seq` is the merge's change."""
    joining = (case.c.id == case_id) | (case.c.head_id == case_id)
    ids = conn.execute(select(case.c.id).where(joining)).scalars().all()
    keep(conn, ids, seq, now)
    conn.execute(update(case).where(joining).values(head_id=head_id, folded=0))
    _count_folded(conn, head_id, len(ids))


def separate(conn: Connection, case_id: int, head_id: int, seq: int, now: datetime) -> None:
    """Take a case away from its head; `seq` is the change that says so."""
    keep(conn, [case_id], seq, now)
    conn.execute(update(case).where(case.c.id == case_id).values(head_id=None))
    _count_folded(conn, head_id, -1)


def terms_for(found: StoredCase, terms_of: TermsOf) -> Terms:
    facts = found.facts
    return terms_of(facts.category, (facts.policy, facts.policy_version), facts.service_class)


def open_ids(conn: Connection) -> list[int]:
    """Ids of all open cases, those due first."""
    return list(conn.execute(select(case.c.id).where(case.c.open).order_by(case.c.next_due_at)).scalars())


def newest_id(conn: Connection) -> int:
    """The highest id; 0 without cases."""
    found: int = conn.execute(select(func.coalesce(func.max(case.c.id), 0))).scalar_one()
    return found


def find(conn: Connection, source: str, external_id: str) -> StoredCase | None:
    return _one(conn, (case.c.source == source) & (case.c.external_id == external_id))


def by_code(conn: Connection, code: str) -> StoredCase | None:
    return _one(conn, case.c.code == code)


def by_id(conn: Connection, case_id: int) -> StoredCase | None:
    return _one(conn, case.c.id == case_id)


def events_of(conn: Connection, case_id: int) -> tuple[CaseEvent, ...]:
    """A case's history in order of time; empty for an unknown id."""
    return in_order([event for _, event in _numbered(conn, case_id)])


def last_stored(conn: Connection, case_id: int, most: int) -> tuple[CaseEvent, ...]:
    """The events that were stored last, in that order; none for a negative number."""
    return tuple(event for _, event in _numbered(conn, case_id)[-most:]) if most > 0 else ()


def in_order(events: Sequence[CaseEvent]) -> tuple[CaseEvent, ...]:
    """Sorted by time; events of the same moment keep their order."""
    return tuple(sorted(events, key=lambda event: event.at))


def status_columns(status: CaseStatus) -> dict[str, Any]:
    return _values(status, STATUS_COLUMNS)


def write_status(
    conn: Connection,
    row: RowMapping,
    status: CaseStatus,
    terms: Terms,
    now: datetime,
    *,
    more: Mapping[str, Any] = MappingProxyType({}),
    seq: int | None = None,
) -> None:
    """Write the status columns and former cycles, and what else of the row is given: it counts more.

    For the mark see `kept_mark`, for `seq` `keep_if_changed`.
    """
    columns = status_columns(status) | {"marked": kept_mark(row, status, now), "escalate_at": escalate_at(status, now)}
    if status.category != row["category"]:
        category = terms.city.categories[status.category]
        confidential = not category.private and row["private"] and _is_confidential(conn, row, terms)
        columns |= {"priority": category.priority, "private": category.private or confidential, "kind": category.kind}
    columns |= more
    keep_if_changed(conn, row, columns, now, seq)
    conn.execute(update(case).where(case.c.id == bindparam("key")), columns | {"key": row["id"]})
    if status.former or row["cycle"] > 1:
        conn.execute(delete(case_cycle).where(case_cycle.c.case_id == row["id"]))
        _write_former(conn, row["id"], status)


def _is_confidential(conn: Connection, row: RowMapping, terms: Terms) -> bool:
    """At its source or by its reporter's wish, for ever, and not only by its category."""
    public = [name for name, each in terms.city.categories.items() if not each.private]
    before = terms.city.categories.get(row["category"])
    if before is None or not before.private or was_private_in(conn, row["id"], public):
        return True
    wished = exists().where(case_event.c.case_id == row["id"], case_event.c.reason == CONFIDENTIAL)
    restricted = exists().where(
        privacy_request.c.case_id == row["id"],
        privacy_request.c.kind == RequestKind.RESTRICTION,
        privacy_request.c.done,
    )
    return bool(conn.execute(select(or_(wished, restricted))).scalar_one())


def escalate_at(status: CaseStatus, now: datetime) -> datetime | None:
    """When `data.store.escalation` looks at a changed case: at once, when an agency has it or had it last."""
    return now if status.held_at is not None else None


def kept_mark(row: RowMapping, status: CaseStatus, now: datetime) -> int:
    """The mark after a new status: 0 when clock or cycle changed, else at most what the new due moment allows."""
    if (status.next_clock, status.cycle) != (row["next_clock"], row["cycle"]):
        return 0
    mark: int = row["marked"]
    return min(mark, due_level(status.next_warn_at, status.next_due_at, now))


def due_level(warn_at: datetime | None, due_at: datetime | None, now: datetime) -> int:
    """0, WARNED or BREACHED for a clock with these moments at `now`; exactly at the due moment it is still in time."""
    if due_at is not None and due_at < now:
        return BREACHED
    return WARNED if warn_at is not None and warn_at <= now else 0


def _one(conn: Connection, where: Any) -> StoredCase | None:
    row = conn.execute(select(case).where(where)).mappings().one_or_none()
    return None if row is None else _stored(row, _former(conn, row["id"]) if row["cycle"] > 1 else ())


def _former(conn: Connection, case_id: int) -> tuple[FormerCycle, ...]:
    mine = select(*(case_cycle.c[name] for name in _FORMER)).where(case_cycle.c.case_id == case_id)
    return tuple(FormerCycle(*row) for row in conn.execute(mine.order_by(case_cycle.c.cycle)))


def _stored(row: RowMapping, former: tuple[FormerCycle, ...]) -> StoredCase:
    facts = NewCase(**{name: row[name] for name in _FACTS})
    derived = {name: row[name] for name in STATUS_COLUMNS}
    derived["state"] = CaseState(row["state"])
    derived["next_clock"] = None if row["next_clock"] is None else ClockKind(row["next_clock"])
    status = CaseStatus(**derived, former=former)
    return StoredCase(row["id"], facts, status, row["folded"], row["marked"], row["version"])


def _locked(conn: Connection, case_id: int) -> RowMapping:
    row = conn.execute(select(case).where(case.c.id == case_id).with_for_update()).mappings().one_or_none()
    if row is None:
        raise LookupError(f"no case with id {case_id}")
    return row


def _numbered(conn: Connection, case_id: int) -> list[tuple[int, CaseEvent]]:
    rows = conn.execute(select(case_event).where(case_event.c.case_id == case_id).order_by(case_event.c.n))
    return [(row["n"], event_of(row)) for row in rows.mappings()]


def event_of(row: RowMapping) -> CaseEvent:
    """Of a row with all columns of an event."""
    kinds = {"kind": EventKind(row["kind"]), "actor_kind": ActorKind(row["actor_kind"])}
    return CaseEvent(**{name: row[name] for name in _EVENT_COLUMNS} | kinds)


def _write_events(
    conn: Connection, case_id: int, last: int, events: Sequence[tuple[int, CaseEvent]], now: datetime
) -> None:
    """Write events, each with the number of its change; they are counted on from `last`."""
    same = {"case_id": case_id, "recorded_at": now}
    rows = [same | {"n": n, "seq": seq} | _values(e, _EVENT_COLUMNS) for n, (seq, e) in enumerate(events, last + 1)]
    if rows:
        conn.execute(insert(case_event), rows)


def _write_former(conn: Connection, case_id: int, status: CaseStatus) -> None:
    if status.former:
        conn.execute(insert(case_cycle), [{"case_id": case_id, **_values(one, _FORMER)} for one in status.former])


def _with_terms(event: CaseEvent, new: NewCase) -> CaseEvent:
    if event.kind is not EventKind.RECEIVED or event.policy is not None:
        return event
    terms = {"category": new.category, "policy": new.policy, "policy_version": new.policy_version}
    return replace(event, **terms, priority=str(new.priority))  # type: ignore[arg-type]


def _values(value: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(value, name) for name in names}


def _count_folded(conn: Connection, head_id: int, more: int) -> None:
    conn.execute(update(case).where(case.c.id == head_id).values(folded=case.c.folded + more))


def _change(event: CaseEvent, case_id: int, source: str, status: CaseStatus) -> NewChange:
    return NewChange(event.kind, event.at, case_id, event.agency or status.agency, source)
