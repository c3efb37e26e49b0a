"""Simulates the operators and agencies: most act in time, some late, one agency is silent for days.

All events of a report are decided at its receipt, by the seed. At the city's normal pace their times are shares of the
policy's targets in working time; at the accelerated pace they are minutes of real time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from data.domain.cases.classification import Classifier
from data.domain.cases.model import ActorKind, EventKind
from data.domain.cases.routing import RoutingFacts, route
from data.domain.city.model import TRIAGE, City, Policy, Priority, in_force
from data.domain.sla.worktime import Calendar
from ingest.source import OTHER
from ingest.sources.simulator.agency_texts import agency_text, pause_text

LONGEST = timedelta(days=40)
"""Every case has ended after this time."""

_LONGEST_WAIT = timedelta(days=2.9)
"""Below the cap of every pause."""
_FAST = {"verify": timedelta(seconds=100), "respond": timedelta(minutes=9), "resolve": timedelta(minutes=34)}
"""The targets at the accelerated pace, in place of the policy's."""
_OTHERS = {"dpupr": "dpkpp", "dpkpp": "dpupr", "dishub": "satpolpp", "satpolpp": "dishub", "dlh": "dpupr"}
"""The agency to which each agency transfers cases that are not its own."""
_ANYBODY = ("diskominfo", "setda", "dpmptsp", "satpolpp")
"""Agencies for cases without a routing rule."""
_ROOM = "Operator command center"


@dataclass(frozen=True, slots=True)
class SimulatedReport:
    """A report by a citizen."""

    external_id: str
    at: datetime
    category: str
    title: str
    text: str
    lat: float
    lon: float
    address: str
    village: str
    """Its code."""


@dataclass(frozen=True, slots=True)
class SimulatedEvent:
    """A later event of a report."""

    at: datetime
    kind: EventKind
    by: ActorKind
    actor: str
    agency: str | None = None
    reason: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class _CaseContext:
    """One report with its agency and policy; `after(start, clock, share)` gives the time when that share of the clock's
    target is used."""

    report: SimulatedReport
    agency: str
    policy: Policy
    rng: Random
    after: Callable[[datetime, str, float], datetime]
    verify: timedelta

    def text(self, kind: EventKind) -> str | None:
        return agency_text(kind, self.report.category, self.rng.randrange(12))


class AgencySimulator:
    """Decides the events of reports. silent: agencies that handle their reports only once in `silent_days` days."""

    def __init__(self, city: City, calendars: Mapping[str, Calendar], silent: Sequence[str], silent_days: int) -> None:
        self._city, self._calendars, self._classifier = city, calendars, Classifier(city)
        self._silent = {agency: n * silent_days // len(silent) for n, agency in enumerate(silent)}
        """Each silent agency has a day of its own, so that they do not all act on the same day."""
        self._silent_days = silent_days

    def is_silent(self, agency: str) -> bool:
        return agency in self._silent

    def folds(self, report: SimulatedReport) -> bool:
        """Whether further reports of the same event are merged into it."""
        return self._city.categories[report.category].incident is not None

    def agency_of(self, report: SimulatedReport, local: datetime, rng: Random) -> str:
        """The agency by the city's routing; for triage, one of _ANYBODY."""
        text = f"{report.title}\n{report.text}"
        chosen = self._classifier.classify(text).chosen if report.category == OTHER else None
        facts = RoutingFacts(report.category, text, report.village, local, chosen.agency if chosen else None)
        agency = route(facts, self._city).agency
        if agency == TRIAGE:
            agency = rng.choice([code for code in _ANYBODY if code in self._city.agencies] or [TRIAGE])
        return agency

    def events_of(self, report: SimulatedReport, agency: str, rng: Random, *, fast: bool) -> tuple[SimulatedEvent, ...]:
        """All later events of the report, in order of time."""
        zone = ZoneInfo(self._city.timezone)
        versions = self._city.policies[self._city.categories[report.category].policy]
        policy = in_force(versions, report.at.astimezone(zone).date())
        after, verify = (_fast, _FAST["verify"]) if fast else (self._working(policy), policy.verify)
        context = _CaseContext(report, agency, policy, rng, after, verify)
        limit = report.at + LONGEST
        events = [replace(event, at=min(event.at, limit).replace(microsecond=0)) for event in self._events(context)]
        return tuple(sorted(events, key=lambda event: event.at))

    def _working(self, policy: Policy) -> Callable[[datetime, str, float], datetime]:
        calendar = self._calendars[policy.calendar]

        def after(start: datetime, clock: str, share: float) -> datetime:
            target: timedelta = getattr(policy, clock)
            return calendar.add(start, int(target.total_seconds() * share))

        return after

    def _events(self, context: _CaseContext) -> Iterator[SimulatedEvent]:
        dispatched = self._dispatched_at(context)
        by_system = dispatched == context.report.at
        if not by_system:
            yield _room(context, dispatched, EventKind.VERIFIED)
            if context.rng.random() < 0.025:
                yield replace(_room(context, dispatched, EventKind.REJECTED), reason="not_ours")
                return
        who = (ActorKind.SYSTEM, "") if by_system else (ActorKind.OPERATOR, _ROOM)
        yield SimulatedEvent(dispatched, EventKind.DISPATCHED, *who, agency=context.agency)
        if context.agency in self._silent:
            yield from self._silently(context, dispatched)
        elif context.rng.random() < 0.03 and _OTHERS.get(context.agency) in self._city.agencies:
            moved = context.after(dispatched, "respond", context.rng.uniform(0.1, 0.4))
            other = _OTHERS[context.agency]
            yield replace(_theirs(context, moved, EventKind.TRANSFERRED), agency=other, reason="not_ours")
            yield from self._work(replace(context, agency=other), moved)
        else:
            yield from self._work(context, dispatched)

    def _dispatched_at(self, context: _CaseContext) -> datetime:
        """Critical cases at once, by the system; others when an operator has verified them, day or night."""
        category = self._city.categories[context.report.category]
        if category.priority is Priority.CRITICAL and category.agency != TRIAGE:
            return context.report.at
        share = context.rng.uniform(1.05, 1.7) if context.rng.random() < 0.04 else context.rng.uniform(0.06, 0.7)
        return context.report.at + context.verify * share

    def _work(self, context: _CaseContext, dispatched: datetime) -> Iterator[SimulatedEvent]:
        rng = context.rng
        share = _share(rng, late=0.07, slow=0.05, quick=(2, 3.6))
        answered = context.after(dispatched, "respond", share)
        yield _theirs(
            context, context.after(dispatched, "respond", share * rng.uniform(0.15, 0.6)), EventKind.ACKNOWLEDGED
        )
        yield _theirs(context, answered, EventKind.ANSWERED)
        share = 0.05 + _share(rng, late=0.05, slow=0.09, quick=(1.1, 6.2))
        resolved = max(context.after(context.report.at, "resolve", share), answered + timedelta(seconds=40))
        if rng.random() < 0.45:
            yield _theirs(context, answered + (resolved - answered) * rng.uniform(0.2, 0.7), EventKind.NOTE)
        waited = timedelta(0)
        if rng.random() < 0.12 and resolved - answered > timedelta(minutes=4):
            since = answered + (resolved - answered) * rng.uniform(0.1, 0.5)
            waited = min((resolved - answered) * rng.uniform(0.4, 1.2), _LONGEST_WAIT)
            yield from _pause(context, since, waited, rng.choice(context.policy.pauses))
        yield from self._finish(context, resolved + waited)

    def _finish(self, context: _CaseContext, resolved: datetime) -> Iterator[SimulatedEvent]:
        rng = context.rng
        yield _theirs(context, resolved, EventKind.RESOLVED)
        again = context.after(resolved, "resolve", rng.uniform(0.1, 0.3))
        if rng.random() < 0.015:
            yield SimulatedEvent(
                again, EventKind.REOPENED, ActorKind.CITIZEN, "", text=context.text(EventKind.REOPENED)
            )
            answered = context.after(again, "respond", rng.uniform(0.2, 0.6))
            yield _theirs(context, answered, EventKind.ANSWERED)
            again = max(context.after(again, "resolve", rng.uniform(0.15, 0.4)), answered + timedelta(minutes=2))
            yield _theirs(context, again, EventKind.RESOLVED)
            again = context.after(again, "resolve", 0.2)
        yield SimulatedEvent(again, EventKind.CLOSED, ActorKind.SYSTEM, "", text=context.text(EventKind.CLOSED))

    def _silently(self, context: _CaseContext, dispatched: datetime) -> Iterator[SimulatedEvent]:
        """No event for days; then, on one morning, all cases that have waited for two days or more."""
        days = self._silent_days - (dispatched.toordinal() + self._silent[context.agency]) % self._silent_days
        days += self._silent_days if days < 2 else 0
        morning = dispatched.replace(hour=2, minute=0, second=0, microsecond=0) + timedelta(days=days)
        morning += timedelta(minutes=context.rng.randrange(60))
        yield _theirs(context, morning, EventKind.ACKNOWLEDGED)
        yield _theirs(context, morning + timedelta(minutes=6), EventKind.ANSWERED)
        yield from self._finish(context, morning + timedelta(hours=3))


def ended_at(events: tuple[SimulatedEvent, ...]) -> datetime | None:
    """When the report was first resolved or rejected."""
    return next((event.at for event in events if event.kind in (EventKind.RESOLVED, EventKind.REJECTED)), None)


def _share(rng: Random, *, late: float, slow: float, quick: tuple[float, float]) -> float:
    """The share of a target that is used: mostly little, sometimes nearly all, sometimes more than all."""
    luck = rng.random()
    if luck < late:
        return rng.uniform(1.02, 1.33)
    return rng.uniform(0.7, 0.93) if luck < late + slow else 0.9 * rng.betavariate(*quick)


def _fast(start: datetime, clock: str, share: float) -> datetime:
    return start + _FAST[clock] * share


def _room(context: _CaseContext, at: datetime, kind: EventKind) -> SimulatedEvent:
    return SimulatedEvent(at, kind, ActorKind.OPERATOR, _ROOM, text=context.text(kind))


def _theirs(context: _CaseContext, at: datetime, kind: EventKind) -> SimulatedEvent:
    return SimulatedEvent(
        at, kind, ActorKind.AGENCY, f"Petugas {context.agency.upper()}", agency=context.agency, text=context.text(kind)
    )


def _pause(context: _CaseContext, since: datetime, length: timedelta, reason: str) -> Iterator[SimulatedEvent]:
    text = pause_text(reason, context.rng.randrange(12))
    yield replace(_theirs(context, since, EventKind.PAUSED), reason=reason, text=text)
    yield _theirs(context, since + length, EventKind.RESUMED)
