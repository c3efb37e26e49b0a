"""Boundary files to feed the import with: made from our own cells, or those beside the repository."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import mapping, shape

from data.reference.boundaries.cells import cells
from data.reference.boundaries.findings import FindingKind, MapFinding
from data.reference.boundaries.map_import import MapRefused, check
from tests.real_data import BOUNDARIES

Features = list[dict[str, Any]]


def a_map(change: Callable[[Features], Any] | None = None, **members: Any) -> bytes:
    """A good file of 24 features (the cells, Kemendagri codes and names), after `change` was done to its features."""
    features: Features = [
        {
            "type": "Feature",
            "properties": {"kode": area.code, "nama": area.name},
            "geometry": json.loads(json.dumps(mapping(area.shape))),
        }
        for area in cells()
    ]
    if change is not None:
        change(features)
    return json.dumps({"type": "FeatureCollection", "features": features, **members}).encode()


def moved(coordinates: Any, how: Callable[[float, float], Any]) -> Any:
    """Nested coordinates with every position changed."""
    if isinstance(coordinates[0], int | float):
        return list(how(coordinates[0], coordinates[1]))
    return [moved(part, how) for part in coordinates]


def move(feature: dict[str, Any], how: Callable[[float, float], Any]) -> None:
    """Change every position of a feature in place."""
    feature["geometry"]["coordinates"] = moved(feature["geometry"]["coordinates"], how)


def a_square(west: float, south: float, side: float) -> dict[str, Any]:
    """A polygon geometry."""
    east, north = west + side, south + side
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def real_shapes(name: str) -> dict[str, Any]:
    """The geometries of a real file by code of either numbering."""
    features = json.loads((BOUNDARIES / name).read_text())["features"]
    return {f["properties"]["kode"] or f["properties"]["kode_bps"]: shape(f["geometry"]) for f in features}


def faults(source: bytes | Path) -> tuple[MapFinding, ...]:
    """Of a file that is refused; an AssertionError when it is not."""
    with pytest.raises(MapRefused) as caught:
        check(source)
    return caught.value.faults


def fault_kinds(source: bytes | Path) -> set[FindingKind]:
    """The kinds of a refused file's faults."""
    return {fault.kind for fault in faults(source)}


def kinds(source: bytes | Path) -> set[FindingKind]:
    """What an accepted file's report speaks of."""
    return {finding.kind for finding in check(source).report}
