"""The map's two views with their base layers, as parts of the page; `command_map` draws what changes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import dash_leaflet as dl
from dash import html
from dash.development.base_component import Component

from layouts.boards.maps import base_map
from layouts.kit.screen import GAP
from layouts.kit.viewport import Box, DrawContext, Viewport

AIR = 0.015
"""Share of the city's extent left free around it."""
CITY_MOST, INSET_MOST = 0.6, 0.54
"""Largest share of the slot's width and height that they take; the style sheet has the same."""


class Id(StrEnum):
    """The board's regions; all but SIDE are live layers of a map."""

    VILLAGES = "command_map--villages"
    NAMES = "command_map--names"
    FRAME = "command_map--frame"
    MARKS = "command_map--marks"
    CASES = "command_map--cases"
    WARNED = "command_map--warned"
    CENTRE_VILLAGES = "command_map--centre-villages"
    CENTRE_NAMES = "command_map--centre-names"
    CENTRE_MARKS = "command_map--centre-marks"
    CENTRE_CASES = "command_map--centre-cases"
    CENTRE_WARNED = "command_map--centre-warned"
    SIDE = "command_map--side"


@dataclass(frozen=True, slots=True)
class Plan:
    """The space beside the city and below the inset, design px. The style sheet computes the same."""

    side_width: int
    side_height: int


@lru_cache(maxsize=32)
def plan(viewport: Viewport, context: DrawContext) -> Plan:
    """The city takes the width that its height asks for; beside it stands the inset, and below that the side."""
    slot = viewport.slot
    side = slot.width - round(min(slot.width * CITY_MOST, slot.height * base_map.aspect(city_box(context)))) - GAP
    inset = round(min(side / base_map.aspect(context.centre), slot.height * INSET_MOST))
    return Plan(side, slot.height - inset - GAP)


def city_box(context: DrawContext) -> Box:
    """What the city's view shows."""
    return base_map.padded(base_map.bounds(context.shapes), AIR)


@lru_cache(maxsize=32)
def centre_box(viewport: Viewport, context: DrawContext) -> Box:
    """What the inset shows: the centre, made as wide as the inset is."""
    room = plan(viewport, context)
    return base_map.widened(context.centre, room.side_width / (viewport.slot.height - room.side_height - GAP))


def shells(viewport: Viewport, context: DrawContext) -> list[Component]:
    """City, inset, side."""
    centre = centre_box(viewport, context)
    return [
        html.Div(_city(viewport, context, centre), className="city", **_view(city_box(context))),
        html.Div(_centre(context, centre), className="inset", **_view(centre)),
        html.Div(id=Id.SIDE, className="side"),
    ]


def _view(box: Box) -> dict[str, object]:
    """The bounds that the script keeps visible when the window changes, and the aspect ratio."""
    return {"data-bounds": json.dumps(box), "style": {"--aspect": f"{base_map.aspect(box):.3f}"}}


def _city(viewport: Viewport, context: DrawContext, centre: Box) -> Component:
    return _map(
        "command_map--city",
        city_box(context),
        context,
        [
            _layer(Id.VILLAGES, base_map.areas(context.shapes), style="land"),
            _warned(Id.WARNED),
            _layer("command_map--districts", base_map.areas(context.districts), style="district"),
            _layer(Id.FRAME, _frame(centre, viewport.words("map.centre")), style="frame", pointToLayer="frameCounts"),
            _layer(Id.NAMES, base_map.labels(context.shapes, without=centre), pointToLayer="name"),
            _layer(Id.MARKS, base_map.collection(()), pointToLayer="mark"),
            _cases(Id.CASES),
        ],
    )


def _centre(context: DrawContext, centre: Box) -> Component:
    return _map(
        "command_map--centre",
        centre,
        context,
        [
            _layer(Id.CENTRE_VILLAGES, base_map.areas(context.shapes), style="land"),
            _warned(Id.CENTRE_WARNED),
            _layer("command_map--centre-districts", base_map.areas(context.districts), style="district"),
            _layer(Id.CENTRE_NAMES, base_map.labels(context.shapes, within=centre), pointToLayer="name"),
            _layer(Id.CENTRE_MARKS, base_map.collection(()), pointToLayer="mark"),
            _cases(Id.CENTRE_CASES),
        ],
    )


def _frame(box: Box, title: str) -> base_map.Feature:
    """The inset's outline on the city's map, and in its middle what it is called and holds."""
    (south, west), (north, east) = box
    area: base_map.Feature = {"type": "Feature", "properties": {"id": "frame"}, "geometry": base_map.rectangle(box)}
    return base_map.collection(
        [area, base_map.point((south + north) / 2, (west + east) / 2, {"id": "counts", "title": title})]
    )


def _map(name: str, box: Box, context: DrawContext, layers: list[Component]) -> Component:
    """A map without controls. Tiles, if configured, are the lowest layer; the side has their attribution."""
    still = ("dragging", "scrollWheelZoom", "doubleClickZoom", "boxZoom", "keyboard", "touchZoom", "zoomControl")
    calm = ("zoomAnimation", "fadeAnimation", "markerZoomAnimation", "trackViewport")
    tiles = dl.TileLayer(url=context.tiles, opacity=0.5, maxZoom=24, maxNativeZoom=context.tiles_zoom)
    return dl.Map(
        [tiles, *layers] if context.tiles else layers,
        id=name,
        bounds=[list(corner) for corner in box],
        zoomSnap=0,
        attributionControl=False,
        className="map tiled" if context.tiles else "map",
        **dict.fromkeys(still + calm, False),
    )


def _layer(name: str, data: base_map.Feature, **functions: str) -> Component:
    """A layer with functions from `window.batt.map`. Not from a URL: after one failed fetch it would never draw."""
    looked_up = {prop: {"variable": f"batt.map.{function}"} for prop, function in functions.items()}
    return dl.GeoJSON(id=name, data=data, hideout={}, interactive=False, zoomToBounds=False, **looked_up)


def _warned(name: str) -> Component:
    """A pane of its own above the land, into which the script draws: Dash would take twice as long to."""
    return dl.Pane(id=name, name=name, style={"zIndex": 410})


def _cases(name: str) -> Component:
    return dl.GeoJSON(
        id=name,
        data=base_map.collection(()),
        cluster=True,
        zoomToBounds=False,
        zoomToBoundsOnClick=False,
        spiderfyOnMaxZoom=False,
        pointToLayer={"variable": "batt.map.pin"},
        clusterToLayer={"variable": "batt.map.cluster"},
        superClusterOptions={"radius": 40, "extent": 256, "maxZoom": 20},
    )
