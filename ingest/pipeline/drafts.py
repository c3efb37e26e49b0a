"""A record made ready for the store without asking it: checked, placed, classed, routed.

What comes in is dated, and names agencies; both are checked against the city here, for a wrong one would
spoil clocks and queues for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from data.domain.cases.model import ActorKind, CaseEvent, EventKind
from data.domain.cases.routing import RoutingFacts, route
from data.domain.city.model import TRIAGE, Category, City, Policy, Priority
from data.domain.reasons import Reason, reason
from data.domain.sla.worktime import Calendar
from data.reference.boundaries.areas import Boundaries
from data.texts import texts
from ingest.pipeline.categories import Categories, Chosen
from ingest.pipeline.placing import Location, locate, locate_many
from ingest.source import Record, RecordEvent, Unreadable

SKEW = timedelta(hours=1)
"""How far a source's clock may run ahead of ours."""

FRESH = timedelta(days=1)
"""Until this age the system acts on a new case by itself: dispatches what is critical, folds what is told twice."""

ASSIGNED = frozenset({EventKind.DISPATCHED, EventKind.TRANSFERRED})
ENDED = frozenset({EventKind.RESOLVED, EventKind.CLOSED, EventKind.REJECTED, EventKind.MERGED})

UNDATED = "undated"
"""The reason of an event that its source does not date: its moment is when we noticed, and says nothing of age."""
TURNED = "turned"
"""The reason of the note that a position came with latitude and longitude exchanged."""

_Text = TypeVar("_Text", str, str | None)


class DraftEvent(NamedTuple):
    """An event of a record with something filled in; in use the same as a RecordEvent, and quicker to make."""

    at: datetime
    kind: EventKind
    actor_kind: ActorKind = ActorKind.SYSTEM
    actor: str = ""
    agency: str | None = None
    reason: str | None = None
    text: str | None = None


class Draft(NamedTuple):
    """A record with what the city makes of it."""

    record: Record
    chosen: Chosen
    policy: Policy
    """In force now: a new case keeps it."""
    service_class: str
    location: Location
    agency: str
    """Who has it, or should have it: told by the source, else routed; the triage queue when nobody is known."""
    later: Sequence[RecordEvent | DraftEvent]
    """What happened after receipt; every handing over names its agency."""

    @property
    def category(self) -> Category:
        """As its source names it, else as its words say."""
        return self.chosen.category

    @property
    def private(self) -> bool:
        """Confidential by its category, by its words or at its source."""
        return self.category.private or self.record.private or self.chosen.private

    def fresh(self, now: datetime) -> bool:
        """Whether it is new enough to act on, and open."""
        return now - self.record.received_at < FRESH and not any(event.kind in ENDED for event in self.later)

    def received(self) -> CaseEvent:
        """Its receipt, which keeps for ever under which terms it came in and where it was routed."""
        return CaseEvent(
            self.record.received_at,
            EventKind.RECEIVED,
            ActorKind.CITIZEN,
            agency=self.agency,
            category=self.category.code,
            policy=self.policy.code,
            policy_version=self.policy.version,
            text=self.chosen.why,
        )

    def told_at(self) -> datetime | None:
        """The source's own moment of what it tells: its last change, else its last dated event."""
        dated = (event.at for event in self.later if event.reason != UNDATED)
        return self.record.updated_at or max(dated, default=None)

    def reporter(self) -> tuple[str | None, ...] | None:
        """Who reported it, in the order of Reporter's fields; None when nothing is known of them."""
        record = self.record
        known = (
            record.reporter_name,
            record.reporter_phone,
            record.reporter_email,
            record.reporter_account,
            record.reporter_device,
        )
        return tuple(map(clean, known)) if any(known) else None

    def history(self, source: str) -> list[CaseEvent]:
        """Receipt and everything after it. Where the record names nobody, the source is who said so."""
        return [self.received(), *(_case_event(event, source) for event in self.later)]


def dispatch_by_system(draft: Draft, now: datetime) -> list[CaseEvent]:
    """The dispatch that does not wait for an operator, or nothing.

    Verifying a report is a person's act in the control room: a case stays `received` in the column of the agency
    that it is routed to until an operator dispatches it. Only a fresh case that is critical, which nobody has handed
    over yet and whose agency is known, goes to that agency at once: a landslide does not wait.
    """
    handed_over = any(event.kind in ASSIGNED for event in draft.later)
    if draft.chosen.priority is not Priority.CRITICAL or handed_over or draft.agency == TRIAGE or not draft.fresh(now):
        return []
    at = max(now, draft.record.received_at)
    return [CaseEvent(at, EventKind.DISPATCHED, ActorKind.SYSTEM, agency=draft.agency)]


class Drafter:
    """Makes drafts; knows the city and nothing of the store."""

    def __init__(self, city: City, calendars: Mapping[str, Calendar], boundaries: Boundaries) -> None:
        """Raises ValueError when the city has no category for what nobody knows."""
        self._categories = Categories(city)
        self.boundaries = boundaries
        self._city, self._zone = city, ZoneInfo(city.timezone)
        self._first = max(
            datetime.combine(calendar.first, time.min, self._zone).astimezone(UTC) for calendar in calendars.values()
        )
        self._agencies = frozenset(city.agencies) | {TRIAGE}
        self._cities = {code: _as_seen_by(code, city) for code in city.categories}
        self._always = {code: _without_rules(code, seen) for code, seen in self._cities.items() if not seen.rules}
        self._classes = _classes(city)

    def draft(self, record: Record, now: datetime) -> Draft:
        """One record. Raises Unreadable, naming field, value and what would be right."""
        return self._draft(record, locate(record, self.boundaries), now + SKEW)

    def draft_many(self, records: Sequence[Record], now: datetime) -> list[Draft | Unreadable]:
        """Many records, each with its draft or what is wrong with it."""
        latest, drafts = now + SKEW, list[Draft | Unreadable]()
        for record, location in zip(records, locate_many(records, self.boundaries), strict=True):
            try:
                drafts.append(self._draft(record, location, latest))
            except Unreadable as fault:
                drafts.append(fault)
        return drafts

    def _draft(self, record: Record, location: Location, latest: datetime) -> Draft:
        self._check(record, latest)
        chosen = self._categories.choose(record, fresh=latest - SKEW - record.received_at < FRESH)
        policy = self._city.policies[chosen.category.policy][-1]
        agency = self._agency(record, chosen, location)
        later = _later(record, agency)
        return Draft(record, chosen, policy, self._class_of(record.service_class), location, agency, later)

    def _check(self, record: Record, latest: datetime) -> None:
        if "\x00" in record.external_id:
            raise Unreadable(reason("record.nul_in_id"))
        if not self._first <= record.received_at <= latest:
            raise Unreadable(self._wrong_time("received_at", record.received_at))
        if record.agency is not None and record.agency not in self._agencies:
            raise Unreadable(self._wrong_agency("agency", record.agency))
        if record.updated_at is not None and not record.updated_at <= latest:
            raise Unreadable(self._wrong_time("updated_at", record.updated_at))
        for n, event in enumerate(record.events):
            if not self._first <= event.at <= latest:
                raise Unreadable(self._wrong_time(f"events.{n}.at", event.at))
            if event.at < record.received_at and event.kind in ENDED:
                raise Unreadable(_ended_before_receipt(n, event, record))
            if event.agency is not None and event.agency not in self._agencies:
                raise Unreadable(self._wrong_agency(f"events.{n}.agency", event.agency))

    def _wrong_time(self, field: str, at: datetime) -> Reason:
        if at < self._first:
            first = f"{self._first.astimezone(self._zone):%Y-%m-%d}"
            return reason("record.before_calendar", field=field, at=_written(at), first=first)
        return reason("record.in_future", field=field, at=_written(at))

    def _wrong_agency(self, field: str, code: str) -> Reason:
        allowed = tuple(sorted(self._agencies))
        return reason("record.unknown_agency", field=field, value=repr(code), allowed=allowed)

    def _class_of(self, label: str | None) -> str:
        """By code, name or another word; unknown or not told is the city's default."""
        default = self._city.default_class
        return default if label is None else self._classes.get(_squeezed(label), default)

    def _agency(self, record: Record, chosen: Chosen, location: Location) -> str:
        told = record.agency or next((event.agency for event in record.events if event.kind in ASSIGNED), None)
        if told is not None:
            return told
        code = chosen.category.code
        if chosen.agency is None and code in self._always:
            return self._always[code]
        at = record.received_at.astimezone(self._zone)
        facts = RoutingFacts(code, f"{record.title}\n{record.text}", location.village, at, chosen.agency)
        return route(facts, self._cities[code]).agency


def _later(record: Record, agency: str) -> Sequence[RecordEvent | DraftEvent]:
    """The record's events as they are stored. A source that names an agency without a dispatch has dispatched it."""
    events: Sequence[RecordEvent | DraftEvent] = record.events
    handed_over = False
    for event in record.events:
        if event.kind in ASSIGNED:
            handed_over = True
            if event.agency is None:
                events = [_assigned_to(agency, one) if one is event else one for one in events]
        elif event.kind is EventKind.RECEIVED:
            events = [one for one in events if one is not event]
    if record.agency is not None and not handed_over:
        events = [DraftEvent(record.received_at, EventKind.DISPATCHED, agency=agency), *events]
    if record.turned:
        text = texts("id").tell(reason("note.turned"))
        events = [DraftEvent(record.received_at, EventKind.NOTE, reason=TURNED, text=text), *events]
    return events


def _ended_before_receipt(n: int, event: RecordEvent, record: Record) -> Reason:
    ended, received = _written(event.at), _written(record.received_at)
    return reason("record.ended_before_receipt", n=str(n), kind=str(event.kind), ended=ended, received=received)


def _written(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S%z}"


def _assigned_to(agency: str, event: RecordEvent | DraftEvent) -> DraftEvent:
    return DraftEvent(event.at, event.kind, event.actor_kind, event.actor, agency, event.reason, event.text)


def _case_event(event: RecordEvent | DraftEvent, source: str) -> CaseEvent:
    return CaseEvent(
        event.at,
        event.kind,
        event.actor_kind,
        clean(event.actor) or source,
        agency=event.agency,
        reason=clean(event.reason),
        text=clean(event.text),
    )


def clean(text: _Text) -> _Text:
    """A text without NUL, which PostgreSQL cannot keep and nobody can read."""
    return text if text is None or "\x00" not in text else text.replace("\x00", "")


def _as_seen_by(category: str, city: City) -> City:
    """The city without the routing rules of other categories: most of them need not be asked."""
    return replace(city, rules=tuple(rule for rule in city.rules if rule.category in (None, category)))


def _without_rules(category: str, city: City) -> str:
    """Where everything of a category goes that no rule speaks of."""
    return route(RoutingFacts(category, "", None, datetime.min), city).agency


def _classes(city: City) -> Mapping[str, str]:
    """Every way to call a service class, and its code."""
    names: dict[str, str] = {}
    for service_class in city.classes.values():
        for name in _calls(service_class.code, service_class.name.values(), service_class.words):
            names.setdefault(name, service_class.code)
    return names


def _calls(code: str, names: Iterable[str], words: Iterable[str]) -> list[str]:
    return [_squeezed(text) for text in (code, *names, *words)]


def _squeezed(label: str) -> str:
    return "".join(letter for letter in label.casefold() if letter.isalnum())
