"""What operators and agencies do with a report, and when: most in time, some late, one agency silent for days.

A life is decided at receipt, by the seed. In the city's own rhythm its moments are shares of the policy's targets
in working time; in the accelerated rhythm they are minutes on the wall clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from data.domain.cases.classification import Classifier
from data.domain.cases.model import ActorKind, EventKind
from data.domain.cases.routing import RoutingFacts, route
from data.domain.city.model import TRIAGE, City, Policy, Priority
from data.domain.sla.worktime import Calendar
from ingest.source import OTHER
from ingest.sources.simulator.agency_texts import pause_words, words

LONGEST = timedelta(days=40)
"""Every life has ended by then."""

_LONGEST_WAIT = timedelta(days=2.9)
"""Below the cap of every pause."""
_FAST = {"verify": timedelta(seconds=100), "respond": timedelta(minutes=9), "resolve": timedelta(minutes=34)}
"""What stands for a policy's targets in the accelerated rhythm."""
_OTHERS = {"dpupr": "dpkpp", "dpkpp": "dpupr", "dishub": "satpolpp", "satpolpp": "dishub", "dlh": "dpupr"}
"""To whom an agency transfers what is not its own."""
_ANYBODY = ("diskominfo", "setda", "dpmptsp", "satpolpp")
"""To whom the control room sends what no rule gives to anybody."""
_ROOM = "Operator command center"


@dataclass(frozen=True, slots=True)
class Report:
    """What came in."""

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
class Step:
    """Something that happens to it later."""

    at: datetime
    kind: EventKind
    by: ActorKind
    actor: str
    agency: str | None = None
    reason: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class _Way:
    """One report's way through the city: after a moment, so much of a target later."""

    report: Report
    agency: str
    policy: Policy
    chance: Random
    after: Callable[[datetime, str, float], datetime]
    verify: timedelta

    def say(self, kind: EventKind) -> str | None:
        return words(kind, self.report.category, self.chance.randrange(12))


class Agencies:
    """Decides lives. `silent`: agencies that look at their reports only once in `silent_days` days."""

    def __init__(self, city: City, calendars: Mapping[str, Calendar], silent: Sequence[str], silent_days: int) -> None:
        self._city, self._calendars, self._classifier = city, calendars, Classifier(city)
        self._silent = {agency: n * silent_days // len(silent) for n, agency in enumerate(silent)}
        """Each one's own day: never do all of them speak at once."""
        self._silent_days = silent_days

    def is_silent(self, agency: str) -> bool:
        """Whether it is one of the silent ones."""
        return agency in self._silent

    def folds(self, report: Report) -> bool:
        """Whether further reports of the same event are folded into it."""
        return self._city.categories[report.category].incident is not None

    def agency_of(self, report: Report, local: datetime, chance: Random) -> str:
        """Who gets it, by the city's rules; the control room finds somebody for what they give to nobody."""
        text = f"{report.title}\n{report.text}"
        said = self._classifier.classify(text).chosen if report.category == OTHER else None
        facts = RoutingFacts(report.category, text, report.village, local, said.agency if said else None)
        agency = route(facts, self._city).agency
        if agency == TRIAGE:
            agency = chance.choice([code for code in _ANYBODY if code in self._city.agencies] or [TRIAGE])
        return agency

    def life(self, report: Report, agency: str, chance: Random, *, fast: bool) -> tuple[Step, ...]:
        """Everything that will happen to the report, in order of time."""
        policy = self._city.policies[self._city.categories[report.category].policy][-1]
        after, verify = (_fast, _FAST["verify"]) if fast else (self._working(policy), policy.verify)
        way = _Way(report, agency, policy, chance, after, verify)
        limit = report.at + LONGEST
        steps = [replace(step, at=min(step.at, limit).replace(microsecond=0)) for step in self._steps(way)]
        return tuple(sorted(steps, key=lambda step: step.at))

    def _working(self, policy: Policy) -> Callable[[datetime, str, float], datetime]:
        calendar = self._calendars[policy.calendar]

        def after(start: datetime, clock: str, share: float) -> datetime:
            target: timedelta = getattr(policy, clock)
            return calendar.add(start, int(target.total_seconds() * share))

        return after

    def _steps(self, way: _Way) -> Iterator[Step]:
        dispatched = self._dispatched_at(way)
        by_system = dispatched == way.report.at
        if not by_system:
            yield _room(way, dispatched, EventKind.VERIFIED)
            if way.chance.random() < 0.025:
                yield replace(_room(way, dispatched, EventKind.REJECTED), reason="not_ours")
                return
        who = (ActorKind.SYSTEM, "") if by_system else (ActorKind.OPERATOR, _ROOM)
        yield Step(dispatched, EventKind.DISPATCHED, *who, agency=way.agency)
        if way.agency in self._silent:
            yield from self._silently(way, dispatched)
        elif way.chance.random() < 0.03 and _OTHERS.get(way.agency) in self._city.agencies:
            moved = way.after(dispatched, "respond", way.chance.uniform(0.1, 0.4))
            other = _OTHERS[way.agency]
            yield replace(_theirs(way, moved, EventKind.TRANSFERRED), agency=other, reason="not_ours")
            yield from self._work(replace(way, agency=other), moved)
        else:
            yield from self._work(way, dispatched)

    def _dispatched_at(self, way: _Way) -> datetime:
        """At once what is critical, by the system; else when an operator has looked at it: the room never closes."""
        category = self._city.categories[way.report.category]
        if category.priority is Priority.CRITICAL and category.agency != TRIAGE:
            return way.report.at
        share = way.chance.uniform(1.05, 1.7) if way.chance.random() < 0.04 else way.chance.uniform(0.06, 0.7)
        return way.report.at + way.verify * share

    def _work(self, way: _Way, dispatched: datetime) -> Iterator[Step]:
        chance = way.chance
        share = _share(chance, late=0.07, slow=0.05, quick=(2, 3.6))
        answered = way.after(dispatched, "respond", share)
        yield _theirs(way, way.after(dispatched, "respond", share * chance.uniform(0.15, 0.6)), EventKind.ACKNOWLEDGED)
        yield _theirs(way, answered, EventKind.ANSWERED)
        share = 0.05 + _share(chance, late=0.05, slow=0.09, quick=(1.1, 6.2))
        resolved = max(way.after(way.report.at, "resolve", share), answered + timedelta(seconds=40))
        if chance.random() < 0.45:
            yield _theirs(way, answered + (resolved - answered) * chance.uniform(0.2, 0.7), EventKind.NOTE)
        waited = timedelta(0)
        if chance.random() < 0.12 and resolved - answered > timedelta(minutes=4):
            since = answered + (resolved - answered) * chance.uniform(0.1, 0.5)
            waited = min((resolved - answered) * chance.uniform(0.4, 1.2), _LONGEST_WAIT)
            yield from _pause(way, since, waited, chance.choice(way.policy.pauses))
        yield from self._finish(way, resolved + waited)

    def _finish(self, way: _Way, resolved: datetime) -> Iterator[Step]:
        chance = way.chance
        yield _theirs(way, resolved, EventKind.RESOLVED)
        again = way.after(resolved, "resolve", chance.uniform(0.1, 0.3))
        if chance.random() < 0.015:
            yield Step(again, EventKind.REOPENED, ActorKind.CITIZEN, "", text=way.say(EventKind.REOPENED))
            answered = way.after(again, "respond", chance.uniform(0.2, 0.6))
            yield _theirs(way, answered, EventKind.ANSWERED)
            again = max(way.after(again, "resolve", chance.uniform(0.15, 0.4)), answered + timedelta(minutes=2))
            yield _theirs(way, again, EventKind.RESOLVED)
            again = way.after(again, "resolve", 0.2)
        yield Step(again, EventKind.CLOSED, ActorKind.SYSTEM, "", text=way.say(EventKind.CLOSED))

    def _silently(self, way: _Way, dispatched: datetime) -> Iterator[Step]:
        """Nothing for days; then, on one morning, everything that has waited for two days or more."""
        days = self._silent_days - (dispatched.toordinal() + self._silent[way.agency]) % self._silent_days
        days += self._silent_days if days < 2 else 0
        morning = dispatched.replace(hour=2, minute=0, second=0, microsecond=0) + timedelta(days=days)
        morning += timedelta(minutes=way.chance.randrange(60))
        yield _theirs(way, morning, EventKind.ACKNOWLEDGED)
        yield _theirs(way, morning + timedelta(minutes=6), EventKind.ANSWERED)
        yield from self._finish(way, morning + timedelta(hours=3))


def ended_at(steps: tuple[Step, ...]) -> datetime | None:
    """When the report was first done with."""
    return next((step.at for step in steps if step.kind in (EventKind.RESOLVED, EventKind.REJECTED)), None)


def _share(chance: Random, *, late: float, slow: float, quick: tuple[float, float]) -> float:
    """How much of a target is used: mostly little of it, sometimes nearly all, sometimes more than all."""
    luck = chance.random()
    if luck < late:
        return chance.uniform(1.02, 1.33)
    return chance.uniform(0.7, 0.93) if luck < late + slow else 0.9 * chance.betavariate(*quick)


def _fast(start: datetime, clock: str, share: float) -> datetime:
    return start + _FAST[clock] * share


def _room(way: _Way, at: datetime, kind: EventKind) -> Step:
    return Step(at, kind, ActorKind.OPERATOR, _ROOM, text=way.say(kind))


def _theirs(way: _Way, at: datetime, kind: EventKind) -> Step:
    return Step(at, kind, ActorKind.AGENCY, f"Petugas {way.agency.upper()}", agency=way.agency, text=way.say(kind))


def _pause(way: _Way, since: datetime, length: timedelta, reason: str) -> Iterator[Step]:
    text = pause_words(reason, way.chance.randrange(12))
    yield replace(_theirs(way, since, EventKind.PAUSED), reason=reason, text=text)
    yield _theirs(way, since + length, EventKind.RESUMED)
