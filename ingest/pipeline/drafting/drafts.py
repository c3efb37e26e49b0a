"""Makes a draft of a record: checks, places, classifies and routes it, without a query to the store.

Times and agencies are checked here, because wrong ones would falsify clocks and queues for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from data.domain.cases.model import CONFIDENTIAL, INFERRED, WITHOUT_DATE, ActorKind, CaseEvent, EventKind, Precision
from data.domain.cases.routing import RoutingFacts, route
from data.domain.city.model import TRIAGE, Category, City, Policy, Priority, in_force
from data.domain.reasons import Reason, encode_reason, reason
from data.domain.sla.worktime import Calendar
from data.foreground import in_background
from data.reference.boundaries.areas import Boundaries
from data.texts import texts
from ingest.pipeline.drafting.categories import CategoryChoice, CategoryChooser
from ingest.pipeline.drafting.placing import Location, locate, locate_many
from ingest.source import Defaulted, Record, RecordEvent, Unreadable

SKEW = timedelta(hours=1)
"""How far a source's clock may be ahead of ours."""

FRESH = timedelta(days=1)
"""Up to this age the system acts on a new case itself: it dispatches critical cases and merges duplicates."""

ASSIGNED = frozenset({EventKind.DISPATCHED, EventKind.TRANSFERRED})
ENDED = frozenset({EventKind.RESOLVED, EventKind.CLOSED, EventKind.REJECTED, EventKind.MERGED})

_WORKED = frozenset({EventKind.ACKNOWLEDGED, EventKind.RESOLVED})
"""What an agency does with a case that it has."""
_INFERRED_TEXT = encode_reason(reason("note.inferred"))
TURNED = "turned"
"""The reason of the note that latitude and longitude came exchanged."""

_UNPLACED = {Precision.NONE: Defaulted.NO_PLACE, Precision.DISTRICT: Defaulted.DISTRICT_ONLY}
_Text = TypeVar("_Text", str, str | None)


class DraftEvent(NamedTuple):
    """A completed event of a record. It has the fields of RecordEvent, and is faster to create."""

    at: datetime
    kind: EventKind
    actor_kind: ActorKind = ActorKind.SYSTEM
    actor: str = ""
    agency: str | None = None
    reason: str | None = None
    text: str | None = None


class Draft(NamedTuple):
    """A record with its category, policy, place and agency."""

    record: Record
    choice: CategoryChoice
    policy: Policy
    """The version in force on the day of receipt; a new case keeps it."""
    service_class: str
    location: Location
    agency: str
    """The agency that the source names, else the one from routing, else triage."""
    later: Sequence[RecordEvent | DraftEvent]
    """The events after receipt; each dispatch and transfer names its agency."""
    map: int
    """The number of the map by which it was placed."""
    has_class: bool = True
    """False: the record names no service class that is known."""

    @property
    def category(self) -> Category:
        return self.choice.category

    @property
    def private(self) -> bool:
        """Whether the category, the words or the source make it confidential."""
        return self.category.private or self.record.private or self.choice.private

    @property
    def defaulted(self) -> Defaulted:
        """What the record did not tell."""
        found = Defaulted.NONE if self.has_class else Defaulted.CLASS
        found |= Defaulted.TRIAGE if self.agency == TRIAGE else Defaulted.NONE
        return found | _UNPLACED.get(self.location.precision, Defaulted.NONE)

    def is_fresh(self, now: datetime) -> bool:
        """Whether it is younger than FRESH, and open."""
        return now - self.record.received_at < FRESH and not any(event.kind in ENDED for event in self.later)

    def received(self) -> CaseEvent:
        """The RECEIVED event, which stores the terms at receipt and the agency from routing."""
        return CaseEvent(
            self.record.received_at,
            EventKind.RECEIVED,
            ActorKind.CITIZEN,
            agency=self.agency,
            category=self.category.code,
            policy=self.policy.code,
            policy_version=self.policy.version,
            text=self.choice.explanation,
            reason=CONFIDENTIAL if self.record.private else None,
        )

    def source_changed_at(self) -> datetime | None:
        """The source's own time of the last change: `updated_at`, else the last dated event. None: it dates nothing."""
        dated = (event.at for event in self.later if event.reason not in WITHOUT_DATE)
        return self.record.updated_at or max(dated, default=None)

    def reporter(self) -> tuple[str | None, ...] | None:
        """The reporter, in the order of Reporter's fields; None when all are empty."""
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
        """All events with the receipt. Where an event names no actor, the source is the actor."""
        return [self.received(), *(_case_event(event, source) for event in self.later)]


def dispatch_by_system(draft: Draft, now: datetime) -> list[CaseEvent]:
    """The automatic dispatch of a critical case; empty for others.

    A report is verified by a person in the control room: it stays `received`, in the column of the agency that it is
    routed to, until an operator dispatches it. Only a fresh case of critical priority is dispatched at once, when it
    has no dispatch yet and its agency is known: a landslide cannot wait.
    """
    handed_over = any(event.kind in ASSIGNED for event in draft.later)
    if (
        draft.choice.priority is not Priority.CRITICAL
        or handed_over
        or draft.agency == TRIAGE
        or not draft.is_fresh(now)
    ):
        return []
    at = max(now, draft.record.received_at)
    return [CaseEvent(at, EventKind.DISPATCHED, ActorKind.SYSTEM, agency=draft.agency)]


class Drafter:
    """Makes drafts from records. It uses the city's configuration, and not the store."""

    def __init__(self, city: City, calendars: Mapping[str, Calendar], boundaries: Boundaries) -> None:
        """Raises ValueError when the city has no category for unknown labels."""
        self._chooser = CategoryChooser(city)
        self.boundaries = boundaries
        self._city, self._zone = city, ZoneInfo(city.timezone)
        self._first = max(
            datetime.combine(calendar.first, time.min, self._zone).astimezone(UTC) for calendar in calendars.values()
        )
        self._agencies = frozenset(city.agencies) | {TRIAGE}
        self._city_of_category = {code: _city_for(code, city) for code in city.categories}
        self._fixed_agency = {
            code: _default_agency(code, seen) for code, seen in self._city_of_category.items() if not seen.rules
        }
        self._classes = _classes(city)

    def draft(self, record: Record, now: datetime) -> Draft:
        """The draft of one record. Raises Unreadable, which names field, value and what is right."""
        ground = self.boundaries
        return self._draft(record, locate(record, ground), ground.number, now + SKEW)

    def draft_many(self, records: Sequence[Record], now: datetime) -> list[Draft | Unreadable]:
        """For each record its draft, or the error."""
        ground, drafts = self.boundaries, list[Draft | Unreadable]()
        for record, location in in_background(zip(records, locate_many(records, ground), strict=True)):
            try:
                drafts.append(self._draft(record, location, ground.number, now + SKEW))
            except Unreadable as fault:
                drafts.append(fault)
        return drafts

    def _draft(self, record: Record, location: Location, number: int, latest: datetime) -> Draft:
        self._check(record, latest)
        choice = self._chooser.choose(record, fresh=latest - SKEW - record.received_at < FRESH)
        policy = in_force(self._city.policies[choice.category.policy], record.received_at.astimezone(self._zone).date())
        agency = self._agency(record, choice, location)
        later = _later(record, agency)
        service_class = self._class_of(record.service_class)
        known = service_class or self._city.default_class
        return Draft(record, choice, policy, known, location, agency, later, number, service_class is not None)

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
            return reason("record.before_calendar", field=field, at=_formatted(at), first=first)
        return reason("record.in_future", field=field, at=_formatted(at))

    def _wrong_agency(self, field: str, code: str) -> Reason:
        allowed = tuple(sorted(self._agencies))
        return reason("record.unknown_agency", field=field, value=repr(code), allowed=allowed)

    def _class_of(self, label: str | None) -> str | None:
        """The class by code, name or one of `words`; None for an unknown or missing one."""
        return None if label is None else self._classes.get(normalized_label(label))

    def _agency(self, record: Record, choice: CategoryChoice, location: Location) -> str:
        told = record.agency or next((event.agency for event in record.events if event.kind in ASSIGNED), None)
        if told is not None:
            return told
        code = choice.category.code
        if choice.agency is None and code in self._fixed_agency:
            return self._fixed_agency[code]
        at = record.received_at.astimezone(self._zone)
        facts = RoutingFacts(code, f"{record.title}\n{record.text}", location.village, at, choice.agency)
        return route(facts, self._city_of_category[code]).agency


def _later(record: Record, agency: str) -> Sequence[RecordEvent | DraftEvent]:
    """The record's events for the store, with the dispatch that it does not tell.

    A record that names an agency was dispatched to it at receipt. One that names none, and tells of work, must have
    been dispatched by then to the agency that it is routed to: that dispatch is INFERRED, and so is one that a mapping
    infers from a status. An inferred one counts only where no other is told.
    """
    events: Sequence[RecordEvent | DraftEvent] = record.events
    told = inferred = False
    for event in record.events:
        if event.kind in ASSIGNED:
            told, inferred = told or event.reason != INFERRED, inferred or event.reason == INFERRED
            if event.agency is None:
                events = [_assigned_to(agency, one) if one is event else one for one in events]
        elif event.kind is EventKind.RECEIVED:
            events = [one for one in events if one is not event]
    if inferred and told:
        events = [one for one in events if one.kind not in ASSIGNED or one.reason != INFERRED]
    elif not told and record.agency is not None and not inferred:
        events = [DraftEvent(record.received_at, EventKind.DISPATCHED, agency=agency), *events]
    elif not told and not inferred and agency != TRIAGE:
        events = _with_inferred_dispatch(events, agency)
    if record.swapped:
        text = texts("id").sentence(reason("note.turned"))
        events = [DraftEvent(record.received_at, EventKind.NOTE, reason=TURNED, text=text), *events]
    return events


def _with_inferred_dispatch(
    events: Sequence[RecordEvent | DraftEvent], agency: str
) -> Sequence[RecordEvent | DraftEvent]:
    """With a dispatch before the first work: the earliest moment at which the agency is known to have had it."""
    place = next((n for n, event in enumerate(events) if event.kind in _WORKED), None)
    if place is None:
        return events
    at = events[place].at
    dispatch = DraftEvent(at, EventKind.DISPATCHED, agency=agency, reason=INFERRED, text=_INFERRED_TEXT)
    return [*events[:place], dispatch, *events[place:]]


def _ended_before_receipt(n: int, event: RecordEvent, record: Record) -> Reason:
    ended, received = _formatted(event.at), _formatted(record.received_at)
    return reason("record.ended_before_receipt", n=str(n), kind=str(event.kind), ended=ended, received=received)


def _formatted(at: datetime) -> str:
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
        text=clean(event.text) or None,  # an empty text is one that was erased
    )


def clean(text: _Text) -> _Text:
    """The text without NUL, which PostgreSQL cannot store."""
    return text if text is None or "\x00" not in text else text.replace("\x00", "")


def _city_for(category: str, city: City) -> City:
    """The city with only the routing rules that can match the category, to make routing faster."""
    return replace(city, rules=tuple(rule for rule in city.rules if rule.category in (None, category)))


def _default_agency(category: str, city: City) -> str:
    """The agency of a category without routing rules."""
    return route(RoutingFacts(category, "", None, datetime.min), city).agency


def _classes(city: City) -> Mapping[str, str]:
    """The codes of the service classes by each of their labels."""
    names: dict[str, str] = {}
    for service_class in city.classes.values():
        for name in _labels(service_class.code, service_class.name.values(), service_class.words):
            names.setdefault(name, service_class.code)
    return names


def _labels(code: str, names: Iterable[str], words: Iterable[str]) -> list[str]:
    return [normalized_label(text) for text in (code, *names, *words)]


def normalized_label(label: str) -> str:
    return "".join(letter for letter in label.casefold() if letter.isalnum())
