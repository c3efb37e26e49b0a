"""A drop folder named `impor` and files to put into it."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from data import clock
from tests.e2e.helpers.server import Installation

NAME = "impor"
DROP: dict[str, Any] = {
    "sources": {
        NAME: {
            "kind": "drop",
            "title": {"id": "Impor uji", "en": "Trial import"},
            "enabled": True,
            "every_s": 1,
            "folder": "masuk",
            "settle_s": 0,
            "mapping": {
                "times": {"zone": "UTC"},
                "id": {"column": "nomor", "required": True},
                "received": "diterima",
                "category": "kategori",
                "title": "judul",
                "position": {"lat": "lat", "lon": "lon"},
            },
        }
    }
}


@cache
def hour() -> datetime:
    """The present one, the same for every file even when it ends meanwhile."""
    return clock.now().replace(minute=0, second=0, microsecond=0)


def drop_file(house: Installation, name: str, rows: int, title: str = "Impor nomor") -> Path:
    """Put a file of that many reports (the same ones each time) into the folder, complete at one blow."""
    folder = house.home / "masuk"
    folder.mkdir(exist_ok=True)
    hidden = folder / f".{name}"
    with hidden.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["nomor", "diterima", "kategori", "judul", "lat", "lon"])
        for n in range(rows):
            at = (hour() - timedelta(days=5) + timedelta(seconds=10 * n)).isoformat()
            lat, lon = -7.90 + n % 97 / 1000, 112.5 + n % 89 / 1000
            writer.writerow([f"I{n:06d}", at, "lainnya", f"{title} {n}", lat, lon])
    return hidden.rename(folder / name)


def results(path: Path) -> Counter[str]:
    """How many rows of a file had which outcome, as the result file beside it says; empty while it is not there."""
    told = path.with_name(path.name + ".hasil.csv")
    if not told.exists():
        return Counter()
    with told.open(newline="", encoding="utf-8-sig") as file:
        return Counter(row["hasil"] for row in csv.DictReader(file) if row["hasil"] != "ringkasan")
