"""What sources call kinds and states of conditions, and kinds of places."""

from __future__ import annotations

from collections.abc import Mapping

from data.domain.guide.nouns import ConditionKind, ConditionState, PlaceKind

_KINDS: Mapping[ConditionKind, str] = {
    ConditionKind.PARKING: "parking parkir",
    ConditionKind.CROWD: "crowd keramaian pengunjung kepadatan",
    ConditionKind.ROAD: "road jalan lalulintas traffic",
    ConditionKind.OUTAGE: "outage gangguan pemadaman listrik air",
    ConditionKind.FACILITY: "facility fasilitas tempat wisata destinasi",
}
_STATES: Mapping[ConditionState, str] = {
    ConditionState.OPEN: "open buka dibuka terbuka normal lancar lengang tersedia sepi pulih",
    ConditionState.CLOSED: "closed tutup ditutup padam mati terputus",
    ConditionState.FULL: "full penuh",
    ConditionState.BUSY: "busy ramai padat macet tersendat crowded",
    ConditionState.UNKNOWN: "unknown tidakdiketahui",
}
_PLACES: Mapping[PlaceKind, str] = {
    PlaceKind.TOURISM: "tourism wisata destinasi",
    PlaceKind.BUSINESS: "business umkm usaha",
    PlaceKind.SERVICE: "service layanan fasilitas",
    PlaceKind.NATURE: "nature alam",
}


def _plain(told: str) -> str:
    return "".join(letter for letter in told.casefold() if letter.isalnum())


def condition_kind(told: str) -> ConditionKind | None:
    """None: none of these."""
    return next((kind for kind, words in _KINDS.items() if _plain(told) in words.split()), None)


def condition_state(told: str) -> ConditionState | None:
    """None: none of these."""
    return next((state for state, words in _STATES.items() if _plain(told) in words.split()), None)


def place_kind(told: str) -> PlaceKind | None:
    """None: none of these."""
    return next((kind for kind, words in _PLACES.items() if _plain(told) in words.split()), None)
