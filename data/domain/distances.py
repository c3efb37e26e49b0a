"""Distances on the earth."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius."""
Numbers = NDArray[np.float64]


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


def distances_m(lat: Numbers, lon: Numbers, lat2: Numbers, lon2: Numbers) -> Numbers:
    """The same for arrays that fit together by NumPy's rules; NaN where a position is missing."""
    up, across = np.radians(lat2 - lat) / 2, np.radians(lon2 - lon) / 2
    chord = np.sin(up) ** 2 + np.cos(np.radians(lat)) * np.cos(np.radians(lat2)) * np.sin(across) ** 2
    found: Numbers = 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(1.0, np.sqrt(chord)))
    return found
