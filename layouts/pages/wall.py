"""A wall: the strip, the main area and the footer of one screen, as empty shells that messages fill.

The browser decides whether the panel stands upright (the style sheet arranges the same shells) and says so when it
connects; the server then draws for that orientation.
"""

from __future__ import annotations

import json
from enum import StrEnum
from types import ModuleType

from dash import html
from dash.development.base_component import Component
from dash_socketio import DashSocketIO

from layouts.boards import command_map, feed_health, kpi_strip, queue_board, sla_wall, ticker
from layouts.kit.screen import ScreenLayout, badge_width, frame, slots, viewports
from layouts.kit.viewport import DrawContext, Viewport, sizes
from layouts.kit.words import words

BOARDS: dict[str, ModuleType] = {
    "command_map": command_map,
    "queue_board": queue_board,
    "sla_wall": sla_wall,
    "kpi_strip": kpi_strip,
    "ticker": ticker,
    "feed_health": feed_health,
}


class Id(StrEnum):
    """What the wall's script finds by id."""

    WALL = "wall"
    SOCKET = "socket"
    TIME = "wall--time"
    DATE = "wall--date"
    BADGE = "wall--badge"
    DRIFT = "wall--drift"
    NOTICE = "wall--notice"


EVENTS = ["boards", "heartbeat", "hello", "refused"]
"""What the hub emits."""


def wall(screen: ScreenLayout, lang: str, theme: str, timezone: str, context: DrawContext) -> Component:
    """The page of a screen. The socket opens only when the script has said who it is (token, orientation)."""
    room = viewports(screen, screen.panel.portrait, lang, timezone)
    return html.Div(
        id=Id.WALL,
        className="wall",
        lang=lang,
        style=_variables(screen),
        **_facts(screen, lang, theme, timezone, context.build),
        children=[
            _strip(room, context),
            _main(screen, room, context),
            _footer(room, context),
            html.Div(id=Id.NOTICE, className="notice", hidden=True),
            DashSocketIO(id=Id.SOCKET, eventNames=EVENTS, options={"autoConnect": False, "transports": ["websocket"]}),
        ],
    )


def _facts(screen: ScreenLayout, lang: str, theme: str, timezone: str, build: str) -> dict[str, str]:
    speech = json.dumps(words(lang).for_script(), ensure_ascii=False)
    facts = {"screen": screen.name, "lang": lang, "theme": theme, "zone": timezone, "build": build, "words": speech}
    return {f"data-{name}": value for name, value in facts.items()}


def _variables(screen: ScreenLayout) -> dict[str, str]:
    """Sizes and bands as CSS variables, unitless design px; `-p` for the upright panel."""
    lying, upright = frame(screen.turned(False).panel), frame(screen.turned(True).panel)
    type_ = sizes(screen.panel)
    values = {
        "small": type_.small,
        "row": type_.row,
        "far": type_.far,
        "figure": type_.figure,
        "strip": lying.strip,
        "strip-p": upright.strip,
        "footer": lying.footer,
        "footer-p": upright.footer,
        "clock": lying.clock,
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
    boards = [_board("ticker", room, context), _board("feed_health", room, context)]
    return html.Footer([state, *boards], className="footer")
