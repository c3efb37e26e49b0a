"""Positions in columns: which sign is the decimal one, and whether latitude and longitude stand the other way round."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from data.reference.places.villages import BOX

_PLAIN = re.compile(r"[-+]?\d{1,3}(?:[.,]\d+)?")
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?")
_GROUPS = re.compile(r"[-+]?\d{1,3}(?:[.,]\d{3})+")
_NEAR = 1.0
"""Degrees around the city within which a position still tells latitude from longitude."""


@dataclass(slots=True)
class Degrees:
    """Evidence of one column; flat."""

    seen: int = 0
    near_lat: int = 0
    """Values that are a latitude in or near the city."""
    near_lon: int = 0
    pairs: int = 0
    """Values that hold both."""
    commas: int = 0
    points: int = 0
    broken: list[str] = field(default_factory=list)
    """Values such as -7.871.234, whose decimal sign is lost: the first few."""

    def add(self, text: str) -> None:
        """One more value."""
        self.seen += 1
        text = text.strip()
        if _PLAIN.fullmatch(text):
            self.commas += "," in text
            self.points += "." in text
            degrees = float(text.replace(",", "."))
            self.near_lat += is_near(degrees, lat=True)
            self.near_lon += is_near(degrees, lat=False)
        elif _GROUPS.fullmatch(text):
            if len(self.broken) < 3:
                self.broken.append(text)
        elif len(text) <= 200:
            numbers = [float(each.replace(",", ".")) for each in _NUMBER.findall(text)]
            self.pairs += len(numbers) == 2 and any(is_near(n, lat=True) for n in numbers)

    def share(self, count: int) -> float:
        """Of its values."""
        return count / self.seen if self.seen else 0.0


def is_near(degrees: float, *, lat: bool) -> bool:
    """Whether it may be a position in or near the city."""
    west, south, east, north = BOX
    low, high = (south, north) if lat else (west, east)
    return low - _NEAR <= degrees <= high + _NEAR


def are_swapped(lat: Degrees, lon: Degrees) -> bool:
    """Whether the column called latitude holds longitudes, and the other latitudes."""
    return (
        lat.near_lon > lat.near_lat
        and lon.near_lat > lon.near_lon
        and lat.share(lat.near_lon) >= 0.5
        and lon.share(lon.near_lat) >= 0.5
    )
