"""Compares a snapshot from a source with the stored case, and gives the events and columns that are new.

Snapshots may come again, late or out of order. Events are identified by moment and kind, so none is written twice and
none is removed. Facts without an event of their own (category, agency, end, texts, place) follow the source only when
they differ from what the source stated before, and only when the snapshot is not stale. A snapshot is stale when it is
older than the last one: by `updated_at`, without it by the last event; among equally old ones the order of arrival
counts. So decisions of the control room stay when the source repeats its old statement.

What a person decided by a command, only a person changes: see `_overruled`. What the source says of it then is a note.

A missing text or place does not delete the stored one, and a less precise place does not replace a better one. A
correction adds a note that names what was corrected, and not the old value, which may have been removed for a reason.
The time of receipt is never corrected, because clocks run from the first one. A case that was confidential once stays
confidential.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from data.domain.cases.model import (
    CONFIDENTIAL,
    INFERRED,
    UNDATED,
    ActorKind,
    CaseEvent,
    EventKind,
    Precision,
    without_undone,
)
from data.domain.city.model import TRIAGE
from data.domain.reasons import Reason, encode_reason
from data.domain.reasons import reason as note
from data.domain.sla.worktime import epoch
from data.store.cases.snapshots import Snapshot
from data.texts import texts
from ingest.pipeline.drafting.categories import stated_in
from ingest.pipeline.drafting.drafts import ASSIGNED, Draft, clean, dispatch_by_system

Key = tuple[int, EventKind]

CORRECTED, OVERRULED = "corrected", "overruled"
"""Reasons of the notes."""
_WORDS = ("title", "text", "address", "media_url")
_PROMISE = "promised_at"
_PLACE = "location"
_PRECISION_ORDER = (Precision.NONE, Precision.DISTRICT, Precision.VILLAGE, Precision.STREET)
"""Precisions of places without a position, from the least to the most precise."""
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
    return sorted(_overruled(missing, known.events), key=lambda event: event.at)


MATTERS: tuple[frozenset[EventKind], ...] = (
    ASSIGNED,
    frozenset({EventKind.RECLASSIFIED}),
    frozenset({EventKind.PAUSED, EventKind.RESUMED}),
    _ENDS_OR_REOPENS,
)
"""What can be decided, by the kinds that decide it: who has the case, what it is, whether it waits, its end."""


def _overruled(events: Iterable[CaseEvent], known: Sequence[CaseEvent]) -> Iterator[CaseEvent]:
    """The events, those of a matter that a command decided as notes, each once.

    So a later snapshot neither takes back nor repeats what a person did here, and nothing that the source says is lost.
    """
    ours = {event.kind for event in without_undone(known) if event.version is not None}
    decided = frozenset[EventKind]().union(*(matter for matter in MATTERS if matter & ours))
    notes = [event for event in known if event.reason == OVERRULED]
    for event in events:
        if event.kind not in decided:
            yield event
            continue
        told = _as_note(event)
        if not any(one.text == told.text and (epoch(one.at) == epoch(told.at) or one is notes[-1]) for one in notes):
            notes.append(told)
            yield told


def _as_note(event: CaseEvent) -> CaseEvent:
    what = note(f"note.source.{event.kind}", agency=event.agency or "–", category=event.category or "–")
    said = CaseEvent(event.at, EventKind.NOTE, ActorKind.SYSTEM, event.actor, reason=OVERRULED)
    return replace(said, text=encode_reason(note("note.overruled", what=what)))


def is_stale(draft: Draft, source: str, known: Snapshot) -> bool:
    """Whether the store has something newer from the source than this snapshot."""
    record = draft.record
    version = record.updated_at or max((event.at for event in record.events), default=record.received_at)
    return epoch(version) < last_source_change(source, known)


def says_what_was_before(draft: Draft, source: str, known: Snapshot) -> bool:
    """Whether it has other words, another place or promise than the store, from which nothing is taken: it is stale."""
    return is_stale(draft, source, known) and any(
        changed(draft, known) for changed in (_changed_texts, _changed_place, _changed_promise)
    )


def last_source_change(source: str, known: Snapshot) -> int:
    """The source's own time of the last change that is stored, epoch seconds; 0 when the source dates nothing."""
    if known.told_at is not None:
        return epoch(known.told_at)
    told = (epoch(event.at) for event in known.events if _is_by(event, source) and event.is_dated)
    return max(told, default=0)


def stated_now(draft: Draft, source: str, kind: EventKind, now: datetime, *, reason: str | None = None) -> CaseEvent:
    """An event for a fact that the source does not date: at its last change, else now and with the reason UNDATED."""
    dated = draft.record.updated_at
    at = max(dated or now, draft.record.received_at)
    reason = reason if dated is not None else UNDATED
    return CaseEvent(at, kind, ActorKind.SYSTEM, source, reason=reason)


def first_received(known: Iterable[CaseEvent]) -> datetime | None:
    """The first time of receipt, which stays."""
    return next((event.at for event in known if event.kind is EventKind.RECEIVED), None)


def _missing(draft: Draft, source: str, known: Sequence[CaseEvent]) -> list[CaseEvent]:
    """The events of the draft that are not stored; of equal events as many as are missing.

    A dispatch is inferred only as long as none is stored. Events at the draft's time of receipt are moved to the first
    time of receipt, if the source changed it.
    """
    stored = Counter(_key(event) for event in known)
    implied, received, missing = _implies_dispatch(draft), draft.record.received_at, []
    first = first_received(known) or received
    assigned = any(event.kind in ASSIGNED for event in known)
    for event in draft.history(source)[1:]:
        if first != received and event.at == received:
            event = replace(event, at=first)
        key = _key(event)
        if assigned and event.kind in ASSIGNED and event.reason == INFERRED:
            continue
        if implied and key == (epoch(first), EventKind.DISPATCHED):
            continue
        if stored[key] > 0:
            stored[key] -= 1
        else:
            missing.append(event)
    return missing


def _key(event: CaseEvent) -> Key:
    return epoch(event.at), event.kind


def _implies_dispatch(draft: Draft) -> bool:
    """Whether the draft has an added dispatch at receipt, because its record names an agency: see `_assigned`."""
    return draft.record.agency is not None and not _has_assignments(draft)


def _has_assignments(draft: Draft) -> bool:
    return any(event.kind in ASSIGNED for event in draft.record.events)


def _reclassified(draft: Draft, source: str, known: Sequence[CaseEvent], now: datetime) -> CaseEvent | None:
    """An event when the source names another category than before. Other words of the text change no category."""
    said = [event for event in known if event.category and _is_statement_of(event, source)]
    if not said or draft.choice.stated == stated_in(said[-1]) or draft.category.code == said[-1].category:
        return None
    return replace(
        stated_now(draft, source, EventKind.RECLASSIFIED, now),
        agency=draft.agency,
        category=draft.category.code,
        policy=draft.policy.code,
        policy_version=draft.policy.version,
        priority=str(draft.choice.priority),
        text=draft.choice.explanation,
    )


def _is_statement_of(event: CaseEvent, source: str) -> bool:
    return event.kind is EventKind.RECEIVED or (event.kind is EventKind.RECLASSIFIED and _is_by(event, source))


def _is_by(event: CaseEvent, source: str) -> bool:
    """Whether the source told it. A person may have the source's name; what he does are commands."""
    return event.actor == source and event.version is None


def _assigned(draft: Draft, source: str, known: Sequence[CaseEvent], now: datetime) -> list[CaseEvent]:
    """An event when the source names another agency than before, and not since when."""
    agency = draft.record.agency
    if agency is None or agency == TRIAGE or _has_assignments(draft):
        return []
    said = [event.agency for event in known if event.kind in ASSIGNED and _is_by(event, source)]
    if said and said[-1] == agency:
        return []
    kind = EventKind.TRANSFERRED if said else EventKind.DISPATCHED
    return [replace(stated_now(draft, source, kind, now), agency=draft.agency)]


def _ended_or_reopened(draft: Draft, source: str, events: Iterable[CaseEvent], now: datetime) -> list[CaseEvent]:
    """An event when the case is open again at a source that had ended it, or ended at one that had reopened it.

    Only for a snapshot with `updated_at` after the last end or reopening: one without a date may be older. A case that
    people ended here is not reopened by its source.
    """
    dated, last = draft.record.updated_at, _last_end_or_reopening(events)
    if dated is None or last is None or not _is_by(last, source) or epoch(dated) <= epoch(last.at):
        return []
    says = _last_end_or_reopening(draft.history(source))
    if last.kind in ENDED_BY_SOURCE and says is None:
        return [stated_now(draft, source, EventKind.REOPENED, now)]
    if last.kind is EventKind.REOPENED and says is not None and says.kind in ENDED_BY_SOURCE:
        return [stated_now(draft, source, says.kind, now)]
    return []


def _last_end_or_reopening(events: Iterable[CaseEvent]) -> CaseEvent | None:
    """The last event that ended or reopened the case; of events at one moment the last in order."""
    turns = sorted(
        (event for event in without_undone(events) if event.kind in _ENDS_OR_REOPENS), key=lambda event: event.at
    )
    return turns[-1] if turns else None


class Corrections(NamedTuple):
    """Columns of the case to write, and the notes about them."""

    facts: Mapping[str, object]
    notes: list[CaseEvent]


def corrections(draft: Draft, source: str, known: Snapshot, now: datetime) -> Corrections:
    """Corrections of texts, place, receipt and confidentiality; both fields are empty when there are none."""
    facts, notes, parts = dict[str, object](), list[CaseEvent](), list[str]()
    if not known.erased and not is_stale(draft, source, known):
        facts = _changed_texts(draft, known)
        parts = list(facts)
        if place := _changed_place(draft, known):
            facts |= place
            parts += [_PLACE] if "precision" in place else []
        if promise := _changed_promise(draft, known):
            facts |= promise
            parts += [] if known.promised_at is None else [_PROMISE]
        notes += _receipt_note(draft, source, known, now)
    if parts:
        named = tuple(_note_text(note(f"note.part.{part}")) for part in parts)
        notes.append(_note(draft, source, now, _note_text(note("note.corrected", parts=named)), CORRECTED))
    if draft.record.private and not known.private:
        facts["private"] = True
        notes.append(_note(draft, source, now, _note_text(note("note.confidential")), CONFIDENTIAL))
    return Corrections(facts, notes)


def _changed_texts(draft: Draft, known: Snapshot) -> dict[str, object]:
    told = {name: clean(getattr(draft.record, name)) for name in _WORDS}
    return {name: text for name, text in told.items() if text and text != getattr(known, name)}


def _changed_promise(draft: Draft, known: Snapshot) -> dict[str, object]:
    told, stored = draft.record.promised_at, known.promised_at
    return {} if told is None or (stored and epoch(told) == epoch(stored)) else {_PROMISE: told}


def _changed_place(draft: Draft, known: Snapshot) -> dict[str, object]:
    location = draft.location
    if location.lat is None:
        there, now = (
            _PRECISION_ORDER.index(p) if p in _PRECISION_ORDER else 9 for p in (known.precision, location.precision)
        )
        same = (str(location.precision), location.village) == (known.precision, known.village)
        if known.lat is not None or now < there or (same and location.district == known.district):
            return {}
        if same and known.district is None:  # an earlier release did not store it
            return {"district": location.district}
    elif (location.lat, location.lon) == (known.lat, known.lon):
        return {}
    place = {"lat": location.lat, "lon": location.lon, "precision": str(location.precision)}
    return {**place, "village": location.village, "district": location.district}


def _receipt_note(draft: Draft, source: str, known: Snapshot, now: datetime) -> list[CaseEvent]:
    """A note about another time of receipt, once for each new time."""
    first, received = first_received(known.events), draft.record.received_at
    if first is None or epoch(first) == epoch(received):
        return []
    said = _note_text(note("note.received_changed", at=f"{received:%Y-%m-%d %H:%M:%S%z}"))
    if any(event.kind is EventKind.NOTE and event.text == said for event in known.events):
        return []
    return [_note(draft, source, now, said, CORRECTED)]


def _note_text(text: Reason) -> str:
    """The Indonesian sentence, as the history of a case stores it."""
    return texts("id").sentence(text)


def _note(draft: Draft, source: str, now: datetime, text: str, reason: str) -> CaseEvent:
    return replace(stated_now(draft, source, EventKind.NOTE, now, reason=reason), text=text)
