"""Records as nobody should send them, told once for every input, and what becomes of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]
COLUMNS = (
    "nomor",
    "tanggal",
    "kategori",
    "judul",
    "uraian",
    "lintang",
    "bujur",
    "status",
    "tanggal_selesai",
)

MAPPING: Mapping[str, Any] = {
    "times": {"formats": ["iso", "%d/%m/%Y %H:%M", "%d/%m/%Y"], "zone": "Asia/Jakarta"},
    "id": {"column": "nomor", "required": True},
    "received": "tanggal",
    "category": {"column": "kategori", "required": True},
    "title": "judul",
    "text": "uraian",
    "position": {"lat": "lintang", "lon": "bujur", "decimal": ","},
    "events": {"selesai": {"kind": "resolved", "at": "tanggal_selesai", "by": "agency"}},
    "status": {"column": "status", "values": {"": [], "Baru": [], "Selesai": ["selesai"]}},
}
"""Of feed, push and SQL: the columns of the drop folder's own mapping."""


def a_row(number: str, **changes: Any) -> dict[str, Any]:
    """A good record."""
    plain = {
        "nomor": number,
        "tanggal": "2026-03-12T09:00:00+07:00",
        "kategori": "sampah",
        "judul": "TPS penuh",
        "uraian": "Meluber ke jalan",
        "lintang": "-7.8712",
        "bujur": "112.5268",
        "status": "Baru",
        "tanggal_selesai": "",
    }
    return plain | changes


@dataclass(frozen=True, slots=True)
class Hostile:
    """One change to a good record, and its outcome."""

    changes: Row
    said: tuple[str, ...] = ()
    """What the reason says at least; empty: the record is taken."""
    becomes: Row = field(default_factory=dict)
    """Columns of the case, where it is taken."""
    nameless: bool = False
    """It has no id, so that a corrected one is not known to be the same."""


VALUES: Mapping[str, Hostile] = {
    "position 0,0": Hostile({"lintang": "0", "bujur": "0,0"}, becomes={"lat": None, "precision": "none"}),
    "position exchanged": Hostile(
        {"lintang": "112.5268", "bujur": "-7.8712"}, becomes={"lat": -7.8712, "precision": "exact"}
    ),
    "position outside the city": Hostile(
        {"lintang": "-6.2", "bujur": "106.8"}, becomes={"lat": -6.2, "village": None, "precision": "outside"}
    ),
    "position as text with commas": Hostile({"lintang": "-7,8712", "bujur": "112,5268"}, becomes={"lat": -7.8712}),
    "position that is none": Hostile({"lintang": "selatan"}, ("lintang", "'selatan' bukan derajat", "-7,8712")),
    "no place on earth": Hostile({"lintang": "97.5", "bujur": "10"}, ("lat: 97.5 terlalu besar", "paling besar 90")),
    "half a position": Hostile({"bujur": ""}, ("lintang, bujur", "isi keduanya atau kosongkan keduanya")),
    "date without a zone": Hostile({"tanggal": "2026-03-12 09:00"}, becomes={"received_at": "2026-03-12T02:00"}),
    "date in 3020": Hostile({"tanggal": "3020-01-01T00:00:00Z"}, ("received_at", "3020", "di masa depan")),
    "date in 1900": Hostile(
        {"tanggal": "1900-01-01T00:00:00Z"}, ("received_at", "sebelum hari pertama kalender", "periksa tahunnya")
    ),
    "31 February": Hostile({"tanggal": "31/02/2026"}, ("tanggal", "'31/02/2026'", "yang tidak ada", "periksa hari")),
    "no date": Hostile({"tanggal": "kapan-kapan"}, ("tanggal", "'kapan-kapan' bukan waktu", "contoh yang benar")),
    "closed before opened": Hostile(
        {"status": "Selesai", "tanggal_selesai": "2026-03-10T09:00:00+07:00"},
        ("tanggal_selesai", "mendahului waktu laporan diterima", "periksa"),
    ),
    "unknown status": Hostile({"status": "Entah"}, ("status", "'Entah' tidak dikenal", "Selesai")),
    "unknown category": Hostile({"kategori": "jenis 10.000"}, becomes={"category": "sampah"}),
    "no category": Hostile({"kategori": ""}, ("kategori", "kosong")),
    "no id": Hostile({"nomor": ""}, ("nomor", "kosong"), nameless=True),
    "an endless id": Hostile({"nomor": "9" * 201}, ("nomor", "200 huruf"), nameless=True),
    "a formula": Hostile({"judul": "@SUM(1)"}, becomes={"title": "@SUM(1)"}),
}


def rows() -> list[dict[str, Any]]:
    """Every hostile record between two good ones; each is called after its place."""
    found = [a_row("baik-1")]
    for n, value in enumerate(VALUES.values()):
        found.append(a_row(f"h-{n}", **value.changes))
    return [*found, a_row("baik-2")]


def mended() -> list[dict[str, Any]]:
    """The same records, every one as it should have been."""
    return [a_row("baik-1"), *(a_row(f"h-{n}") for n in range(len(VALUES))), a_row("baik-2")]
