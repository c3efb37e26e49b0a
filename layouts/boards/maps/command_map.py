"""The map: villages coloured by overdue cases, open cases as symbols, the centre again in a larger inset.

The base map (shapes, names, outlines) is in the page; a message has only what changes: colours, counts, cases.
Every case is shown once: in the inset when it is in the centre, else on the city's map.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import TypeVar

from dash.development.base_component import Component

from data.domain.cases.model import Precision
from data.domain.figures.boards import CommandMap, KindTotal, MapMark, MapPoint, VillageTotals
from layouts.boards.maps import map_marks, map_shells
from layouts.boards.maps.map_shells import Id, Plan, centre_box, plan
from layouts.boards.maps.warned_area import features
from layouts.boards.warning_overlay import legend as warning_legend
from layouts.kit import tags
from layouts.kit.parts import category_name, mark
from layouts.kit.tags import Tag
from layouts.kit.text_width import packed, text_width
from layouts.kit.viewport import Box, DrawContext, Viewport

__all__ = ["Id", "draw", "regions", "rows"]

Spot = TypeVar("Spot", MapPoint, MapMark)
MOST_POINTS = 2000
WARNED_MOST = 3
"""So many warnings are explained."""
STATES = ("overdue", "risk", "new", "run")
STATUS = {"overdue": "overdue", "at_risk": "risk", "new": "new", "running": "run"}
"""The `data-state` of a point's status."""
LEGEND = (*STATES, "private", "tint", "group", "street", "village", "district")
LINE = 1.36
"""Line height of the side, in em; the style sheet has the same."""
MARK_EM, LETTER_EM = 2.1, 2.8
"""Width of a legend entry without its text."""
SIDE_PAD = 44
PLACES = {Precision.EXACT: "", Precision.STREET: "street", Precision.VILLAGE: "village", Precision.DISTRICT: "district"}
"""The precision of a place, for the map's script; empty when it is exact."""
DEGREE = 100_000
"""Places are sent in whole hundred-thousandths of a degree, about a meter."""


def regions(viewport: Viewport, context: DrawContext) -> list[Component]:
    """Both maps with their base layers, and the empty side."""
    return map_shells.shells(viewport, context)


def rows(viewport: Viewport) -> int:
    """How many symbols the map may have; the browser clusters those that are close together."""
    return MOST_POINTS


def draw(
    answer: CommandMap, viewport: Viewport, now: datetime, context: DrawContext
) -> dict[str, Tag | dict[str, object]]:
    """By region id: the side as a component, the layers as props."""
    room = plan(viewport, context)
    box = centre_box(viewport, context)
    central, outer = _split_by(answer.points, box)
    central_marks, outer_marks = _split_by(map_marks.shown(answer.marks, viewport), box)
    tints = {"tints": {village.code: tint(village) for village in answer.villages if village.overdue}}
    names = {
        "names": {village.code: village.name for village in answer.villages},
        "private": {village.code: village.private for village in answer.villages if village.private},
    }
    warned: dict[str, object] = {"data": features(answer.warnings, context)}
    return {
        Id.VILLAGES: {"hideout": tints},
        Id.CENTRE_VILLAGES: {"hideout": tints},
        Id.NAMES: {"hideout": names},
        Id.CENTRE_NAMES: {"hideout": names},
        Id.FRAME: {"hideout": {"counts": _counts(central)}},
        Id.MARKS: map_marks.layer(outer_marks),
        Id.CENTRE_MARKS: map_marks.layer(central_marks),
        Id.CASES: _cases(outer),
        Id.CENTRE_CASES: _cases(central),
        Id.WARNED: warned,
        Id.CENTRE_WARNED: warned,
        Id.SIDE: _side(answer, room, viewport, context),
    }


def _split_by(points: Iterable[Spot], centre: Box) -> tuple[list[Spot], list[Spot]]:
    """(those inside the centre, the others)."""
    (south, west), (north, east) = centre
    central: list[Spot] = []
    outer: list[Spot] = []
    for point in points:
        inside = south <= point.lat <= north and west <= point.lon <= east
        (central if inside else outer).append(point)
    return central, outer


def tint(village: VillageTotals) -> int:
    """0: nothing overdue, 1: one or two, 2: three and more."""
    return 0 if not village.overdue else 1 if village.overdue < 3 else 2


def _counts(points: Iterable[MapPoint]) -> dict[str, int]:
    return {STATUS[status]: count for status, count in Counter([point.status for point in points]).items()}


def _cases(points: Iterable[MapPoint]) -> dict[str, object]:
    """One row a case, of which the script makes a GeoJSON feature:
    [id, lat, lon, letter, state, place, folded, group, reports]."""
    rows = [
        (
            case_id,
            round(lat * DEGREE),
            round(lon * DEGREE),
            letter,
            STATUS[status],
            PLACES.get(precision, ""),
            folded,
            group,
            reports,
        )
        for case_id, _, letter, status, lat, lon, precision, folded, group, reports in points
    ]
    return {"cases": rows}


def _side(answer: CommandMap, room: Plan, viewport: Viewport, context: DrawContext) -> Tag:
    """What the symbols mean, how many cases of which category, and what the map cannot show."""
    px, words = viewport.sizes.small, viewport.words
    lines = max(1, int((room.side_height - SIDE_PAD) // (px * LINE)))
    width = room.side_width - SIDE_PAD + px
    warned = list(islice(warning_legend(answer.warnings, viewport, answer.as_of, context, width), WARNED_MOST))
    notes = _notes(answer, viewport, context)
    signs = map_marks.legend(map_marks.shown(answer.marks, viewport), words)
    legend = [_key(mark(name), words(f"map.{name}")) for name in LEGEND]
    legend += [_key(mark(kind), text) for kind, text in signs]
    kinds = _kinds(answer.kinds, viewport, context)
    groups = [("warned", warned), ("legend", legend), ("notes", notes), ("kinds", kinds)]
    shown = []
    for name, parts in groups:
        fit, used = packed([_key_width(part, px) for part in parts], width, lines)
        lines -= used
        shown.append(tags.Div(parts[:fit], className=name))
    order = (shown[3], shown[0], shown[1], shown[2])
    return tags.Div([part for part in order if part.children], className="side-list")


def _key(symbol: Tag, text: str, count: int | None = None) -> Tag:
    more = [] if count is None else [tags.B(str(count))]
    return tags.Span([symbol, text, *more], className="key")


def _key_width(key: Tag, px: int) -> float:
    _, *told = key.children
    text = "".join(part if isinstance(part, str) else f" {part.children}" for part in told)
    return text_width(text, px) + px * (LETTER_EM if len(told) == 2 else MARK_EM)


def _notes(answer: CommandMap, viewport: Viewport, context: DrawContext) -> list[Tag]:
    words = viewport.words
    told = [context.attribution] if context.tiles and context.attribution else []
    if not answer.official:
        told.append(words("map.schematic"))
    if answer.outside:
        told.append(words("map.outside", n=answer.outside))
    if answer.unplaced:
        told.append(words("map.unplaced", n=answer.unplaced))
    return [_key(mark("none"), text) for text in told]


def _kinds(kinds: Iterable[KindTotal], viewport: Viewport, context: DrawContext) -> list[Tag]:
    """The categories on the map with their letters and numbers of cases."""
    return [
        _key(tags.Icon(letter, className="letter"), category_name(context.city, category, viewport.lang), cases)
        for category, letter, cases in kinds
    ]
