"""National tables of prices, as files: a drop folder that takes uploads too, and knows the columns by itself.

bapanas: the daily prices of Badan Pangan Nasional, of one place and level; a price of 0 is none. Its panel's API has
answered nothing but 'invalid key' since July 2026, so the city asks for a file.
iph: the weekly price-development index of BPS for one city.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from data.domain.market.nouns import Level
from ingest.sources.drop.source import FolderSettings
from ingest.tabular.mapping.columns import MappingSettings

_ZONE = "Asia/Jakarta"
_DATES = ("%Y-%m-%d", "%d-%m-%Y", "iso")
"""The table has both: 2025-09-13, and 12-9-2025 for the day before."""


def _bapanas(place: str, level: str) -> dict[str, Any]:
    return {
        "times": {"formats": list(_DATES), "zone": _ZONE},
        "optional": ["Harga Kemarin", "Tanggal Kemarin", "Gap", "Gap Persen", "Gap Perubahan"],
        "id": {"columns": ["Timestamp", "ID"], "join": "/", "required": True},
        "received": ["Timestamp"],
        "market": {
            "kind": "quote",
            "commodity": {"column": "Komoditas", "required": True},
            "unit": "Satuan",
            "price": {"column": "Harga", "required": True},
            "place": {"constant": place},
            "level": {"constant": level},
        },
    }


_IPH: Mapping[str, Any] = {
    "times": {"formats": ["%Y-%m-%d %H:%M:%S", *_DATES], "zone": _ZONE},
    "optional": ["fluktuasi_komoditas", "fluktuasi_nilai", "last_updated"],
    "id": {"columns": ["tahun", "bulan", "minggu_ke"], "join": "/", "required": True},
    "received": ["last_updated"],
    "market": {
        "kind": "index",
        "year": {"column": "tahun", "required": True},
        "month": {"column": "bulan", "required": True},
        "week": {"column": "minggu_ke", "required": True},
        "change": "indikator",
        "drivers": "komoditas_andil",
        "driver_values": "nilai_andil",
        "most_moved": "fluktuasi_komoditas",
        "moved": "fluktuasi_nilai",
    },
}


class BapanasSettings(FolderSettings):
    """Daily prices of one place."""

    kind: Literal["bapanas"]
    place: str = Field(min_length=1, max_length=100)
    """Of which these prices are: its table does not say."""
    level: Level = Level.CONSUMER

    @model_validator(mode="before")
    @classmethod
    def _knows_its_columns(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        place, level = str(value.get("place", "")), str(value.get("level", Level.CONSUMER))
        return {"mapping": _bapanas(place, level), **value}


class IphSettings(FolderSettings):
    """The weekly index."""

    kind: Literal["iph"]
    mapping: MappingSettings = Field(default_factory=lambda: MappingSettings.model_validate(_IPH))
