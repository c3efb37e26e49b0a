"""Feeds as configured, and items as servers give them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from data.store.db.engine import Engine
from ingest.sources.feed.settings import FeedSettings
from ingest.sources.feed.source import FeedSource
from tests.ingest.doors import around

MAPPING: dict[str, Any] = {
    "times": {"zone": "Asia/Jakarta"},
    "id": {"column": "id", "required": True},
    "received": "dibuat",
    "category": {"column": "jenis", "required": True},
    "title": "judul",
    "text": "isi",
    "village": "desa",
    "position": {"lat": "lat", "lon": "lon"},
    "events": {"selesai": {"kind": "resolved", "at": "selesai", "by": "agency"}},
    "status": {"column": "status", "values": {"": [], "baru": [], "selesai": ["selesai"]}},
}
COLUMNS = {"jenis": "kategori.nama", "lat": "lokasi.lat", "lon": "lokasi.lng", "selesai": "waktu.selesai"}


def settings(url: str | None, **more: Any) -> FeedSettings:
    """A feed of a server in the city's own network."""
    plain = {
        "kind": "feed",
        "title": {"id": "Umpan", "en": "Feed"},
        "enabled": True,
        "every_s": 60,
        "url": url,
        "inner": True,
        "items": "data",
        "columns": COLUMNS,
        "mapping": MAPPING,
        "updated": "diubah",
        "deleted": "dihapus",
    }
    return FeedSettings.model_validate(plain | more)


def a_feed(url: str | None, engine: Engine, home: Path, **more: Any) -> FeedSource:
    return FeedSource("umpan", settings(url, **more), around(engine, home))


def item(number: Any, **more: Any) -> dict[str, Any]:
    """A report of waste in Sisir, each some streets from the other: they tell of different things."""
    away = 0.002 * (number % 20 - 1) if isinstance(number, int) else -0.01
    plain = {
        "id": number,
        "dibuat": "2026-11-24T09:00:00+07:00",
        "diubah": "2026-11-24T09:00:00+07:00",
        "kategori": {"nama": "sampah"},
        "judul": f"Sampah {number}",
        "isi": "Menumpuk di depan pasar.",
        "lokasi": {"lat": round(-7.8712 + away, 4), "lng": 112.5268},
        "status": "baru",
    }
    return plain | more
