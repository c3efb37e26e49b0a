"""What a server's words on a request amount to as events: its updates, and a status that is not what we knew.

Updates (mySociety's `servicerequestupdates`) have times of their own and are taken as they are. A status without an
update is compared with what this source said before, so that the same answer again says nothing new.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from data.domain.cases.model import ActorKind, CaseEvent, EventKind
from data.domain.sla.worktime import epoch
from ingest.pipeline.drafts import UNDATED
from ingest.source import RecordEvent

_TEXT_MOST = 4000
_LAST = epoch(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
_CLOSED = frozenset({"closed", "close", "fixed", "resolved", "completed", "complete", "done", "selesai", "ditutup"})
_ENDS = frozenset({EventKind.RESOLVED, EventKind.CLOSED, EventKind.REJECTED})


class Meaning(NamedTuple):
    """An event of ours."""

    kind: EventKind
    actor_kind: ActorKind
    reason: str | None = None


_NOTE = Meaning(EventKind.NOTE, ActorKind.AGENCY)
_SEEN = Meaning(EventKind.ACKNOWLEDGED, ActorKind.AGENCY)
_MEANINGS: Mapping[str, Meaning] = {
    "FIXED": Meaning(EventKind.RESOLVED, ActorKind.AGENCY),
    "CLOSED": Meaning(EventKind.CLOSED, ActorKind.AGENCY),
    "NO_FURTHER_ACTION": Meaning(EventKind.CLOSED, ActorKind.AGENCY),
    "IN_PROGRESS": _SEEN,
    "INVESTIGATING": _SEEN,
    "ACTION_SCHEDULED": _NOTE,
    "FOR_TRIAGE": Meaning(EventKind.NOTE, ActorKind.SYSTEM),
    "DUPLICATE": Meaning(EventKind.REJECTED, ActorKind.AGENCY, "duplicate"),
    "NOT_COUNCILS_RESPONSIBILITY": Meaning(EventKind.REJECTED, ActorKind.AGENCY, "not_ours"),
    "CANCELLED": Meaning(EventKind.REJECTED, ActorKind.AGENCY, "cancelled"),
    "REOPEN": Meaning(EventKind.REOPENED, ActorKind.SYSTEM),
}
"""The statuses of updates; others are notes of the agency, which has seen the request by then."""


@dataclass(frozen=True, slots=True)
class Known:
    """What this source has said of a stored case so far; epoch seconds, 0: never."""

    ended: bool = False
    changed: int = 0
    """When it ended or was reopened last, as stored."""
    dated: int = 0
    """The same, 0 when the source did not say when."""
    last: int = 0
    """Its last event."""
    noted: bool = False
    """It has said what `status_notes` says now."""
    how: str = ""
    """The kind of event that ended it last."""


class Told(NamedTuple):
    """What a status is compared with."""

    known: Known
    updates: Sequence[RecordEvent]
    """That came along, in order of time."""
    received: datetime
    """As the server has it now."""


def known_of(events: Iterable[CaseEvent], source: str, notes: str) -> Known:
    """From a stored case's events."""
    ended, changed, dated, last, noted, how = False, 0, 0, 0, False, ""
    for event in sorted(events, key=lambda event: event.at):
        if event.actor != source:
            continue
        last = epoch(event.at)
        noted = noted or (bool(notes) and event.text == notes)
        if event.kind in _ENDS or event.kind is EventKind.REOPENED:
            ended, changed = event.kind in _ENDS, last
            dated = 0 if event.reason == UNDATED else last
            how = str(event.kind) if ended else ""
    return Known(ended, changed, dated, last, noted, how)


def event_of(at: datetime, status: str, text: str) -> RecordEvent | None:
    """An update as an event; None when it says nothing."""
    name = status.strip().upper().replace(" ", "_").replace("-", "_")
    kind, actor_kind, reason = _MEANINGS.get(name, _NOTE)
    if kind is EventKind.NOTE and not text:
        if name in ("OPEN", ""):
            return None
        text = status.strip()
    return RecordEvent(at=at, kind=kind, actor_kind=actor_kind, reason=reason, text=text[:_TEXT_MOST] or None)


def is_closed(status: str) -> bool:
    """Whether a request's status says that it is done."""
    return status.strip().casefold() in _CLOSED


def status_events(status: str, notes: str, updated: datetime | None, now: datetime, told: Told) -> list[RecordEvent]:
    """What the status says beyond what is known and the updates that came along.

    updated: when the request changed last (of a closed one: when it was closed), None when that is not told.
    """
    known, updates, received = told
    last = max([known.last, *(epoch(event.at) for event in updates)])
    change = next((e for e in reversed(updates) if _is_change(e.kind) and epoch(e.at) > known.changed), None)
    ended = known.ended if change is None else change.kind in _ENDS
    dated = known.dated if change is None else epoch(change.at)
    at, reason = _when(updated, last, now)
    closed = is_closed(status)
    if closed and not ended and not (updated and epoch(updated) < dated):
        return [
            RecordEvent(at=at, kind=EventKind.RESOLVED, actor_kind=ActorKind.AGENCY, reason=reason, text=notes or None),
            RecordEvent(at=at, kind=EventKind.CLOSED, reason=reason),
        ]
    if closed and updated and known.how and not any(_is_change(event.kind) for event in updates):
        return [_said_again(known, received, at, reason)]
    if ended and not closed and (epoch(updated) > dated if updated else change is None):
        return [RecordEvent(at=at, kind=EventKind.REOPENED, reason=reason, text=notes or None)]
    if notes and not closed and not known.noted and all(event.text != notes for event in updates):
        # Where it stands, in the server's words ("Belum terverifikasi"): that is no deed of the agency's.
        return [RecordEvent(at=at, kind=EventKind.NOTE, reason=reason, text=notes)]
    return []


def _said_again(known: Known, received: datetime, at: datetime, reason: str | None) -> RecordEvent:
    """The end that is known, where no update tells it: without one the request would be open again.

    When the server meanwhile says that it was received after that, the end is told anew.
    """
    if known.changed >= epoch(received):
        was = datetime.fromtimestamp(known.changed, UTC)
        return RecordEvent(at=was, kind=EventKind(known.how), reason=None if known.dated else UNDATED)
    return RecordEvent(at=max(at, received + timedelta(seconds=1)), kind=EventKind(known.how), reason=reason)


def _is_change(kind: EventKind) -> bool:
    return kind in _ENDS or kind is EventKind.REOPENED


def _when(updated: datetime | None, last: int, now: datetime) -> tuple[datetime, str | None]:
    """When it changed, and 'undated' when that is only when we noticed; after everything known."""
    if updated is not None and epoch(updated) > last:
        return updated, None
    return now + timedelta(seconds=max(0, min(last + 1, _LAST) - epoch(now))), UNDATED


def payload_of(known: Known) -> list[Any]:
    """As it travels with a raw record."""
    return [known.ended, known.changed, known.dated, known.last, known.noted, known.how]
