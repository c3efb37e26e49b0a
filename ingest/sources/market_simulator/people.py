"""Who sells and buys in the simulated market; the names are invented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from data.reference.places.villages import VILLAGES

_AREAS: Mapping[str, tuple[str, ...]] = {
    "apel": ("Tulungrejo", "Sumbergondo", "Bulukerto", "Bumiaji"),
    "jeruk": ("Punten", "Oro-Oro Ombo", "Tlekung"),
    "stroberi": ("Pandanrejo",),
    "kentang": ("Sumberbrantas", "Tulungrejo"),
    "wortel": ("Sumberbrantas", "Tulungrejo"),
    "bawang_merah": ("Torongrejo",),
    "krisan": ("Sidomulyo", "Punten", "Gunungsari"),
    "mawar": ("Gunungsari", "Sidomulyo"),
    "anggrek": ("Sidomulyo",),
    "susu_sapi": ("Gunungsari", "Beji"),
}
"""Where what mostly grows; everything else grows anywhere."""
_FIRST = ("Slamet", "Sri", "Bambang", "Siti", "Agus", "Wahyuni", "Suparman", "Endang", "Joko", "Yuli", "Hadi", "Rini")
_LAST = ("Santoso", "Lestari", "Wibowo", "Rahayu", "Prasetyo", "Utami", "Setiawan", "Astuti", "Nugroho", "Handayani")
_TRADES = ("UD Tani Makmur", "CV Sumber Sayur", "Pasar Among Tani", "UD Rejeki Alam", "Toko Buah Segar", "Hotel Kusuma")
_MORE = ("Katering Bu Yanti", "CV Panen Raya", "Koperasi Bumiaji", "UD Berkah Tani", "Warung Sehat", "UD Gunung Emas")
PRESSING = "CV Untung Cepat"
"""The buyer who pays half."""


@dataclass(frozen=True, slots=True)
class Person:
    """A farmer or a buyer."""

    id: str
    name: str
    phone: str
    village: str
    commodities: tuple[str, ...] = ()


def farmers(codes: tuple[str, ...], seed: int, how_many: int) -> list[Person]:
    rng = Random(f"{seed}/farmers")
    names = [village.name for village in VILLAGES]
    found = []
    for n in range(how_many):
        main = codes[n % len(codes)]
        where = [name for name in _AREAS.get(main, ()) if name in names] or names
        more = tuple(rng.sample(codes, 2))
        name = f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"
        found.append(Person(f"petani-{n + 1}", name, f"0811000{n:04d}", rng.choice(where), (main, *more)))
    return found


def buyers(seed: int) -> list[Person]:
    """The pressing one is the last."""
    rng = Random(f"{seed}/buyers")
    names = (*_TRADES, *_MORE, PRESSING)
    return [
        Person(f"pembeli-{n + 1}", name, f"0822000{n:04d}", rng.choice(VILLAGES).name) for n, name in enumerate(names)
    ]
