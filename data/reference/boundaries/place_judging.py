"""Judges where a place of the guide lies: the village of its point, and what contradicts itself about it.

The village that its address names is compared with the village of its point by the map in force. A street that is
called by a village (`Jl. Raya Tlekung 315`) speaks for that village when nothing else in the address does. The
schematic map is a guess: there the address decides, and nothing is doubted but a point outside the city.
"""

from __future__ import annotations

from typing import NamedTuple

from data.domain.distances import distance_m
from data.domain.guide.nouns import Doubt
from data.reference.boundaries.areas import Boundaries
from data.reference.places.names import NamedPlace, PlaceProblem, place_in_address
from data.reference.places.villages import BOX, VILLAGES, village_named

MIDDLE = ((BOX[1] + BOX[3]) / 2, (BOX[0] + BOX[2]) / 2)
FARTHEST_M = 60_000
"""From the middle of the city: a place outside it is shown up to here, farther ones are slips."""
_DISTRICTS = {village.code: village.district for village in VILLAGES}


class Judged(NamedTuple):
    """Where a place is, and the doubt about it."""

    lat: float | None
    lon: float | None
    village: str | None
    is_outside: bool
    doubt: Doubt | None


def judge(address: str | None, lat: float | None, lon: float | None, ground: Boundaries) -> Judged:
    """0,0 counts as no position, because phones and servers send it when they have none."""
    named = place_in_address(address or "")
    village = named.village or _village_of_street(named)
    if lat is None or lon is None or (lat == 0 and lon == 0):
        return Judged(None, None, village, named.problem is PlaceProblem.ELSEWHERE, Doubt.NO_POINT)
    placed = ground.place(lat, lon)
    if not placed.inside_city:
        claims_city = village is not None or named.district is not None
        far = (distance_m(lat, lon, *MIDDLE) or 0) > FARTHEST_M
        return Judged(lat, lon, None, True, Doubt.NO_VILLAGE if claims_city or far else None)
    if named.problem is PlaceProblem.ELSEWHERE or named.problem is PlaceProblem.CONTRADICTION:
        return Judged(lat, lon, placed.village, False, Doubt.ADDRESS_AND_POINT)
    if not ground.official:
        return Judged(lat, lon, village or placed.village, False, None)
    agrees = _agrees(village, named.district, placed.village)
    return Judged(lat, lon, placed.village, False, None if agrees else Doubt.ADDRESS_AND_POINT)


def _village_of_street(named: NamedPlace) -> str | None:
    found = village_named(named.street) if named.street and named.district is None else None
    return None if found is None else found.code


def _agrees(village: str | None, district: str | None, of_point: str | None) -> bool:
    """In a forest that is no village nothing disagrees."""
    if of_point is None:
        return True
    if village is not None:
        return village == of_point
    return district is None or district == _DISTRICTS[of_point]
