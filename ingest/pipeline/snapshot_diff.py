"""What a snapshot of a known case says that the store does not know yet.

Snapshots may come again, late or out of order. An event is known by its moment and kind, so nothing is written twice
and nothing is taken back. What is told without an event of its own (category, agency, whether it is over, the words
and the place) follows the source only when it says something else than before, and
only when the snapshot is no older than the last word of the source. `updated_at` tells the age exactly; without it the
last event does, and among snapshots with the same last event the order of arrival. What people of the control room
decided in between stays: saying the same again is no news.

Words and places that are not told stay, and so does a place that was known better. A correction leaves a note that
names what was corrected, never what stood there before: it may have been taken out for a reason. Receipt is never
corrected: clocks run from the first one told. Confidential is for ever: that a source no longer says so makes nothing
public.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from data.domain.cases.model import ActorKind, CaseEvent, EventKind, Precision
from data.domain.city.model import TRIAGE
from data.domain.reasons import Reason
from data.domain.reasons import reason as note
from data.domain.sla.worktime import epoch
from data.store.cases.snapshots import Snapshot
from data.texts import texts
from ingest.pipeline.categories import stated_in
from ingest.pipeline.drafts import ASSIGNED, UNDATED, Draft, clean, dispatch_by_system

Key = tuple[int, EventKind]

CORRECTED, CONFIDENTIAL = "corrected", "private"
"""Reasons of the notes."""
_WORDS = ("title", "text", "address", "media_url")
_PLACE = "location"
_KNOWN_BY = (Precision.NONE, Precision.DISTRICT, Precision.VILLAGE, Precision.STREET)
"""Of a place known by names, from the least to the best."""
ENDED_BY_SOURCE = frozenset({EventKind.RESOLVED, EventKind.CLOSED, EventKind.REJECTED})
_ENDS_OR_REOPENS = ENDED_BY_SOURCE | {EventKind.REOPENED, EventKind.MERGED}


def new_events(draft: Draft, source: str, known: Snapshot, now: datetime) -> list[CaseEvent]:
    """The events to append, in order of time; empty when nothing is new."""
    missing = _missing(draft, source, known.events)
    if not is_stale(draft, source, known):
        missing += _assigned(draft, source, known.events, now)
        missing += _ended_or_reopened(draft, source, [*known.events, *missing], now)
        if (changed := _reclassified(draft, source, known.events, now)) is not None:
            missing.append(changed)
            held = any(event.kind in ASSIGNED for event in (*known.events, *missing))
            missing += [] if held else dispatch_by_system(draft, now)
    return sorted(missing, key=lambda event: event.at)


def is_stale(draft: Draft, source: str, known: Snapshot) -> bool:
    """Whether the source has said something later than this snapshot."""
    record = draft.record
    version = record.updated_at or max((event.at for event in record.events), default=record.received_at)
    return epoch(version) < last_told(source, known)


def last_told(source: str, known: Snapshot) -> int:
    """The moment of what the source told last, in epoch seconds; 0 when nothing of it was dated."""
    if known.told_at is not None:
        return epoch(known.told_at)
    told = (epoch(event.at) for event in known.events if event.actor == source and event.reason != UNDATED)
    return max(told, default=0)


def stated_now(draft: Draft, source: str, kind: EventKind, now: datetime, *, reason: str | None = None) -> CaseEvent:
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
    """Whether the draft adds a dispatch at receipt for an agency told without one: see `_assigned`."""
    return draft.record.agency is not None and not _tells_assignments(draft)


def _tells_assignments(draft: Draft) -> bool:
    return any(event.kind in ASSIGNED for event in draft.record.events)


def _reclassified(draft: Draft, source: str, known: Sequence[CaseEvent], now: datetime) -> CaseEvent | None:
    """When the source now names another category than it did before; that its words are read otherwise is no news."""
    said = [event for event in known if event.category and _is_statement_of(event, source)]
    if not said or draft.chosen.stated == stated_in(said[-1]) or draft.category.code == said[-1].category:
        return None
    return replace(
        stated_now(draft, source, EventKind.RECLASSIFIED, now),
        agency=draft.agency,
        category=draft.category.code,
        policy=draft.policy.code,
        policy_version=draft.policy.version,
        text=draft.chosen.why,
    )


def _is_statement_of(event: CaseEvent, source: str) -> bool:
    return event.kind is EventKind.RECEIVED or (event.kind is EventKind.RECLASSIFIED and event.actor == source)


def _assigned(draft: Draft, source: str, known: Sequence[CaseEvent], now: datetime) -> list[CaseEvent]:
    """When the source names an agency without saying since when, and another one than before."""
    agency = draft.record.agency
    if agency is None or agency == TRIAGE or _tells_assignments(draft):
        return []
    said = [event.agency for event in known if event.kind in ASSIGNED and event.actor == source]
    if said and said[-1] == agency:
        return []
    kind = EventKind.TRANSFERRED if said else EventKind.DISPATCHED
    return [replace(stated_now(draft, source, kind, now), agency=draft.agency)]


def _ended_or_reopened(draft: Draft, source: str, events: Iterable[CaseEvent], now: datetime) -> list[CaseEvent]:
    """When the source calls open again what it had ended, or ended what it had reopened.

    Only by a dated snapshot later than its last word about it: one without a date that lacks the end may as well be
    older. An end that people gave the case here is not the source's to undo.
    """
    dated, last = draft.record.updated_at, _last_end_or_reopening(events)
    if dated is None or last is None or last.actor != source or epoch(dated) <= epoch(last.at):
        return []
    says = _last_end_or_reopening(draft.history(source))
    if last.kind in ENDED_BY_SOURCE and says is None:
        return [stated_now(draft, source, EventKind.REOPENED, now)]
    if last.kind is EventKind.REOPENED and says is not None and says.kind in ENDED_BY_SOURCE:
        return [stated_now(draft, source, says.kind, now)]
    return []


def _last_end_or_reopening(events: Iterable[CaseEvent]) -> CaseEvent | None:
    """The last event that ended or reopened the case; of one moment the last in order."""
    turns = sorted((event for event in events if event.kind in _ENDS_OR_REOPENS), key=lambda event: event.at)
    return turns[-1] if turns else None


class Corrections(NamedTuple):
    """What is to be written: columns of the case, and the notes that say so."""

    facts: Mapping[str, object]
    notes: list[CaseEvent]


def corrections(draft: Draft, source: str, known: Snapshot, now: datetime) -> Corrections:
    """Both empty when nothing was corrected."""
    facts, notes, parts = dict[str, object](), list[CaseEvent](), list[str]()
    if not is_stale(draft, source, known):
        facts = _words(draft, known)
        parts = list(facts)
        if place := _place(draft, known):
            facts |= place
            parts += [_PLACE] if "precision" in place else []
        notes += _received_anew(draft, source, known, now)
    if parts:
        named = tuple(_told(note(f"note.part.{part}")) for part in parts)
        notes.append(_note(draft, source, now, _told(note("note.corrected", parts=named)), CORRECTED))
    if draft.record.private and not known.private:
        facts["private"] = True
        notes.append(_note(draft, source, now, _told(note("note.confidential")), CONFIDENTIAL))
    return Corrections(facts, notes)


def _words(draft: Draft, known: Snapshot) -> dict[str, object]:
    told = {name: clean(getattr(draft.record, name)) for name in _WORDS}
    return {name: text for name, text in told.items() if text and text != getattr(known, name)}


def _place(draft: Draft, known: Snapshot) -> dict[str, object]:
    location = draft.location
    if location.lat is None:
        there, now = (_KNOWN_BY.index(p) if p in _KNOWN_BY else 9 for p in (known.precision, location.precision))
        same = (str(location.precision), location.village) == (known.precision, known.village)
        if known.lat is not None or now < there or (same and location.district == known.district):
            return {}
        if same and known.district is None:  # an earlier release did not keep it
            return {"district": location.district}
    elif (location.lat, location.lon) == (known.lat, known.lon):
        return {}
    place = {"lat": location.lat, "lon": location.lon, "precision": str(location.precision)}
    return {**place, "village": location.village, "district": location.district}


def _received_anew(draft: Draft, source: str, known: Snapshot, now: datetime) -> list[CaseEvent]:
    """Said once for each new moment."""
    first, received = first_received(known.events), draft.record.received_at
    if first is None or epoch(first) == epoch(received):
        return []
    said = _told(note("note.received_changed", at=f"{received:%Y-%m-%d %H:%M:%S%z}"))
    if any(event.kind is EventKind.NOTE and event.text == said for event in known.events):
        return []
    return [_note(draft, source, now, said, CORRECTED)]


def _told(text: Reason) -> str:
    """As the history of a case keeps it."""
    return texts("id").tell(text)


def _note(draft: Draft, source: str, now: datetime, text: str, reason: str) -> CaseEvent:
    return replace(stated_now(draft, source, EventKind.NOTE, now, reason=reason), text=text)
