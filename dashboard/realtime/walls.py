"""The walls as one Dash app under /wall/: /wall/<screen>?token=...[&lang=id|en][&theme=dark|light]."""

from __future__ import annotations

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
from dashboard.auth.screen_tokens import is_screen_token
from dashboard.realtime.render_context import Scene
from dashboard.server import plain_pages
from layouts.kit.theme import css
from layouts.pages.wall import wall

PREFIX = "/wall/"
ASSETS = Path(__file__).resolve().parents[1] / "assets"
_INDEX = """<!DOCTYPE html>
<html lang="{lang}" data-theme="{theme}"><head>{metas}<title>{title}</title>{favicon}{css}
<style>{theme_css}</style></head>
<body>{app_entry}<footer>{config}{scripts}{renderer}</footer></body></html>
"""


@dataclass(frozen=True, slots=True)
class Address:
    """A wall's address, taken apart and checked."""

    screen: str
    lang: str
    theme: str

    @property
    def prefix(self) -> str:
        """Below which this page asks Dash for its layout: the page is whole at once, without a callback."""
        return f"{PREFIX}{self.screen}/{self.lang}/{self.theme}/"


class Doorkeeper:
    """Who may see which wall."""

    def __init__(self, scene: Scene, secret: bytes) -> None:
        self._screens, self._secret = scene.config.screens, secret

    def known(self, name: str) -> bool:
        """True for a screen of config.yaml."""
        return name in self._screens

    def names(self) -> list[str]:
        """The screens there are."""
        return list(self._screens)

    def admit(self, name: str, query: Mapping[str, str]) -> Address | None:
        """The address when its token is the screen's, else None."""
        screen = self._screens.get(name)
        if screen is None or not is_screen_token(self._secret, name, screen.version, query.get("token", "")):
            return None
        lang, theme = query.get("lang", ""), query.get("theme", "")
        return Address(
            name, lang if lang in {"id", "en"} else screen.lang, theme if theme in {"dark", "light"} else screen.theme
        )


class WallDash(Dash):
    """Dash whose page carries the screen's language and theme from its first byte, and asks for its own layout."""

    def __init__(self, server: Flask, scene: Scene, door: Doorkeeper) -> None:
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
        self._scene, self._door = scene, door

    def interpolate_index(self, **parts: Any) -> str:  # type: ignore[override]
        """The page; `parts` are Dash's."""
        address = self._door.admit(request.path.removeprefix(PREFIX).strip("/"), request.args)
        if address is None:
            abort(403)
        title = self._scene.config.layouts[address.screen].title
        parts["title"] = escape(f"{title} · {self._scene.config.city.name}")
        parts["config"] = _with_prefix(parts["config"], address.prefix)
        return _INDEX.format(lang=address.lang, theme=address.theme, theme_css=css(), **parts)

    def draw(self) -> Component:
        """The layout of the page that asks."""
        if not (has_request_context() and "address" in g):
            return html.Div()
        address: Address = g.address
        config = self._scene.config
        return wall(
            config.layouts[address.screen], address.lang, address.theme, config.city.timezone, self._scene.context
        )


def _with_prefix(script: str, prefix: str) -> str:
    """Dash's settings for its renderer, with another prefix."""
    settings = json.loads(script[script.index("{") : script.rindex("}") + 1])
    settings["requests_pathname_prefix"] = prefix
    told = json.dumps(settings).replace("<", "\\u003c")
    return f'<script id="_dash-config" type="application/json">{told}</script>'


def create_walls(server: Flask, scene: Scene, secret: bytes) -> Dash:
    """Mount the walls on the server."""
    door = Doorkeeper(scene, secret)
    app = WallDash(server, scene, door)
    app.layout = app.draw
    server.before_request(lambda: _guard(door))
    _serve_layouts(server, app, door)
    wall_callbacks.register(app)
    return app


def _guard(door: Doorkeeper) -> tuple[str, int] | Response | None:
    """Nobody sees a wall's page without its token."""
    if request.endpoint == PREFIX:
        return redirect("/")
    if request.endpoint != f"{PREFIX}<path:path>":
        return None
    name = request.path.removeprefix(PREFIX).strip("/")
    if not door.known(name):
        return plain_pages.no_screen(name[:64], door.names()), 404
    return None if door.admit(name, request.args) else (plain_pages.no_token(name), 403)


def _serve_layouts(server: Flask, app: WallDash, door: Doorkeeper) -> None:
    """The shells of a wall are no secret: what fills them comes through the socket, to who has the token."""

    @server.get(f"{PREFIX}<screen>/<any(id, en):lang>/<any(dark, light):theme>/_dash-layout")
    def layout(screen: str, lang: str, theme: str) -> Any:
        if not door.known(screen):
            abort(404)
        g.address = Address(screen, lang, theme)
        return app.serve_layout()  # type: ignore[no-untyped-call]

    @server.get(f"{PREFIX}<screen>/<lang>/<theme>/_dash-dependencies")
    def dependencies(screen: str, lang: str, theme: str) -> Any:
        return app.dependencies()
