"""The vocabulary of a case: its events, states, actors and how exactly its place is known.

The state is derived from the events (`data.domain.sla.case_status`) and stored beside them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntFlag, StrEnum


class EventKind(StrEnum):
    """The kinds of events in a case's history. Events are only appended, never changed."""

    RECEIVED = "received"
    VERIFIED = "verified"
    DISPATCHED = "dispatched"
    ACKNOWLEDGED = "acknowledged"
    NOTE = "note"
    ANSWERED = "answered"
    PAUSED = "paused"
    RESUMED = "resumed"
    TRANSFERRED = "transferred"
    RESOLVED = "resolved"
    RATED = "rated"
    REOPENED = "reopened"
    MERGED = "merged"
    RECLASSIFIED = "reclassified"
    CLOSED = "closed"
    REJECTED = "rejected"
    UNDONE = "undone"
    """A person took a command back: see `without_undone`."""
    ESCALATED = "escalated"
    """The agency was silent, and somebody was told (`data.domain.escalation`)."""
    ESCALATION_SEEN = "escalation_seen"
    """Whoever was told, or the supervisor, has acknowledged it."""


TELLING = frozenset({EventKind.ESCALATED, EventKind.ESCALATION_SEEN})
"""Kinds that tell of a case and do nothing to it: no command comes too late because of them."""


class CaseState(StrEnum):
    """The state of a case, derived from its events."""

    RECEIVED = "received"
    DISPATCHED = "dispatched"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REJECTED = "rejected"
    MERGED = "merged"


CONFIDENTIAL = "private"
"""The reason of a receipt, or of a note: who told it wants it confidential, whatever its category."""
UNDATED = "undated"
"""The reason of an event that its source does not date: its moment is when we noticed it, or the receipt."""
INFERRED = "inferred"
"""The reason of a dispatch that no source tells: it follows from what the agency has done, and so does its moment."""
WITHOUT_DATE = frozenset({UNDATED, INFERRED})
"""Reasons of events whose moment is not the real one. Their order counts, and no duration begins or ends with them."""


EN_ROUTE = "en_route"
"""The reason of a note: since then people of the agency are on their way to the place."""
HANDED_BACK = "handed_back"
"""The reason of a note: the village's field assistant leaves the question to the agency's queue."""
NO_REPLY = "no_reply"
"""The reason of a closing by the system: the citizen was asked to complete the report, and did not."""
NOT_SOLVED = "not_solved"
"""The reason of a rating whose reporter says that it is not."""


class Undated(IntFlag):
    """The moments of a cycle that are known by their order only."""

    NONE = 0
    DISPATCH = 1
    ANSWER = 2
    END = 4
    """Of the resolution; of a case without one, of its end. A closing for NO_REPLY ends no work, whenever it was."""
    START = 8
    """A reopening."""


OPEN_STATES = frozenset(
    {CaseState.RECEIVED, CaseState.DISPATCHED, CaseState.ACKNOWLEDGED, CaseState.IN_PROGRESS, CaseState.WAITING}
)


class ActorKind(StrEnum):
    """Who caused an event. Only an answer by a person (operator, agency) stops the respond clock."""

    CITIZEN = "citizen"
    OPERATOR = "operator"
    AGENCY = "agency"
    SYSTEM = "system"


class Precision(StrEnum):
    """How well a case's place is known."""

    EXACT = "exact"
    STREET = "street"
    VILLAGE = "village"
    DISTRICT = "district"
    OUTSIDE = "outside"
    """A position was given and lies outside the city."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One row of a case's history, `at` aware; fields that a kind does not use are None."""

    at: datetime
    kind: EventKind
    actor_kind: ActorKind = ActorKind.SYSTEM
    actor: str = ""
    agency: str | None = None
    """dispatched, transferred: to whom. answered, acknowledged, note, resolved: by whom."""
    category: str | None = None
    """reclassified: the new category (None: unchanged)."""
    policy: str | None = None
    policy_version: int | None = None
    """reclassified: the policy re-applied; without it the version in force when received is kept."""
    reason: str | None = None
    """paused: a listed reason. rejected, merged, transferred, closed: why. rated: NOT_SOLVED. escalated,
    escalation_seen: the receiver. Any other: one of WITHOUT_DATE, or nothing."""
    text: str | None = None
    head: str | None = None
    """merged: the code of the case that speaks for this one."""
    score: int | None = None
    """rated: 1 to 5."""
    version: int | None = None
    """Of a command's event: the version of the case that it led to. None: of a source, or of the system."""
    undoes: int | None = None
    """undone: the first version of what is taken back."""
    priority: str | None = None
    """received: the priority then. reclassified: the new one (None: that of the category, when this changes)."""
    authority: str | None = None
    """transferred back, rejected: whose it is, the code of an agency or the name of another authority."""
    until: datetime | None = None
    """paused: until when at the latest, as its giver said; the sweep resumes it then."""

    @property
    def is_dated(self) -> bool:
        """Whether its moment is the real one."""
        return self.reason not in WITHOUT_DATE

    @property
    def is_en_route(self) -> bool:
        """Whether it says that people are on their way."""
        return self.kind is EventKind.NOTE and self.reason == EN_ROUTE


SEPARATED = "separated"
"""The reason of an `undone` that takes back every merge before it."""


def without_undone(events: Iterable[CaseEvent]) -> list[CaseEvent]:
    """The events that count, in the given order, which is that of storing: what was taken back never was.

    What takes back stays, as a moment of the history. Only a command takes back, and only commands, except merges.
    """
    kept: list[CaseEvent] = []
    for event in events:
        if event.kind is EventKind.UNDONE and event.version is not None:
            kept = [one for one in kept if not _is_undone(one, event)]
        kept.append(event)
    return kept


def _is_undone(event: CaseEvent, by: CaseEvent) -> bool:
    if by.undoes is None:
        return event.kind is EventKind.MERGED and by.reason == SEPARATED
    return event.version is not None and event.version >= by.undoes and event.kind is not EventKind.UNDONE
