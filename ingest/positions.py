"""Latitude and longitude that came exchanged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data.reference.places.villages import BOX


def is_exchanged(data: Any) -> bool:
    """Whether latitude and longitude lie in the city when they are exchanged."""
    if not isinstance(data, Mapping):
        return False
    west, south, east, north = BOX
    try:
        return west <= float(data["lat"]) <= east and south <= float(data["lon"]) <= north
    except (KeyError, TypeError, ValueError, OverflowError):
        return False
