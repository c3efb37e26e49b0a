"""The walls: one Dash app under /wall/. /wall/<screen>?token=...[&lang=id|en][&theme=dark|light]."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from dash import Dash, html
from dash.development.base_component import Component
from flask import Flask, abort, g, has_request_context, redirect, request
from werkzeug.wrappers import Response

from callbacks import wall as wall_callbacks
from dashboard.auth.screen_access import ScreenAccess
from dashboard.config.models import ScreenSettings
from dashboard.realtime.render_context import RenderContext
from dashboard.server import plain_pages
from layouts.kit.theme import THEMES, css
from layouts.kit.words import LANGUAGES
from layouts.pages.wall import wall

PREFIX = "/wall/"
ASSETS = Path(__file__).resolve().parents[1] / "assets"
BOOT = (Path(__file__).parent / "wall-boot.js").read_text(encoding="utf-8")
"""Stands in the page, since it is for files that do not arrive."""
_INDEX = """<!DOCTYPE html>
<html lang="{lang}" data-theme="{theme}"><head>{metas}<title>{title}</title><script>{boot}</script>{favicon}{css}
<style>{theme_css}</style></head>
<body>{app_entry}<footer>{config}{scripts}{renderer}</footer></body></html>
"""


@dataclass(frozen=True, slots=True)
class WallAddress:
    """Which wall a request asks for."""

    screen: str
    lang: str
    theme: str

    @property
    def prefix(self) -> str:
        """The page asks Dash for its layout below this path: it is complete at once, without a callback."""
        return f"{PREFIX}{self.screen}/{self.lang}/{self.theme}/"


class WallAddresses:
    """Reads the addresses of walls."""

    def __init__(self, screens: Mapping[str, ScreenSettings], secret: bytes) -> None:
        self.screens = screens
        self._access = ScreenAccess(screens, secret)

    def read(self, name: str, query: Mapping[str, str]) -> WallAddress | None:
        """None without the token of this screen."""
        if not self._access.allows(name, query.get("token", "")):
            return None
        screen, lang, theme = self.screens[name], query.get("lang", ""), query.get("theme", "")
        return WallAddress(name, lang if lang in LANGUAGES else screen.lang, theme if theme in THEMES else screen.theme)


class WallDash(Dash):
    """Dash with a page in the screen's language and theme, and a layout of its own for each screen."""

    def __init__(self, server: Flask, context: RenderContext, addresses: WallAddresses) -> None:
        super().__init__(
            __name__,
            server=server,  # type: ignore[arg-type]
            routes_pathname_prefix=PREFIX,
            requests_pathname_prefix=PREFIX,
            assets_folder=str(ASSETS),
            suppress_callback_exceptions=True,
            update_title="",
            title="BATT",
        )
        self._context, self._addresses, self.screens = context, addresses, addresses.screens

    def interpolate_index(self, **parts: Any) -> str:  # type: ignore[override]
        """The page; `parts` are Dash's."""
        address = self._addresses.read(request.path.removeprefix(PREFIX).strip("/"), request.args)
        if address is None:
            abort(403)
        title = self._context.config.layouts[address.screen].title
        parts["title"] = escape(f"{title} · {self._context.config.city.name}")
        parts["config"] = _with_prefix(parts["config"], address.prefix)
        return _INDEX.format(lang=address.lang, theme=address.theme, theme_css=css(), boot=BOOT, **parts)

    def requested_layout(self) -> Component:
        """The layout for the wall of the present request."""
        if not (has_request_context() and "address" in g):
            return html.Div()
        address: WallAddress = g.address
        config = self._context.config
        return wall(
            config.layouts[address.screen], address.lang, address.theme, config.city.timezone, self._context.drawing
        )


def script_hashes(walls: Dash) -> list[str]:
    """Of the scripts that stand in the page, for its Content-Security-Policy."""
    boot = base64.b64encode(hashlib.sha256(BOOT.encode()).digest()).decode()
    return [*walls.csp_hashes(), f"'sha256-{boot}'"]


def _with_prefix(script: str, prefix: str) -> str:
    """Dash's settings for its renderer, with another prefix."""
    settings = json.loads(script[script.index("{") : script.rindex("}") + 1])
    settings["requests_pathname_prefix"] = prefix
    text = json.dumps(settings).replace("<", "\\u003c")
    return f'<script id="_dash-config" type="application/json">{text}</script>'


def create_walls(server: Flask, context: RenderContext, secret: bytes) -> Dash:
    """Register all routes below /wall/."""
    addresses = WallAddresses(context.config.screens, secret)
    app = WallDash(server, context, addresses)
    app.layout = app.requested_layout
    server.before_request(lambda: _require_token(addresses))
    _serve_layouts(server, app)
    wall_callbacks.register(app)
    return app


def _require_token(addresses: WallAddresses) -> tuple[str, int] | Response | None:
    """Before each request: None when it may go on, else the answer."""
    if request.endpoint == PREFIX:
        return redirect("/")
    if request.endpoint != f"{PREFIX}<path:path>":
        return None
    name = request.path.removeprefix(PREFIX).strip("/")
    if name not in addresses.screens:
        return plain_pages.no_screen(name[:64], list(addresses.screens)), 404
    return None if addresses.read(name, request.args) else (plain_pages.no_token(name), 403)


def _serve_layouts(server: Flask, app: WallDash) -> None:
    """A layout needs no token: its elements are empty. Their content comes by the socket, which needs the token."""

    @server.get(f"{PREFIX}<screen>/<any(id, en):lang>/<any(dark, light):theme>/_dash-layout")
    def layout(screen: str, lang: str, theme: str) -> Any:
        if screen not in app.screens:
            abort(404)
        g.address = WallAddress(screen, lang, theme)
        return app.serve_layout()  # type: ignore[no-untyped-call]

    @server.get(f"{PREFIX}<screen>/<lang>/<theme>/_dash-dependencies")
    def dependencies(screen: str, lang: str, theme: str) -> Any:
        return app.dependencies()
