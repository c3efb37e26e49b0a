"""Bulk-eligible histories: those whose status follows from a few moments (see `bulk_status`).

A history is bulk-eligible when it holds, at most once each and in this order, received (first), verified,
dispatched, acknowledged, answered, then resolved and closed, or rejected, then rated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

import numpy as np

from data.domain.cases.model import WITHOUT_DATE, ActorKind, EventKind, Undated
from data.domain.city.model import TRIAGE
from data.domain.sla.worktime import epoch

NONE = int(np.iinfo(np.int64).min)
"""In an array of moments: the event has not happened."""


class BulkEvent(Protocol):
    """The fields of an event that `bulk_row` reads; CaseEvent fits."""

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
        """The agency that receives the case or acts on it; None: the agency that holds the case."""

    @property
    def reason(self) -> str | None:
        """One of WITHOUT_DATE: its moment is not the real one."""


class BulkRow(NamedTuple):
    """One bulk-eligible history. Epoch seconds; NONE where nothing happened."""

    received: int
    dispatched: int
    acknowledged: int
    """By the holding agency: an acknowledgement, else its own first answer or resolution."""
    answered: int
    """By a person."""
    resolved: int
    closed: int
    rejected: int
    updated: int
    worked: bool
    """The agency itself answered, so that an open case is in progress."""
    undated: int
    """See CaseStatus.undated."""
    agency: str
    """See CaseStatus.agency."""


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
_RECEIVED, _DISPATCHED, _ANSWERED, _RESOLVED, _CLOSED, _REJECTED = 0, 2, 4, 5, 6, 7
_PERSONS = (ActorKind.OPERATOR, ActorKind.AGENCY)


def bulk_row(events: Sequence[BulkEvent], seconds: Sequence[int] | None = None) -> BulkRow | None:
    """The row of a history; None when it is not bulk-eligible or not in order of time.

    seconds: the events' moments in epoch seconds, where the caller has them already.
    """
    steps: list[BulkEvent | None] = [None] * len(_ORDER)
    moments = [NONE] * len(_ORDER)
    place, at = -1, NONE
    for event, second in zip(events, [epoch(each.at) for each in events] if seconds is None else seconds, strict=True):
        before, place = place, _ORDER.get(event.kind, -1)
        if place <= before or second < at:
            return None
        steps[place], moments[place], at = event, second, second
    return _bulk_row(steps, moments, at)


def _bulk_row(steps: list[BulkEvent | None], moments: list[int], updated: int) -> BulkRow | None:
    received, _, dispatched, acknowledged, answered, resolved, closed, rejected, _ = steps
    if received is None or (rejected and (resolved or closed)):
        return None
    agency = (dispatched.agency if dispatched else None) or TRIAGE
    acknowledgement = _acknowledgement(agency, acknowledged, answered, resolved)
    held, heard = agency != TRIAGE, answered is not None and answered.actor_kind in _PERSONS
    return BulkRow(
        moments[_RECEIVED],
        moments[_DISPATCHED] if held else NONE,
        NONE if acknowledgement is None else moments[_ORDER[acknowledgement.kind]],
        moments[_ANSWERED] if heard else NONE,
        moments[_RESOLVED],
        moments[_CLOSED],
        moments[_REJECTED],
        updated,
        answered is not None and _by_holder(answered, agency),
        _undated(dispatched if held else None, answered if heard else None, resolved or closed or rejected),
        agency if dispatched or resolved or closed or rejected else received.agency or TRIAGE,
    )


def _undated(dispatched: BulkEvent | None, answered: BulkEvent | None, end: BulkEvent | None) -> int:
    pairs = ((Undated.DISPATCH, dispatched), (Undated.ANSWER, answered), (Undated.END, end))
    return sum(which for which, event in pairs if event is not None and event.reason in WITHOUT_DATE)


def _acknowledgement(
    agency: str, acknowledged: BulkEvent | None, answered: BulkEvent | None, resolved: BulkEvent | None
) -> BulkEvent | None:
    """The first event which shows that the holding agency has seen the case.

    Another actor may enter the acknowledgement for the agency.
    """
    if acknowledged and agency != TRIAGE and acknowledged.agency in (None, agency):
        return acknowledged
    return next((step for step in (answered, resolved) if step and _by_holder(step, agency)), None)


def _by_holder(step: BulkEvent, agency: str) -> bool:
    return agency != TRIAGE and step.actor_kind is ActorKind.AGENCY and step.agency in (None, agency)
