"""The notes that `extensions=true` adds: the public part of a case's history.

Public: what was done, when, by which agency; what an agency or the control room wrote to the citizen.
Never public: who acted, internal notes, ratings, what the citizen wrote, the reason of a rejection. A case that ever
had a private category has no notes, because its history would show that category.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboard.api.open311.masking import masked
from dashboard.api.open311.representation import LANG, agency_name, moment
from data.domain.cases.model import ActorKind, CaseEvent, EventKind, without_undone
from data.domain.city.model import City
from data.texts import texts

PUBLIC = frozenset(
    {
        EventKind.RECEIVED,
        EventKind.VERIFIED,
        EventKind.DISPATCHED,
        EventKind.TRANSFERRED,
        EventKind.ACKNOWLEDGED,
        EventKind.ANSWERED,
        EventKind.PAUSED,
        EventKind.RESUMED,
        EventKind.RESOLVED,
        EventKind.REOPENED,
        EventKind.MERGED,
        EventKind.RECLASSIFIED,
        EventKind.CLOSED,
        EventKind.REJECTED,
    }
)
"""Kinds that have a text `open311.note.KIND`; of any other nothing is told."""
WITH_TEXT = frozenset({EventKind.ANSWERED, EventKind.RESOLVED})
"""Kinds whose own text is written to the citizen."""
PERSONS = frozenset({ActorKind.AGENCY, ActorKind.OPERATOR})


def notes(history: Sequence[CaseEvent], city: City) -> list[dict[str, Any]]:
    """Those of one case, in order of time."""
    if any(event.category and _private(event.category, city) for event in history):
        return []
    return [
        {"datetime": moment(event.at), "description": _text(event, city), "type": event.kind}
        for event in without_undone(history)
        if event.kind in PUBLIC
    ]


def _private(category: str, city: City) -> bool:
    """One that config.yaml no longer knows may have been."""
    found = city.categories.get(category)
    return found is None or found.private


def _text(event: CaseEvent, city: City) -> str:
    say = texts(LANG)
    pause, category = city.pauses.get(event.reason or ""), city.categories.get(event.category or "")
    fact = say(
        f"open311.note.{event.kind}",
        agency=agency_name(event.agency, city) if event.agency else say("open311.no_agency"),
        reason=pause.name[LANG] if pause else say("open311.no_pause_reason"),
        category=category.name[LANG] if category else say("open311.same_category"),
    )
    if event.kind in WITH_TEXT and event.actor_kind in PERSONS and event.text:
        return f"{fact} {masked(event.text)}"
    return fact
