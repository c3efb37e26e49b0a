"""The page of a wall: strip, main area and footer with empty elements, which messages fill.

The browser knows whether the panel is in portrait and says so when it connects; the server draws for that.
"""

from __future__ import annotations

import json
from enum import StrEnum
from types import ModuleType

from dash import html
from dash.development.base_component import Component
from dash_socketio import DashSocketIO

from layouts.boards import (
    city_board,
    escalations,
    feed_health,
    kpi_strip,
    market_board,
    performance,
    queue_board,
    sla_wall,
    ticker,
    warning_overlay,
)
from layouts.boards.maps import command_map
from layouts.kit.screen import ScreenLayout, badge_width, bands_of, slots, viewports
from layouts.kit.viewport import DrawContext, Viewport, sizes
from layouts.kit.words import words

BOARDS: dict[str, ModuleType] = {
    "command_map": command_map,
    "queue_board": queue_board,
    "sla_wall": sla_wall,
    "escalations": escalations,
    "kpi_strip": kpi_strip,
    "ticker": ticker,
    "feed_health": feed_health,
    "performance": performance,
    "market_board": market_board,
    "city_board": city_board,
    "warning_overlay": warning_overlay,
}


class Id(StrEnum):
    """Ids for the wall's script."""

    WALL = "wall"
    SOCKET = "socket"
    TIME = "wall--time"
    DATE = "wall--date"
    BADGE = "wall--badge"
    DRIFT = "wall--drift"
    NOTICE = "wall--notice"
    PROBLEMS = "wall--problems"


EVENTS = ["boards", "heartbeat", "hello", "refused"]
"""Events of the hub. `hello` carries server time, build, opening hours and language."""


def wall(screen: ScreenLayout, lang: str, theme: str, timezone: str, context: DrawContext) -> Component:
    """The page of a screen. The script opens the socket, with token and orientation."""
    room = viewports(screen, screen.panel.portrait, lang, timezone)
    return html.Div(
        id=Id.WALL,
        className="wall",
        lang=lang,
        style=_variables(screen),
        **_data_attributes(screen, lang, theme, timezone, context.build),
        children=[
            _strip(room, context),
            _main(screen, room, context),
            _footer(room, context),
            _board("warning_overlay", room, context),
            html.Div(id=Id.NOTICE, className="notice", hidden=True),
            DashSocketIO(id=Id.SOCKET, eventNames=EVENTS, options={"autoConnect": False, "transports": ["websocket"]}),
        ],
    )


def _data_attributes(screen: ScreenLayout, lang: str, theme: str, timezone: str, build: str) -> dict[str, str]:
    texts = json.dumps(words(lang).for_script(), ensure_ascii=False)
    attributes = {"screen": screen.name, "lang": lang, "theme": theme, "zone": timezone, "build": build, "words": texts}
    return {f"data-{name}": value for name, value in attributes.items()}


def _variables(screen: ScreenLayout) -> dict[str, str]:
    """Sizes as CSS variables, design px without a unit; `-p` for portrait."""
    landscape, portrait = bands_of(screen.turned(False).panel), bands_of(screen.turned(True).panel)
    type_ = sizes(screen.panel)
    values = {
        "small": type_.small,
        "row": type_.row,
        "far": type_.far,
        "figure": type_.figure,
        "strip": landscape.strip,
        "strip-p": portrait.strip,
        "footer": landscape.footer,
        "footer-p": portrait.footer,
        "clock": landscape.clock,
        "badge": badge_width(type_),
        "sources": slots(screen.turned(False))["feed_health"].width,
    }
    return {f"--{name}": str(value) for name, value in values.items()}


def _board(name: str, room: dict[str, Viewport], context: DrawContext) -> Component:
    return html.Section(BOARDS[name].regions(room[name], context), className=f"board {name}")


def _main(screen: ScreenLayout, room: dict[str, Viewport], context: DrawContext) -> Component:
    shares = " ".join(f"minmax(0, {part.share}fr)" for part in screen.main)
    boards = [_board(part.board, room, context) for part in screen.main]
    return html.Main(boards, className="main", style={"--shares": shares})


def _strip(room: dict[str, Viewport], context: DrawContext) -> Component:
    clock = html.Div([html.Div(id=Id.TIME), html.Div(id=Id.DATE)], className="clock")
    return html.Header([_board("kpi_strip", room, context), clock], className="strip")


def _footer(room: dict[str, Viewport], context: DrawContext) -> Component:
    state = html.Div(
        [html.Div(id=Id.BADGE, className="badge"), html.Div(id=Id.DRIFT, className="drift")], className="state"
    )
    problems = html.Div(id=Id.PROBLEMS, className="problems", hidden=True, role="alert")
    boards = [_board("ticker", room, context), _board("feed_health", room, context)]
    return html.Footer([state, problems, *boards], className="footer")
