"""What a snapshot of a known case says that the store does not know yet.

Snapshots may come again, late or out of order. An event is known by its moment and kind, so nothing is written twice
and nothing is taken back. What is told without an event of its own (category, agency, whether it is over, the words
and the place: see `ingest.pipeline.corrections`) follows the source only when it says something else than before, and
only when the snapshot is no older than the last word of the source. `updated_at` tells the age exactly; without it the
last event does, and among snapshots with the same last event the order of arrival. What people of the control room
decided in between stays: saying the same again is no news.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from data.domain.cases.model import ActorKind, CaseEvent, EventKind
from data.domain.city.model import TRIAGE
from data.domain.sla.worktime import epoch
from data.store.cases.snapshots import Snapshot
from ingest.pipeline.drafts import HANDED_OVER, Draft, dispatch_by_system

Key = tuple[int, EventKind]

UNDATED = "undated"
"""The reason of an event that its source does not date: its moment is when we noticed, and says nothing of age."""
OVER = frozenset({EventKind.RESOLVED, EventKind.CLOSED, EventKind.REJECTED})
_TURNS = OVER | {EventKind.REOPENED, EventKind.MERGED}


def news(draft: Draft, source: str, known: Snapshot, now: datetime) -> list[CaseEvent]:
    """The events to append, in order of time; empty when nothing is new."""
    missing = _missing(draft, source, known.events)
    if not is_stale(draft, source, known):
        missing += _handed_over(draft, source, known.events, now)
        missing += _over_or_open(draft, source, [*known.events, *missing], now)
        if (changed := _reclassified(draft, source, known.events, now)) is not None:
            missing.append(changed)
            held = any(event.kind in HANDED_OVER for event in (*known.events, *missing))
            missing += [] if held else dispatch_by_system(draft, now)
    return sorted(missing, key=lambda event: event.at)


def is_stale(draft: Draft, source: str, known: Snapshot) -> bool:
    """Whether the source has said something later than this snapshot."""
    record = draft.record
    version = record.updated_at or max((event.at for event in record.events), default=record.received_at)
    return epoch(version) < told_until(source, known)


def told_at(draft: Draft) -> datetime | None:
    """The source's own moment of what a snapshot tells: its last change, else its last dated event."""
    dated = (event.at for event in draft.later if event.reason != UNDATED)
    return draft.record.updated_at or max(dated, default=None)


def told_until(source: str, known: Snapshot) -> int:
    """The moment of what the source told last, in epoch seconds; 0 when nothing of it was dated."""
    if known.told_at is not None:
        return epoch(known.told_at)
    told = (epoch(event.at) for event in known.events if event.actor == source and event.reason != UNDATED)
    return max(told, default=0)


def said_now(draft: Draft, source: str, kind: EventKind, now: datetime, *, reason: str | None = None) -> CaseEvent:
    """What the source says without dating it: at its last change, else now, and then marked as undated."""
    dated = draft.record.updated_at
    at = max(dated or now, draft.record.received_at)
    reason = reason if dated is not None else UNDATED
    return CaseEvent(at, kind, ActorKind.SYSTEM, source, reason=reason)


def first_received(known: Iterable[CaseEvent]) -> datetime | None:
    """When the case was received by the first that was told of it, which stays."""
    return next((event.at for event in known if event.kind is EventKind.RECEIVED), None)


def _missing(draft: Draft, source: str, known: Sequence[CaseEvent]) -> list[CaseEvent]:
    """Those that are not stored; of equal ones as many as are too few.

    What happened at receipt happened at the first one told, also when the source has changed its mind about that.
    """
    stored = Counter(_key(event) for event in known)
    implied, received, missing = _implied(draft), draft.record.received_at, []
    first = first_received(known) or received
    for event in draft.history(source)[1:]:
        if first != received and event.at == received:
            event = replace(event, at=first)
        key = _key(event)
        if implied and key == (epoch(first), EventKind.DISPATCHED):
            continue
        if stored[key] > 0:
            stored[key] -= 1
        else:
            missing.append(event)
    return missing


def _key(event: CaseEvent) -> Key:
    return epoch(event.at), event.kind


def _implied(draft: Draft) -> bool:
    """Whether the draft adds a dispatch at receipt for an agency told without one: see `_handed_over`."""
    return draft.record.agency is not None and not _tells_hand_overs(draft)


def _tells_hand_overs(draft: Draft) -> bool:
    return any(event.kind in HANDED_OVER for event in draft.record.events)


def _reclassified(draft: Draft, source: str, known: Sequence[CaseEvent], now: datetime) -> CaseEvent | None:
    """When the source now names another category than it did before."""
    said = [event.category for event in known if event.category and _is_word_of(event, source)]
    if not said or said[-1] == draft.category.code:
        return None
    return replace(
        said_now(draft, source, EventKind.RECLASSIFIED, now),
        agency=draft.agency,
        category=draft.category.code,
        policy=draft.policy.code,
        policy_version=draft.policy.version,
    )


def _is_word_of(event: CaseEvent, source: str) -> bool:
    return event.kind is EventKind.RECEIVED or (event.kind is EventKind.RECLASSIFIED and event.actor == source)


def _handed_over(draft: Draft, source: str, known: Sequence[CaseEvent], now: datetime) -> list[CaseEvent]:
    """When the source names an agency without saying since when, and another one than before."""
    agency = draft.record.agency
    if agency is None or agency == TRIAGE or _tells_hand_overs(draft):
        return []
    said = [event.agency for event in known if event.kind in HANDED_OVER and event.actor == source]
    if said and said[-1] == agency:
        return []
    kind = EventKind.TRANSFERRED if said else EventKind.DISPATCHED
    return [replace(said_now(draft, source, kind, now), agency=draft.agency)]


def _over_or_open(draft: Draft, source: str, events: Iterable[CaseEvent], now: datetime) -> list[CaseEvent]:
    """When the source calls open again what it had ended, or ended what it had reopened.

    Only by a dated snapshot later than its last word about it: one without a date that lacks the end may as well be
    older. An end that people gave the case here is not the source's to undo.
    """
    dated, last = draft.record.updated_at, _last_turn(events)
    if dated is None or last is None or last.actor != source or epoch(dated) <= epoch(last.at):
        return []
    says = _last_turn(draft.history(source))
    if last.kind in OVER and says is None:
        return [said_now(draft, source, EventKind.REOPENED, now)]
    if last.kind is EventKind.REOPENED and says is not None and says.kind in OVER:
        return [said_now(draft, source, says.kind, now)]
    return []


def _last_turn(events: Iterable[CaseEvent]) -> CaseEvent | None:
    """The last event that ended or reopened the case; of one moment the last in order."""
    turns = sorted((event for event in events if event.kind in _TURNS), key=lambda event: event.at)
    return turns[-1] if turns else None
