"""Finds the incident that a new case belongs to: an open case near it in place and time becomes its head."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from data.domain.city.model import IncidentRule

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius."""


@dataclass(frozen=True, slots=True)
class IncidentCase:
    """The fields of a case that decide about incidents; `lat`, `lon`: WGS84 degrees, None without an exact position."""

    code: str
    category: str
    received_at: datetime
    lat: float | None
    lon: float | None


def find_head(candidate: IncidentCase, open_cases: Iterable[IncidentCase], rule: IncidentRule | None) -> str | None:
    """The code of the open case that the candidate is merged into; None when the candidate reports something new.

    `open_cases` must not contain merged cases. The two cases have the same category, lie within the rule's radius and
    were received within its window, both measured from the head: a chain of reports does not extend an incident over
    days. The oldest such case wins; of equally old ones, the first by code.
    """
    if rule is None:
        return None
    heads = [case for case in open_cases if _is_same_incident(candidate, case, rule)]
    return min(heads, key=lambda case: (case.received_at, case.code)).code if heads else None


def _is_same_incident(candidate: IncidentCase, case: IncidentCase, rule: IncidentRule) -> bool:
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


def bounding_box(lat: float, lon: float, radius_m: float) -> tuple[float, float, float, float]:
    """(lat min, lat max, lon min, lon max) of a box that contains every point within the radius."""
    up = math.degrees(radius_m / EARTH_RADIUS_M)
    across = up / max(0.01, math.cos(math.radians(lat)))
    return lat - up, lat + up, lon - across, lon + across
