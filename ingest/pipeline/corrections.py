"""What a source corrects about a known case besides its history: words, photo, place, and that it is confidential.

What is not told stays, and so does a place that was known better. A correction leaves a note that names what was
corrected, never what stood there before: it may have been taken out for a reason. Receipt is never corrected: clocks
run from the first one told. Confidential is for ever: that a source no longer says so makes nothing public.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from data.domain.cases.model import CaseEvent, EventKind, Precision
from data.domain.sla.worktime import epoch
from data.store.cases.snapshots import Snapshot
from ingest.pipeline.drafts import Draft, clean
from ingest.pipeline.snapshot_diff import first_received, is_stale, said_now

CORRECTED, CONFIDENTIAL = "corrected", "private"
"""Reasons of the notes."""
_WORDS: Mapping[str, str] = {"title": "judul", "text": "uraian", "address": "alamat", "media_url": "foto"}
_PLACE = "lokasi"
_KNOWN_BY = (Precision.NONE, Precision.DISTRICT, Precision.VILLAGE, Precision.STREET)
"""Of a place known by names, from the least to the best."""


class Amended(NamedTuple):
    """What is to be written: columns of the case, and the notes that say so."""

    facts: Mapping[str, object]
    notes: list[CaseEvent]


def amended(draft: Draft, source: str, known: Snapshot, now: datetime) -> Amended:
    """Both empty when nothing was corrected."""
    facts, notes, parts = dict[str, object](), list[CaseEvent](), list[str]()
    if not is_stale(draft, source, known):
        facts = _words(draft, known)
        parts = [_WORDS[name] for name in facts]
        if place := _place(draft, known):
            facts |= place
            parts += [_PLACE] if "precision" in place else []
        notes += _received_anew(draft, source, known, now)
    if parts:
        notes.append(_note(draft, source, now, f"Diperbaiki di sumber: {', '.join(parts)}.", CORRECTED))
    if draft.record.private and not known.private:
        facts["private"] = True
        notes.append(_note(draft, source, now, "Dirahasiakan oleh sumber.", CONFIDENTIAL))
    return Amended(facts, notes)


def _words(draft: Draft, known: Snapshot) -> dict[str, object]:
    told = {name: clean(getattr(draft.record, name)) for name in _WORDS}
    return {name: text for name, text in told.items() if text and text != getattr(known, name)}


def _place(draft: Draft, known: Snapshot) -> dict[str, object]:
    spot = draft.spot
    if spot.lat is None:
        there, now = (_KNOWN_BY.index(p) if p in _KNOWN_BY else 9 for p in (known.precision, spot.precision))
        same = (str(spot.precision), spot.village) == (known.precision, known.village)
        if known.lat is not None or now < there or (same and spot.district == known.district):
            return {}
        if same and known.district is None:  # an earlier release did not keep it
            return {"district": spot.district}
    elif (spot.lat, spot.lon) == (known.lat, known.lon):
        return {}
    place = {"lat": spot.lat, "lon": spot.lon, "precision": str(spot.precision)}
    return {**place, "village": spot.village, "district": spot.district}


def _received_anew(draft: Draft, source: str, known: Snapshot, now: datetime) -> list[CaseEvent]:
    """Said once for each new moment."""
    first, received = first_received(known.events), draft.record.received_at
    if first is None or epoch(first) == epoch(received):
        return []
    said = f"Waktu diterima menurut sumber kini {received:%Y-%m-%d %H:%M:%S%z}; yang pertama tetap berlaku."
    if any(event.kind is EventKind.NOTE and event.text == said for event in known.events):
        return []
    return [_note(draft, source, now, said, CORRECTED)]


def _note(draft: Draft, source: str, now: datetime, text: str, reason: str) -> CaseEvent:
    return replace(said_now(draft, source, EventKind.NOTE, now, reason=reason), text=text)
