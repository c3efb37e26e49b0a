"""What a snapshot of a known case says that the store does not know yet.

Snapshots may come again, late or out of order. An event is known by its moment and kind, so nothing is written
twice and nothing is taken back. Category and agency are told without an event of their own: they follow the source
only when it says something else than before, and only when the snapshot is no older than the last word of the
source. `updated_at` tells the age exactly; without it the last event does, and among snapshots with the same last
event the order of arrival. What people of the control room decided in between stays: saying the same again is no news.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from data.domain.cases import ActorKind, CaseEvent, EventKind
from data.domain.city import TRIAGE
from data.domain.worktime import epoch
from data.store.snapshots import Snapshot
from ingest.drafts import HANDED_OVER, Draft, dispatch_by_system

Key = tuple[int, EventKind]

UNDATED = "undated"
"""The reason of an event that its source does not date: its moment is when we noticed, and says nothing of age."""


def news(draft: Draft, source: str, known: Snapshot, now: datetime) -> list[CaseEvent]:
    """The events to append, in order of time; empty when nothing is new."""
    missing = _missing(draft.history(source)[1:], known.events, implied=_implied(draft))
    if not is_stale(draft, source, known.events):
        missing += _handed_over(draft, source, known.events, now)
        if (changed := _reclassified(draft, source, known.events, now)) is not None:
            missing.append(changed)
            held = any(event.kind in HANDED_OVER for event in (*known.events, *missing))
            missing += [] if held else dispatch_by_system(draft, now)
    return sorted(missing, key=lambda event: event.at)


def is_stale(draft: Draft, source: str, known: Iterable[CaseEvent]) -> bool:
    """Whether the source has said something later than this snapshot."""
    told = [epoch(event.at) for event in known if event.actor == source and event.reason != UNDATED]
    record = draft.record
    version = record.updated_at or max((event.at for event in record.events), default=record.received_at)
    return epoch(version) < max(told, default=0)


def _missing(events: Sequence[CaseEvent], known: Iterable[CaseEvent], *, implied: Key | None) -> list[CaseEvent]:
    """Those that are not stored; of equal ones as many as are too few."""
    stored = Counter(_key(event) for event in known)
    missing = []
    for event in events:
        key = _key(event)
        if key == implied:
            continue
        if stored[key] > 0:
            stored[key] -= 1
        else:
            missing.append(event)
    return missing


def _key(event: CaseEvent) -> Key:
    return epoch(event.at), event.kind


def _implied(draft: Draft) -> Key | None:
    """The dispatch that a draft adds for an agency told without one: of a known case `_handed_over` looks after it."""
    told_without = draft.record.agency is not None and not _tells_hand_overs(draft)
    return (epoch(draft.record.received_at), EventKind.DISPATCHED) if told_without else None


def _tells_hand_overs(draft: Draft) -> bool:
    return any(event.kind in HANDED_OVER for event in draft.record.events)


def _reclassified(draft: Draft, source: str, known: Sequence[CaseEvent], now: datetime) -> CaseEvent | None:
    """When the source now names another category than it did before."""
    said = [event.category for event in known if event.category and _is_word_of(event, source)]
    if not said or said[-1] == draft.category.code:
        return None
    return replace(
        _said_now(draft, source, EventKind.RECLASSIFIED, now),
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
    return [_said_now(draft, source, EventKind.TRANSFERRED if said else EventKind.DISPATCHED, now)]


def _said_now(draft: Draft, source: str, kind: EventKind, now: datetime) -> CaseEvent:
    dated = draft.record.updated_at
    at = max(dated or now, draft.record.received_at)
    reason = None if dated is not None else UNDATED
    return CaseEvent(at, kind, ActorKind.SYSTEM, source, agency=draft.agency, reason=reason)
