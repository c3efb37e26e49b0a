"""Simple histories: those whose standing follows from a handful of moments (see `bulk`).

A history is simple when it holds, at most once each and in this order, received (first), verified,
dispatched, acknowledged, answered, then resolved and closed, or rejected, then rated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

import numpy as np

from data.domain.cases import ActorKind, EventKind
from data.domain.city import TRIAGE
from data.domain.worktime import epoch

NONE = int(np.iinfo(np.int64).min)
"""In an array of moments: it has not happened."""


class Step(Protocol):
    """What is asked of an event; a CaseEvent is one."""

    @property
    def at(self) -> datetime:
        """Aware."""

    @property
    def kind(self) -> EventKind:
        """What happened."""

    @property
    def actor_kind(self) -> ActorKind:
        """Who did it."""

    @property
    def agency(self) -> str | None:
        """To whom, or by whom; None: by the one that holds the case."""


class Row(NamedTuple):
    """One simple history. Epoch seconds; NONE where nothing happened."""

    received: int
    dispatched: int
    acknowledged: int
    """By the agency: said so, or shown by an answer or a resolution of its own."""
    answered: int
    """By a person."""
    resolved: int
    closed: int
    rejected: int
    updated: int
    worked: bool
    """The agency itself answered, so that an open case is in progress."""
    agency: str
    """Whose column it stands in: see Standing."""


_ORDER: Mapping[EventKind, int] = {
    EventKind.RECEIVED: 0,
    EventKind.VERIFIED: 1,
    EventKind.DISPATCHED: 2,
    EventKind.ACKNOWLEDGED: 3,
    EventKind.ANSWERED: 4,
    EventKind.RESOLVED: 5,
    EventKind.CLOSED: 6,
    EventKind.REJECTED: 7,
    EventKind.RATED: 8,
}
_PERSONS = (ActorKind.OPERATOR, ActorKind.AGENCY)


def simple(events: Iterable[Step]) -> Row | None:
    """The row of a simple history; None when it is not simple or not in order of time."""
    steps: list[Step | None] = [None] * len(_ORDER)
    place, at = -1, NONE
    for event in events:
        before, place, at_before, at = place, _ORDER.get(event.kind, -1), at, epoch(event.at)
        if place <= before or at < at_before:
            return None
        steps[place] = event
    return _row(steps, at)


def _row(steps: list[Step | None], updated: int) -> Row | None:
    received, _, dispatched, acknowledged, answered, resolved, closed, rejected, _ = steps
    if received is None or (rejected and (resolved or closed)):
        return None
    agency = (dispatched.agency if dispatched else None) or TRIAGE
    return Row(
        epoch(received.at),
        _moment(dispatched) if agency != TRIAGE else NONE,
        _moment(_acknowledging(agency, acknowledged, answered, resolved)),
        _moment(answered) if answered and answered.actor_kind in _PERSONS else NONE,
        _moment(resolved),
        _moment(closed),
        _moment(rejected),
        updated,
        answered is not None and _by_holder(answered, agency),
        agency if dispatched or resolved or closed or rejected else received.agency or TRIAGE,
    )


def _acknowledging(agency: str, said: Step | None, answered: Step | None, resolved: Step | None) -> Step | None:
    """The first that shows the holding agency to have seen it; an acknowledgement may be entered for it."""
    if said and agency != TRIAGE and said.agency in (None, agency):
        return said
    return next((step for step in (answered, resolved) if step and _by_holder(step, agency)), None)


def _by_holder(step: Step, agency: str) -> bool:
    return agency != TRIAGE and step.actor_kind is ActorKind.AGENCY and step.agency in (None, agency)


def _moment(step: Step | None) -> int:
    return epoch(step.at) if step else NONE
