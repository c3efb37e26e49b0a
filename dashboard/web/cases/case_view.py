"""What the pages of one case show, read in one transaction: to the desk, and to the responders of its agency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from dashboard.web.deps import WebDeps
from data.domain.access.roles import Person
from data.domain.cases.commands.model import CommandKind, Standing, actor_of
from data.domain.cases.commands.rules import is_verified, possible
from data.domain.cases.model import CaseEvent, EventKind, Precision, without_undone
from data.domain.cases.routing import Route, RoutingFacts, route
from data.domain.city.model import City
from data.domain.escalation.receivers import may_acknowledge
from data.domain.figures.boards import Near
from data.domain.sla.clocks import Clock, clocks
from data.domain.sla.terms import Terms, terms
from data.domain.sla.worktime import HorizonError
from data.reference.places.villages import by_code as villages
from data.store.cases.case_list import codes_of
from data.store.cases.cases import NewCase, Reporter, StoredCase, by_code, events_of, terms_for
from data.store.cases.commands import CommandRules, standing_of
from data.store.cases.incidents.folds import Fold, folds_under
from data.store.citizens import ratings, tracking
from data.store.db.engine import Connection
from data.store.escalation.steps import Raised, raised_of
from data.store.queries.case_rows import village_name
from data.store.queries.desk import surroundings
from data.store.queries.desk.surroundings import CasePhoto, OtherCase
from layouts.boards.maps import place_map
from layouts.boards.maps.place_map import Around, Place
from layouts.kit.tags import Tag


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """An event. `undone`: it was taken back."""

    event: CaseEvent
    undone: bool
    proofs: tuple[CasePhoto, ...]
    code: str = ""
    """Of the case that was folded into this one, whose event it is."""


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case for a person who may see it."""

    found: StoredCase
    standing: Standing
    can: frozenset[CommandKind]
    masked: bool
    """True: private, and not for this person: no text, place, reporter, photo."""
    verified: bool
    route: Route
    """Where the rules lead it, whatever became of it."""
    explanation: str
    """A stored reason: how its words were read; '' when its category stands by itself."""
    village: str | None
    history: tuple[HistoryLine, ...]
    clocks: tuple[Clock, ...]
    """Of the present cycle."""
    reporter: Reporter | None
    can_be_asked: bool
    """Something is known of the reporter, or a code was given out with which the report can be completed."""
    earlier: Sequence[OtherCase]
    near: Sequence[OtherCase]
    landmark: Near | None
    """What lies near its own position."""
    folded: Sequence[OtherCase]
    head: str | None
    photos: Sequence[CasePhoto]
    """Those that came with the report."""
    doubts: Sequence[str]
    """What makes its resolution worth a second look, for the desk."""
    asks: bool
    """Its reporter asks to reopen it."""
    raised: Raised | None
    """Of the ladder of escalation."""
    may_acknowledge: bool


class CaseViews:
    """Reads cases."""

    def __init__(self, deps: WebDeps) -> None:
        city, calendars = deps.config.city, deps.context.calendars
        self._city, self._zone, self._guide = city, ZoneInfo(city.timezone), deps.context.guide
        self._terms_of = partial(terms, city, calendars)
        self.rules = CommandRules(city, self._terms_of)

    def read(self, conn: Connection, code: str, person: Person, now: datetime) -> CaseView | None:
        """None: there is no such case for this person. Another agency's is not there, and a private one is only there
        for the agency that holds it."""
        found = by_code(conn, code)
        if found is None or not is_theirs(person, found):
            return None
        events, about = events_of(conn, found.id), terms_for(found, self._terms_of)
        standing, actor = standing_of(found, events, about), actor_of(person)
        masked = found.facts.private and not handles(person, found)
        audience, facts = person.audience, found.facts
        photos = [] if masked else surroundings.photos_of(conn, found.id)
        reporter = None if masked else surroundings.reporter_of(conn, found.id)
        all_agencies, raised = person.sees_all_agencies, raised_of(conn, found.id)
        return CaseView(
            found=found,
            standing=standing,
            can=frozenset() if actor is None else possible(actor, standing),
            masked=masked,
            verified=is_verified(standing),
            route=self._route(standing),
            explanation=next((event.text or "" for event in events if event.kind is EventKind.RECEIVED), ""),
            village=None if masked else village_name(facts.village or facts.district),
            history=history_lines(events, photos, folds_under(conn, found.id) if found.folded and all_agencies else ()),
            clocks=_clocks(events, about, found.status.cycle, now),
            reporter=reporter,
            can_be_asked=reporter is not None or tracking.code_of(conn, found.id) is not None,
            earlier=surroundings.earlier_of(conn, found, reporter, audience) if all_agencies else [],
            near=surroundings.near(conn, found, self._city, audience) if all_agencies and not masked else [],
            landmark=None if masked else self._landmark(conn, facts, now),
            folded=surroundings.folded_into(conn, found.id, audience) if found.folded else [],
            head=None if facts.head_id is None else codes_of(conn, [facts.head_id]).get(facts.head_id),
            photos=[photo for photo in photos if photo.version is None],
            doubts=surroundings.doubts(conn, found, events, photos) if all_agencies else [],
            asks=all_agencies and ratings.asks(conn, found.id),
            raised=raised,
            may_acknowledge=raised is not None and may_acknowledge(person, raised.receiver, raised.agency),
        )

    def _landmark(self, conn: Connection, facts: NewCase, now: datetime) -> Near | None:
        if facts.precision != Precision.EXACT or facts.lat is None or facts.lon is None:
            return None
        return self._guide.near(conn, facts.lat, facts.lon, now)

    def _route(self, standing: Standing) -> Route:
        local = standing.received_at.astimezone(self._zone)
        return route(RoutingFacts(standing.category, standing.words, standing.village, local), self._city)


def is_theirs(person: Person, found: StoredCase) -> bool:
    """Whether the case is there for this person."""
    routed_only = found.status.held_at is None and not person.sees_all_agencies
    return person.sees(found.status.agency) and not (found.facts.private and routed_only)


def handles(person: Person, found: StoredCase) -> bool:
    """Whether what is private of the case is for this person."""
    return person.handles_private(found.status.agency, held=found.status.held_at is not None)


def history_lines(
    events: Sequence[CaseEvent], photos: Sequence[CasePhoto], folds: Sequence[Fold] = ()
) -> tuple[HistoryLine, ...]:
    """Newest first, with what was folded into the case."""
    counted = without_undone(events)
    lines = [
        HistoryLine(event, event not in counted, tuple(one for one in photos if _proves(one, event)))
        for event in events
    ]
    joined = [HistoryLine(one.event, undone=False, proofs=(), code=one.code) for one in folds]
    lines = sorted([*reversed(joined), *lines], key=lambda line: line.event.at)
    return tuple(reversed(lines))


def _proves(photo: CasePhoto, event: CaseEvent) -> bool:
    return photo.version is not None and photo.version == event.version


def _clocks(events: Sequence[CaseEvent], about: Terms, cycle: int, now: datetime) -> tuple[Clock, ...]:
    """None when the calendar does not reach that far."""
    try:
        return tuple(one for one in clocks(events, about, now) if one.cycle == cycle)
    except HorizonError:
        return ()


def map_of(view: CaseView, deps: WebDeps, label: str) -> Tag | None:
    """Where it is, for who may see it."""
    if view.masked:
        return None
    facts = view.found.facts
    near = [(one.lat, one.lon) for one in view.near if one.lat is not None and one.lon is not None]
    names = {code: village.name for code, village in villages.items()}
    return place_map.draw(Place(facts.lat, facts.lon, facts.village), Around(near, names), deps.context.drawing, label)


def category_choices(city: City, lang: str) -> list[tuple[str, str]]:
    """Code and name of each category."""
    return [(code, category.name.get(lang, code)) for code, category in city.categories.items()]


def agency_choices(city: City) -> list[tuple[str, str]]:
    """Code and short name of each agency."""
    return sorted(((code, agency.short) for code, agency in city.agencies.items()), key=lambda pair: pair[1].lower())
