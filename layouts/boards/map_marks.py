"""The city's signs on the map, under the cases and without colour: places, events of today, closed roads, outages."""

from __future__ import annotations

from collections.abc import Iterable

from data.domain.figures.boards import Layer, MapMark
from layouts.kit.viewport import Viewport

DEGREE = 100_000
"""Places are sent in whole hundred-thousandths of a degree, about a meter."""
KINDS = {Layer.PLACES: ("place",), Layer.AGENDA: ("event",), Layer.CONDITIONS: ("closure", "outage")}
"""The signs of each layer; the style sheet has a shape for each."""


def shown(marks: Iterable[MapMark], viewport: Viewport) -> list[MapMark]:
    """Those of the screen's layers."""
    return [mark for mark in marks if mark.layer in viewport.layers]


def layer(marks: Iterable[MapMark]) -> dict[str, object]:
    """One row a sign, of which the script makes a GeoJSON feature: [id, lat, lon, kind]."""
    rows = [(mark.id, round(mark.lat * DEGREE), round(mark.lon * DEGREE), mark.kind) for mark in marks]
    return {"marks": rows}


def legend(marks: Iterable[MapMark]) -> list[str]:
    """The kinds of signs that stand on the map, in one order."""
    there = {mark.kind for mark in marks}
    return [kind for layer_kinds in KINDS.values() for kind in layer_kinds if kind in there]
