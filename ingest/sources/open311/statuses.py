"""Turns a request's updates and status into events.

Updates (mySociety's `servicerequestupdates`) have their own times and become events directly. A status without an
update is compared with the known status from this source, so that an unchanged response gives no event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from data.domain.cases.model import UNDATED, ActorKind, CaseEvent, EventKind
from data.domain.sla.worktime import epoch
from ingest.source import RecordEvent
from ingest.tabular.detection.vocabulary import DONE_EVENT, DUPLICATE, NOT_OURS, REFUSED
from ingest.tabular.proposal.value_choices import events_of

_TEXT_MOST = 4000
_LAST = epoch(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
_CLOSED = frozenset({"close", "fixed", "complete"})
"""Words of such servers that tables do not use."""
_REFUSED_AS = {REFUSED: None, DUPLICATE: "duplicate", NOT_OURS: "not_ours"}
"""The reason of a rejection, by what the status is in a table."""
_ENDS = frozenset({EventKind.RESOLVED, EventKind.CLOSED, EventKind.REJECTED})


class StatusMeaning(NamedTuple):
    """The event that a status means."""

    kind: EventKind
    actor_kind: ActorKind
    reason: str | None = None


_NOTE = StatusMeaning(EventKind.NOTE, ActorKind.AGENCY)
_SEEN = StatusMeaning(EventKind.ACKNOWLEDGED, ActorKind.AGENCY)
_STATUS_MEANINGS: Mapping[str, StatusMeaning] = {
    "FIXED": StatusMeaning(EventKind.RESOLVED, ActorKind.AGENCY),
    "CLOSED": StatusMeaning(EventKind.CLOSED, ActorKind.AGENCY),
    "NO_FURTHER_ACTION": StatusMeaning(EventKind.CLOSED, ActorKind.AGENCY),
    "IN_PROGRESS": _SEEN,
    "INVESTIGATING": _SEEN,
    "ACTION_SCHEDULED": _NOTE,
    "FOR_TRIAGE": StatusMeaning(EventKind.NOTE, ActorKind.SYSTEM),
    "DUPLICATE": StatusMeaning(EventKind.REJECTED, ActorKind.AGENCY, "duplicate"),
    "NOT_COUNCILS_RESPONSIBILITY": StatusMeaning(EventKind.REJECTED, ActorKind.AGENCY, "not_ours"),
    "CANCELLED": StatusMeaning(EventKind.REJECTED, ActorKind.AGENCY, "cancelled"),
    "REOPEN": StatusMeaning(EventKind.REOPENED, ActorKind.SYSTEM),
}
"""By status of an update. Other statuses are notes by the agency."""


@dataclass(frozen=True, slots=True)
class KnownStatus:
    """What this source has stated about a stored case so far; epoch seconds, 0: never."""

    ended: bool = False
    changed: int = 0
    """The last end or reopening, as stored."""
    dated: int = 0
    """The same, but 0 when the source gave no time for it."""
    last: int = 0
    """The last event from this source."""
    noted: bool = False
    """Whether the present `status_notes` are stored already."""
    how: str = ""
    """The kind of the event that ended it last."""


class StatusContext(NamedTuple):
    """The facts with which a status is compared."""

    known: KnownStatus
    updates: Sequence[RecordEvent]
    """The updates of the same pull, in order of time."""
    received: datetime
    """The server's present time of receipt."""


def known_status(events: Iterable[CaseEvent], source: str, notes: str) -> KnownStatus:
    """The known status from a stored case's events."""
    ended, changed, dated, last, noted, how = False, 0, 0, 0, False, ""
    for event in sorted(events, key=lambda event: event.at):
        if event.actor != source:
            continue
        last = epoch(event.at)
        noted = noted or (bool(notes) and event.text == notes)
        if event.kind in _ENDS or event.kind is EventKind.REOPENED:
            ended, changed = event.kind in _ENDS, last
            dated = last if event.is_dated else 0
            how = str(event.kind) if ended else ""
    return KnownStatus(ended, changed, dated, last, noted, how)


def event_of(at: datetime, status: str, text: str) -> RecordEvent | None:
    """An update as an event; None when it has no content."""
    name = status.strip().upper().replace(" ", "_").replace("-", "_")
    kind, actor_kind, reason = _STATUS_MEANINGS.get(name, _NOTE)
    if kind is EventKind.NOTE and not text:
        if name in ("OPEN", ""):
            return None
        text = status.strip()
    return RecordEvent(at=at, kind=kind, actor_kind=actor_kind, reason=reason, text=text[:_TEXT_MOST] or None)


def is_closed(status: str) -> bool:
    """Whether a request's status means closed, `Open (Duplicate)` too."""
    return status.strip().casefold() in _CLOSED or DONE_EVENT in _meaning(status) or _refusal(status) is not None


@lru_cache(maxsize=256)
def _meaning(status: str) -> tuple[str, ...]:
    return events_of(status) or ()


def _refusal(status: str) -> str | None:
    return next((name for name in _meaning(status) if name in _REFUSED_AS), None)


def _end(status: str, notes: str, at: datetime, reason: str | None) -> list[RecordEvent]:
    """What a closed request says has happened."""
    text, refusal = notes or None, _refusal(status)
    if refusal is not None:
        why = reason or _REFUSED_AS[refusal]
        return [RecordEvent(at=at, kind=EventKind.REJECTED, actor_kind=ActorKind.AGENCY, reason=why, text=text)]
    return [
        RecordEvent(at=at, kind=EventKind.RESOLVED, actor_kind=ActorKind.AGENCY, reason=reason, text=text),
        RecordEvent(at=at, kind=EventKind.CLOSED, reason=reason),
    ]


def status_events(
    status: str, notes: str, updated: datetime | None, now: datetime, context: StatusContext
) -> list[RecordEvent]:
    """The events that the status means in addition to the known status and the updates.

    updated: the last change of the request (for a closed one, its closing); None when unknown.
    """
    known, updates, received = context
    last = max([known.last, *(epoch(event.at) for event in updates)])
    change = next((e for e in reversed(updates) if _is_change(e.kind) and epoch(e.at) > known.changed), None)
    ended = known.ended if change is None else change.kind in _ENDS
    dated = known.dated if change is None else epoch(change.at)
    at, reason = _change_time(updated, last, now)
    closed = is_closed(status)
    if closed and not ended and not (updated and epoch(updated) < dated):
        return _end(status, notes, at, reason)
    if closed and updated and known.how and not any(_is_change(event.kind) for event in updates):
        return [_repeated_end(known, received, at, reason)]
    if ended and not closed and (epoch(updated) > dated if updated else change is None):
        return [RecordEvent(at=at, kind=EventKind.REOPENED, reason=reason, text=notes or None)]
    if notes and not closed and not known.noted and all(event.text != notes for event in updates):
        # The server's description of the state ("Belum terverifikasi"): a note, not an act of the agency.
        return [RecordEvent(at=at, kind=EventKind.NOTE, reason=reason, text=notes)]
    return []


def _repeated_end(known: KnownStatus, received: datetime, at: datetime, reason: str | None) -> RecordEvent:
    """The known end again, when no update contains it: without it the snapshot would look reopened.

    When the server's time of receipt is now after that end, the end is dated again.
    """
    if known.changed >= epoch(received):
        was = datetime.fromtimestamp(known.changed, UTC)
        return RecordEvent(at=was, kind=EventKind(known.how), reason=None if known.dated else UNDATED)
    return RecordEvent(at=max(at, received + timedelta(seconds=1)), kind=EventKind(known.how), reason=reason)


def _is_change(kind: EventKind) -> bool:
    return kind in _ENDS or kind is EventKind.REOPENED


def _change_time(updated: datetime | None, last: int, now: datetime) -> tuple[datetime, str | None]:
    """(time of the change, reason); after the last known event. The reason is UNDATED when we only noticed it now."""
    if updated is not None and epoch(updated) > last:
        return updated, None
    return now + timedelta(seconds=max(0, min(last + 1, _LAST) - epoch(now))), UNDATED


def payload_of(known: KnownStatus) -> list[Any]:
    """The known status in the form that is added to a raw record."""
    return [known.ended, known.changed, known.dated, known.last, known.noted, known.how]
