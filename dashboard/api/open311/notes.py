"""The notes that `extensions=true` adds: what happened to a case, as far as it is everybody's business.

Public is what was done, when, and by which agency; and what an agency or the control room said to the citizen.
Never: who acted, internal notes, ratings, what the citizen said, the grounds of a rejection. A case that was ever of
a private category has no notes: its history would tell which.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboard.api.open311.masking import masked
from dashboard.api.open311.representation import agency_name, moment
from data.domain.cases.model import ActorKind, CaseEvent, EventKind
from data.domain.city.model import City

PUBLIC = {
    EventKind.RECEIVED: "Laporan diterima.",
    EventKind.VERIFIED: "Laporan diverifikasi.",
    EventKind.DISPATCHED: "Diteruskan kepada {agency}.",
    EventKind.TRANSFERRED: "Dialihkan kepada {agency}.",
    EventKind.ACKNOWLEDGED: "Diterima oleh {agency}.",
    EventKind.ANSWERED: "Dijawab oleh {agency}.",
    EventKind.PAUSED: "Ditunda: {reason}.",
    EventKind.RESUMED: "Penanganan dilanjutkan.",
    EventKind.RESOLVED: "Selesai ditangani oleh {agency}.",
    EventKind.REOPENED: "Dibuka kembali.",
    EventKind.MERGED: "Digabung dengan laporan lain tentang kejadian yang sama.",
    EventKind.RECLASSIFIED: "Kategori: {category}.",
    EventKind.CLOSED: "Ditutup.",
    EventKind.REJECTED: "Tidak diteruskan.",
}
"""What is said of each kind of event; of one that is not here nothing."""
SPOKEN = frozenset({EventKind.ANSWERED, EventKind.RESOLVED})
"""Kinds whose text is said to the citizen."""
PERSONS = frozenset({ActorKind.AGENCY, ActorKind.OPERATOR})
NOBODY = "OPD terkait"


def notes(history: Sequence[CaseEvent], city: City) -> list[dict[str, Any]]:
    """Those of one case, in order of time."""
    if any(event.category and _private(event.category, city) for event in history):
        return []
    return [
        {"datetime": moment(event.at), "description": _said(event, city), "type": event.kind}
        for event in history
        if event.kind in PUBLIC
    ]


def _private(category: str, city: City) -> bool:
    """One that config.yaml no longer knows may have been."""
    found = city.categories.get(category)
    return found is None or found.private


def _said(event: CaseEvent, city: City) -> str:
    pause, category = city.pauses.get(event.reason or ""), city.categories.get(event.category or "")
    fact = PUBLIC[event.kind].format(
        agency=agency_name(event.agency, city) if event.agency else NOBODY,
        reason=pause.name["id"] if pause else "menunggu",
        category=category.name["id"] if category else "tetap",
    )
    if event.kind in SPOKEN and event.actor_kind in PERSONS and event.text:
        return f"{fact} {masked(event.text)}"
    return fact
