"""The places of simulated reports: streets and weights by village."""

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


class VillageWeight(StrEnum):
    """The weight by which villages are chosen: a field of VillageProfile."""

    PEOPLE = "people"
    TOURISTS = "tourists"
    FARMERS = "farmers"
    LANDSLIDE = "landslide"
    STORM = "storm"
    FLOOD = "flood"
    WILDFIRE = "wildfire"


@dataclass(frozen=True, slots=True)
class VillageProfile:
    """The streets and weights of a village.

    `people`, `tourists` and `farmers` are assumed weights. The disasters are counts of 2021 to 2023 by village, as
    published by the city's BPBD (439 events in all); `storm` is its count of extreme weather.
    """

    streets: tuple[str, ...]
    people: int
    tourists: int
    farmers: int
    flood: int
    landslide: int
    storm: int
    wildfire: int


VILLAGE_PROFILES: Mapping[str, VillageProfile] = {
    "Temas": VillageProfile(("Jl. Pattimura", "Jl. Wukir", "Jl. Imam Bonjol"), 10, 5, 2, 2, 20, 8, 0),
    "Ngaglik": VillageProfile(("Jl. Abdul Gani Atas", "Jl. Suropati", "Jl. Ikhwan Hadi"), 7, 8, 1, 2, 1, 5, 0),
    "Songgokerto": VillageProfile(("Jl. Trunojoyo", "Jl. Arumdalu", "Jl. Songgoriti"), 5, 8, 1, 1, 35, 9, 8),
    "Sisir": VillageProfile(("Jl. Panglima Sudirman", "Jl. Diponegoro", "Jl. Gajah Mada"), 12, 12, 1, 0, 7, 22, 0),
    "Sumberejo": VillageProfile(("Jl. Indragiri", "Jl. Raya Sumberejo"), 4, 1, 3, 1, 3, 0, 1),
    "Oro-oro Ombo": VillageProfile(("Jl. Raya Oro-oro Ombo", "Jl. Hayam Wuruk"), 7, 12, 4, 1, 5, 7, 1),
    "Sidomulyo": VillageProfile(("Jl. Bukit Berbunga", "Jl. Cemara Kipas"), 5, 3, 5, 4, 2, 3, 0),
    "Pesanggrahan": VillageProfile(("Jl. Cempaka", "Jl. Raya Pesanggrahan"), 7, 3, 2, 0, 2, 2, 0),
    "Punten": VillageProfile(("Jl. Raya Punten", "Jl. Punten Barat"), 3, 3, 6, 3, 18, 5, 0),
    "Gunungsari": VillageProfile(("Jl. Raya Gunungsari", "Dusun Brau"), 4, 1, 6, 0, 44, 0, 3),
    "Tulungrejo": VillageProfile(("Jl. Raya Selecta", "Jl. Raya Junggo"), 5, 9, 12, 10, 22, 11, 1),
    "Sumbergondo": VillageProfile(("Jl. Raya Sumbergondo", "Dusun Segundu"), 3, 2, 8, 3, 9, 3, 1),
    "Pandanrejo": VillageProfile(("Jl. Raya Pandanrejo", "Dusun Pandan"), 3, 2, 6, 1, 2, 0, 0),
    "Bumiaji": VillageProfile(("Jl. Raya Bumiaji", "Dusun Binangun"), 4, 2, 7, 14, 4, 1, 1),
    "Giripurno": VillageProfile(("Jl. Raya Giripurno", "Dusun Sabrangbendo"), 6, 1, 9, 2, 7, 4, 2),
    "Bulukerto": VillageProfile(("Jl. Raya Bulukerto", "Dusun Gintung"), 4, 1, 9, 4, 25, 1, 1),
    "Sumberbrantas": VillageProfile(("Jl. Raya Cangar", "Dusun Lemah Putih"), 3, 3, 11, 4, 18, 3, 0),
    "Dadaprejo": VillageProfile(("Jl. Raya Dadaprejo", "Jl. Martorejo"), 5, 1, 1, 1, 10, 4, 0),
    "Beji": VillageProfile(("Jl. Raya Beji", "Jl. Ir. Soekarno"), 5, 8, 2, 0, 3, 4, 0),
    "Junrejo": VillageProfile(("Jl. Raya Junrejo", "Jl. Hasanudin"), 6, 2, 3, 0, 3, 3, 0),
    "Tlekung": VillageProfile(("Jl. Raya Tlekung", "Dusun Gangsiran"), 3, 1, 3, 0, 5, 3, 1),
    "Mojorejo": VillageProfile(("Jl. Ir. Soekarno", "Jl. Raya Mojorejo"), 3, 4, 2, 2, 2, 1, 0),
    "Pendem": VillageProfile(("Jl. Raya Pendem", "Dusun Caru"), 7, 2, 3, 1, 0, 2, 0),
    "Torongrejo": VillageProfile(("Jl. Raya Torongrejo", "Dusun Klerek"), 4, 1, 6, 2, 9, 1, 0),
}


@dataclass(frozen=True, slots=True)
class StreetPoint:
    """A position in a street, in WGS84 degrees."""

    village: str
    street: str
    lat: float
    lon: float

    def near(self, rng: Random, metres: float) -> StreetPoint:
        """A random point within so many metres."""
        angle, far = rng.uniform(0, math.tau), metres * math.sqrt(rng.random())
        lat, lon = moved(self.lat, self.lon, far * math.cos(angle), far * math.sin(angle))
        return StreetPoint(self.village, self.street, lat, lon)


def moved(lat: float, lon: float, north_m: float, east_m: float) -> tuple[float, float]:
    """A position moved by so many metres, rounded to six decimals."""
    across = _M_PER_DEGREE * math.cos(math.radians(lat))
    return round(lat + north_m / _M_PER_DEGREE, 6), round(lon + east_m / across, 6)


class Places:
    """Chooses places: village by weight, then a point between its office and its middle, scattered, inside it."""

    def __init__(self, boundaries: Boundaries | None) -> None:
        self._boundaries = boundaries
        self._weights = {
            where: _summed([getattr(VILLAGE_PROFILES[v.name], where) for v in VILLAGES]) for where in VillageWeight
        }

    def random_point(self, rng: Random, where: VillageWeight) -> StreetPoint:
        """A random place, in a village chosen by that weight."""
        village = rng.choices(VILLAGES, cum_weights=self._weights[where])[0]
        lat, lon = self._inside(rng, village, 900 if where in _OPEN_COUNTRY else 450)
        return StreetPoint(village.name, rng.choice(VILLAGE_PROFILES[village.name].streets), lat, lon)

    def _inside(self, rng: Random, village: Village, spread_m: float) -> tuple[float, float]:
        """A point near the office (settlements) or the middle (open country); when it is outside the village, tries
        again closer."""
        share = rng.random() if spread_m > 500 else rng.random() ** 2 * 0.6
        lat = village.office_lat + (village.inside_lat - village.office_lat) * share
        lon = village.office_lon + (village.inside_lon - village.office_lon) * share
        spread = min(spread_m, 180 * math.sqrt(village.area_km2))
        for _ in range(6):
            at = moved(lat, lon, rng.gauss(0, spread), rng.gauss(0, spread))
            if self._boundaries is None or self._boundaries.place(*at).village == village.code:
                return at
            spread /= 2
        return round(village.inside_lat, 6), round(village.inside_lon, 6)


_OPEN_COUNTRY = frozenset({VillageWeight.LANDSLIDE, VillageWeight.WILDFIRE, VillageWeight.FARMERS, VillageWeight.FLOOD})


def _summed(weights: Sequence[int]) -> list[int]:
    return list(accumulate(weights))
