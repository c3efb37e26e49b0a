"""Distances on the earth, for what is near."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

RADIUS_M = 6_371_008.8
_METRES_PER_DEGREE = 111_195.0


def metres(lat: float, lon: float, lat2: float, lon2: float) -> float:
    """Great-circle distance (haversine)."""
    half_lat, half_lon = radians(lat2 - lat) / 2, radians(lon2 - lon) / 2
    square = sin(half_lat) ** 2 + cos(radians(lat)) * cos(radians(lat2)) * sin(half_lon) ** 2
    return 2 * RADIUS_M * asin(min(1.0, sqrt(square)))


def box_around(lat: float, lon: float, radius_m: float) -> tuple[float, float, float, float]:
    """South, north, west, east of a box that holds every point within the radius."""
    high = radius_m / _METRES_PER_DEGREE * 1.001
    wide = high / max(0.01, cos(radians(lat)))
    return lat - high, lat + high, lon - wide, lon + wide
