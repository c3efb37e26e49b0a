"""The way of a report, for who has its code: what was done, when, by which agency, what the reporter was answered.

Never told: who acted, internal notes, what the citizen wrote. Of a private category nothing but the steps is told, of a
report that is confidential by its reporter's wish neither category nor place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from dashboard.api.open311.masking import masked
from data.domain.cases.citizen_messages import ASKED_BACK
from data.domain.cases.model import (
    EN_ROUTE,
    NO_REPLY,
    TELLING,
    ActorKind,
    CaseEvent,
    CaseState,
    EventKind,
    without_undone,
)
from data.domain.city.model import TRIAGE, City
from layouts.kit.words import Words

WORD_OF_STATE = {
    CaseState.RECEIVED: "received",
    CaseState.DISPATCHED: "forwarded",
    CaseState.ACKNOWLEDGED: "working",
    CaseState.IN_PROGRESS: "working",
    CaseState.WAITING: "waiting",
    CaseState.RESOLVED: "done",
    CaseState.CLOSED: "done",
    CaseState.REJECTED: "refused",
    CaseState.MERGED: "joined",
}
"""`portal.state.WORD` of the locales."""
TOLD = frozenset(EventKind) - {EventKind.NOTE, EventKind.RATED, EventKind.UNDONE} - TELLING
ANSWERS = frozenset({EventKind.ANSWERED, EventKind.RESOLVED, EventKind.REJECTED, EventKind.CLOSED})
"""Kinds whose text is written to the citizen; so is that of a pause that waits for the citizen."""
_PERSONS = frozenset({ActorKind.AGENCY, ActorKind.OPERATOR})


Photos = Mapping[int, tuple[str, ...]]
"""Digests by the version of the event that they belong to."""


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the way."""

    at: datetime
    title: str
    said: str = ""
    """What an agency or the control room wrote."""
    photos: tuple[str, ...] = ()
    """Digests of those that belong to it, where they are shown at all."""


def steps(
    history: Sequence[CaseEvent], city: City, say: Words, *, silent: bool, photos: Photos | None = None
) -> list[Step]:
    """Those of one case, the newest first. `silent`: without agencies, categories, texts and photos."""
    found = [(event, _step(event, city, say, silent=silent)) for event in _told(history)][::-1]
    if not photos or silent:
        return [step for _, step in found]
    return [replace(step, photos=photos.get(event.version or 0, ())) if step.said else step for event, step in found]


def was_private(history: Sequence[CaseEvent], city: City) -> bool:
    """Whether the case ever had a private category; one that config.yaml no longer knows may have been."""
    named = [city.categories.get(event.category) for event in history if event.category]
    return any(category is None or category.private for category in named)


def after_merging(history: Sequence[CaseEvent], merged_at: datetime) -> list[CaseEvent]:
    """Of the case that speaks for a merged one, what happened to it since."""
    return [event for event in history if event.at >= merged_at and event.kind is not EventKind.RECEIVED]


def _told(history: Sequence[CaseEvent]) -> Iterator[CaseEvent]:
    return (event for event in without_undone(history) if _is_told(event) and not _is_empty_answer(event))


def _is_told(event: CaseEvent) -> bool:
    return event.kind in TOLD or event.is_en_route


def _is_empty_answer(event: CaseEvent) -> bool:
    """One that stands only because what ended the case answers it, too."""
    return event.kind is EventKind.ANSWERED and not event.text


def _step(event: CaseEvent, city: City, say: Words, *, silent: bool) -> Step:
    name = EN_ROUTE if event.is_en_route else event.kind
    if silent:
        return Step(event.at, say(f"portal.step.plain.{name}"))
    pause, category = city.pauses.get(event.reason or ""), city.categories.get(event.category or "")
    agency = city.agencies.get(event.agency or "")
    is_named = agency is not None and event.agency != TRIAGE
    title = say(
        f"portal.step.{name}" if is_named else f"portal.step.plain.{name}",
        agency=agency.short if agency else "",
        category=category.name[say.lang] if category else "",
        reason=pause.name[say.lang] if pause else "",
    )
    if event.kind is EventKind.CLOSED and event.reason == NO_REPLY:
        title = say("portal.step.no_reply")
    asks = event.kind is EventKind.PAUSED and event.reason == ASKED_BACK
    if event.kind is EventKind.PAUSED and pause is not None:
        title = _waits_for(pause.name[say.lang], event.until, city, say)
    is_answer = (event.kind in ANSWERS or asks) and event.actor_kind in _PERSONS
    return Step(event.at, title, masked(event.text) if is_answer and event.text else "")


def _waits_for(what: str, until: datetime | None, city: City, say: Words) -> str:
    if until is None:
        return say("portal.step.paused_for", reason=what)
    return say("portal.step.paused_until", reason=what, until=say.moment(until.astimezone(ZoneInfo(city.timezone))))
