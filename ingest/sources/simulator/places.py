"""Where in Kota Batu things are reported: streets and weights by village."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from random import Random

from data.reference.boundaries.areas import Boundaries
from data.reference.places.villages import VILLAGES, Village

_M_PER_DEGREE = 111_195.0


class Where(StrEnum):
    """By which weight villages are chosen."""

    PEOPLE = "people"
    TOURISTS = "tourists"
    FARMERS = "farmers"
    LANDSLIDE = "landslide"
    STORM = "storm"
    FLOOD = "flood"
    WILDFIRE = "wildfire"


@dataclass(frozen=True, slots=True)
class Ground:
    """What is known or assumed of a village.

    `people`, `tourists` and `farmers` are assumed weights. The disasters are counts of 2021 to 2023 by village, as
    published by the city's BPBD (439 events in all); extreme weather stands for storms that fell trees.
    """

    streets: tuple[str, ...]
    people: int
    tourists: int
    farmers: int
    flood: int
    landslide: int
    storm: int
    wildfire: int


GROUND: Mapping[str, Ground] = {
    "Temas": Ground(("Jl. Pattimura", "Jl. Wukir", "Jl. Imam Bonjol"), 10, 5, 2, 2, 20, 8, 0),
    "Ngaglik": Ground(("Jl. Abdul Gani Atas", "Jl. Suropati", "Jl. Ikhwan Hadi"), 7, 8, 1, 2, 1, 5, 0),
    "Songgokerto": Ground(("Jl. Trunojoyo", "Jl. Arumdalu", "Jl. Songgoriti"), 5, 8, 1, 1, 35, 9, 8),
    "Sisir": Ground(("Jl. Panglima Sudirman", "Jl. Diponegoro", "Jl. Gajah Mada"), 12, 12, 1, 0, 7, 22, 0),
    "Sumberejo": Ground(("Jl. Indragiri", "Jl. Raya Sumberejo"), 4, 1, 3, 1, 3, 0, 1),
    "Oro-oro Ombo": Ground(("Jl. Raya Oro-oro Ombo", "Jl. Hayam Wuruk"), 7, 12, 4, 1, 5, 7, 1),
    "Sidomulyo": Ground(("Jl. Bukit Berbunga", "Jl. Cemara Kipas"), 5, 3, 5, 4, 2, 3, 0),
    "Pesanggrahan": Ground(("Jl. Cempaka", "Jl. Raya Pesanggrahan"), 7, 3, 2, 0, 2, 2, 0),
    "Punten": Ground(("Jl. Raya Punten", "Jl. Punten Barat"), 3, 3, 6, 3, 18, 5, 0),
    "Gunungsari": Ground(("Jl. Raya Gunungsari", "Dusun Brau"), 4, 1, 6, 0, 44, 0, 3),
    "Tulungrejo": Ground(("Jl. Raya Selecta", "Jl. Raya Junggo"), 5, 9, 12, 10, 22, 11, 1),
    "Sumbergondo": Ground(("Jl. Raya Sumbergondo", "Dusun Segundu"), 3, 2, 8, 3, 9, 3, 1),
    "Pandanrejo": Ground(("Jl. Raya Pandanrejo", "Dusun Pandan"), 3, 2, 6, 1, 2, 0, 0),
    "Bumiaji": Ground(("Jl. Raya Bumiaji", "Dusun Binangun"), 4, 2, 7, 14, 4, 1, 1),
    "Giripurno": Ground(("Jl. Raya Giripurno", "Dusun Sabrangbendo"), 6, 1, 9, 2, 7, 4, 2),
    "Bulukerto": Ground(("Jl. Raya Bulukerto", "Dusun Gintung"), 4, 1, 9, 4, 25, 1, 1),
    "Sumberbrantas": Ground(("Jl. Raya Cangar", "Dusun Lemah Putih"), 3, 3, 11, 4, 18, 3, 0),
    "Dadaprejo": Ground(("Jl. Raya Dadaprejo", "Jl. Martorejo"), 5, 1, 1, 1, 10, 4, 0),
    "Beji": Ground(("Jl. Raya Beji", "Jl. Ir. Soekarno"), 5, 8, 2, 0, 3, 4, 0),
    "Junrejo": Ground(("Jl. Raya Junrejo", "Jl. Hasanudin"), 6, 2, 3, 0, 3, 3, 0),
    "Tlekung": Ground(("Jl. Raya Tlekung", "Dusun Gangsiran"), 3, 1, 3, 0, 5, 3, 1),
    "Mojorejo": Ground(("Jl. Ir. Soekarno", "Jl. Raya Mojorejo"), 3, 4, 2, 2, 2, 1, 0),
    "Pendem": Ground(("Jl. Raya Pendem", "Dusun Caru"), 7, 2, 3, 1, 0, 2, 0),
    "Torongrejo": Ground(("Jl. Raya Torongrejo", "Dusun Klerek"), 4, 1, 6, 2, 9, 1, 0),
}


@dataclass(frozen=True, slots=True)
class StreetPoint:
    """A place of a report."""

    village: str
    street: str
    lat: float
    lon: float

    def near(self, chance: Random, metres: float) -> StreetPoint:
        """Another one within so many metres."""
        angle, far = chance.uniform(0, math.tau), metres * math.sqrt(chance.random())
        lat, lon = moved(self.lat, self.lon, far * math.cos(angle), far * math.sin(angle))
        return StreetPoint(self.village, self.street, lat, lon)


def moved(lat: float, lon: float, north_m: float, east_m: float) -> tuple[float, float]:
    """A position so many metres further, to six decimals."""
    across = _M_PER_DEGREE * math.cos(math.radians(lat))
    return round(lat + north_m / _M_PER_DEGREE, 6), round(lon + east_m / across, 6)


class Places:
    """Chooses places: village by weight, then a point between its office and its middle, scattered, inside it."""

    def __init__(self, boundaries: Boundaries | None) -> None:
        self._boundaries = boundaries
        self._weights = {where: _summed([getattr(GROUND[v.name], where) for v in VILLAGES]) for where in Where}

    def spot(self, chance: Random, where: Where) -> StreetPoint:
        """A place where something of that kind happens."""
        village = chance.choices(VILLAGES, cum_weights=self._weights[where])[0]
        lat, lon = self._inside(chance, village, 900 if where in _OPEN_COUNTRY else 450)
        return StreetPoint(village.name, chance.choice(GROUND[village.name].streets), lat, lon)

    def _inside(self, chance: Random, village: Village, spread_m: float) -> tuple[float, float]:
        """Settlements lie about the office, open country about the middle; a miss is tried again, closer."""
        share = chance.random() if spread_m > 500 else chance.random() ** 2 * 0.6
        lat = village.office_lat + (village.inside_lat - village.office_lat) * share
        lon = village.office_lon + (village.inside_lon - village.office_lon) * share
        spread = min(spread_m, 180 * math.sqrt(village.area_km2))
        for _ in range(6):
            at = moved(lat, lon, chance.gauss(0, spread), chance.gauss(0, spread))
            if self._boundaries is None or self._boundaries.place(*at).village == village.code:
                return at
            spread /= 2
        return round(village.inside_lat, 6), round(village.inside_lon, 6)


_OPEN_COUNTRY = frozenset({Where.LANDSLIDE, Where.WILDFIRE, Where.FARMERS, Where.FLOOD})


def _summed(weights: Sequence[int]) -> list[int]:
    return list(accumulate(weights))
