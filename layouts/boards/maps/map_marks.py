"""The city's signs on the map, under the cases and without colour: places, events of today, closed roads, outages."""

from __future__ import annotations

from collections.abc import Iterable

from data.domain.figures.boards import MapMark
from layouts.kit.viewport import Viewport
from layouts.kit.words import Words

DEGREE = 100_000
"""Places are sent in whole hundred-thousandths of a degree, about a meter."""
TEXTS = {"place": "map.place", "event": "map.event", "closure": "map.closure", "outage": "map.outage"}
"""What each kind of sign is called; the style sheet has a shape for each."""


def shown(marks: Iterable[MapMark], viewport: Viewport) -> list[MapMark]:
    """Those of the screen's layers."""
    return [mark for mark in marks if mark.layer in viewport.layers]


def layer(marks: Iterable[MapMark]) -> dict[str, object]:
    """One row a sign, of which the script makes a GeoJSON feature: [id, lat, lon, kind]."""
    rows = [(mark.id, round(mark.lat * DEGREE), round(mark.lon * DEGREE), mark.kind) for mark in marks]
    return {"marks": rows}


def legend(marks: Iterable[MapMark], words: Words) -> list[tuple[str, str]]:
    """The kinds of signs that stand on the map with what they are called, in one order."""
    there = {mark.kind for mark in marks}
    return [(kind, words(key)) for kind, key in TEXTS.items() if kind in there]
