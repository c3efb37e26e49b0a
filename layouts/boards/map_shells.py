"""The map's two views and the ground under them, as the page holds them; `command_map` draws what changes on top."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import dash_leaflet as dl
from dash import html
from dash.development.base_component import Component

from layouts.boards import map_ground
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
    CASES = "command_map--cases"
    CENTRE_VILLAGES = "command_map--centre-villages"
    CENTRE_NAMES = "command_map--centre-names"
    CENTRE_CASES = "command_map--centre-cases"
    SIDE = "command_map--side"


@dataclass(frozen=True, slots=True)
class Plan:
    """The room left beside the city and below the inset, design px. The style sheet does the same sum."""

    side_width: int
    side_height: int


@lru_cache(maxsize=32)
def plan(viewport: Viewport, context: DrawContext) -> Plan:
    """The city takes the width that its height asks for; beside it stands the inset, and below that the side."""
    slot = viewport.slot
    side = slot.width - round(min(slot.width * CITY_MOST, slot.height * map_ground.aspect(city_box(context)))) - GAP
    inset = round(min(side / map_ground.aspect(context.centre), slot.height * INSET_MOST))
    return Plan(side, slot.height - inset - GAP)


def city_box(context: DrawContext) -> Box:
    """What the city's view shows."""
    return map_ground.padded(map_ground.bounds(context.shapes), AIR)


@lru_cache(maxsize=32)
def centre_box(viewport: Viewport, context: DrawContext) -> Box:
    """What the inset shows: the centre, made as wide as the inset is."""
    room = plan(viewport, context)
    return map_ground.widened(context.centre, room.side_width / (viewport.slot.height - room.side_height - GAP))


def shells(viewport: Viewport, context: DrawContext) -> list[Component]:
    """City, inset, side."""
    centre = centre_box(viewport, context)
    return [
        html.Div(_city(viewport, context, centre), className="city", **_view(city_box(context))),
        html.Div(_centre(context, centre), className="inset", **_view(centre)),
        html.Div(id=Id.SIDE, className="side"),
    ]


def _view(box: Box) -> dict[str, object]:
    """What the script fits into the view when the window changes, and the view's shape."""
    return {"data-bounds": json.dumps(box), "style": {"--aspect": f"{map_ground.aspect(box):.3f}"}}


def _city(viewport: Viewport, context: DrawContext, centre: Box) -> Component:
    return _map(
        "command_map--city",
        city_box(context),
        context,
        [
            _layer(Id.VILLAGES, map_ground.areas(context.shapes), style="land"),
            _layer("command_map--districts", map_ground.areas(context.districts), style="district"),
            _layer(Id.FRAME, _frame(centre, viewport.words("map.centre")), style="frame", pointToLayer="frameCounts"),
            _layer(Id.NAMES, map_ground.labels(context.shapes, without=centre), pointToLayer="name"),
            _cases(Id.CASES),
        ],
    )


def _centre(context: DrawContext, centre: Box) -> Component:
    return _map(
        "command_map--centre",
        centre,
        context,
        [
            _layer(Id.CENTRE_VILLAGES, map_ground.areas(context.shapes), style="land"),
            _layer("command_map--centre-districts", map_ground.areas(context.districts), style="district"),
            _layer(Id.CENTRE_NAMES, map_ground.labels(context.shapes, within=centre), pointToLayer="name"),
            _cases(Id.CENTRE_CASES),
        ],
    )


def _frame(box: Box, title: str) -> map_ground.Feature:
    """The inset's outline on the city's map, and in its middle what it is called and holds."""
    (south, west), (north, east) = box
    area: map_ground.Feature = {"type": "Feature", "properties": {"id": "frame"}, "geometry": map_ground.rectangle(box)}
    return map_ground.collection(
        [area, map_ground.point((south + north) / 2, (west + east) / 2, {"id": "counts", "title": title})]
    )


def _map(name: str, box: Box, context: DrawContext, layers: list[Component]) -> Component:
    """A view that nobody moves. Tiles, when there are any, lie below everything; the side names their owners."""
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


def _layer(name: str, data: map_ground.Feature, **functions: str) -> Component:
    """A layer with its functions looked up in `window.batt.map`. Never by URL: one failed fetch freezes it for ever."""
    looked_up = {prop: {"variable": f"batt.map.{function}"} for prop, function in functions.items()}
    return dl.GeoJSON(id=name, data=data, hideout={}, interactive=False, zoomToBounds=False, **looked_up)


def _cases(name: str) -> Component:
    return dl.GeoJSON(
        id=name,
        data=map_ground.collection(()),
        cluster=True,
        zoomToBounds=False,
        zoomToBoundsOnClick=False,
        spiderfyOnMaxZoom=False,
        pointToLayer={"variable": "batt.map.pin"},
        clusterToLayer={"variable": "batt.map.cluster"},
        superClusterOptions={"radius": 40, "extent": 256, "maxZoom": 20},
    )
