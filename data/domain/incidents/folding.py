"""Cases that tell of one event: the oldest near enough in place and time speaks for the others."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from data.domain.city.model import IncidentRule

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One case as incidents see it; `lat`, `lon` in WGS84 degrees, None when it has no exact place."""

    code: str
    category: str
    received_at: datetime
    lat: float | None
    lon: float | None


def head_of(candidate: Sighting, open_cases: Iterable[Sighting], rule: IncidentRule | None) -> str | None:
    """The code of the open case that speaks for the candidate, None when it tells of something new.

    `open_cases` are heads and cases of their own, never merged ones. Same category, within the rule's
    radius, and received within its window of each other: measured from the head, so that a chain of
    reports does not stretch an event over days. The oldest such case wins, among equals the first code.
    """
    if rule is None:
        return None
    heads = [case for case in open_cases if _tells_of_the_same(candidate, case, rule)]
    return min(heads, key=lambda case: (case.received_at, case.code)).code if heads else None


def _tells_of_the_same(candidate: Sighting, case: Sighting, rule: IncidentRule) -> bool:
    if case.code == candidate.code or case.category != candidate.category:
        return False
    if abs(candidate.received_at - case.received_at) > rule.window:
        return False
    distance = distance_m(candidate.lat, candidate.lon, case.lat, case.lon)
    return distance is not None and distance <= rule.radius_m


def distance_m(lat: float | None, lon: float | None, lat2: float | None, lon2: float | None) -> float | None:
    """Great-circle distance in metres (haversine); None when a position is missing."""
    if lat is None or lon is None or lat2 is None or lon2 is None:
        return None
    up, across = math.radians(lat2 - lat) / 2, math.radians(lon2 - lon) / 2
    chord = math.sin(up) ** 2 + math.cos(math.radians(lat)) * math.cos(math.radians(lat2)) * math.sin(across) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(chord)))


def box(lat: float, lon: float, radius_m: float) -> tuple[float, float, float, float]:
    """(lat low, lat high, lon low, lon high) around a position that holds everything within the radius."""
    up = math.degrees(radius_m / EARTH_RADIUS_M)
    across = up / max(0.01, math.cos(math.radians(lat)))
    return lat - up, lat + up, lon - across, lon + across
