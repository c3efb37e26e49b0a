"""The page /kinerja for heads of agencies: a Dash app in the frame of the other pages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from dash import Dash
from flask import Flask, redirect, render_template, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from callbacks import kinerja as callbacks
from dashboard.performance.view import ReaderView
from layouts.pages import kinerja

PREFIX = "/kinerja/"
PAGE = "/kinerja"
_UNUSED = re.compile(
    r'<script src="[^"]*/(?:dash_leaflet/|dash_socketio/|dash_table/|dash/dash_table/|dash/html/|dash/deps/polyfill@)'
    r'[^"]*"></script>'
)
"""Scripts of components that other pages of this process use, which Dash would all send; and what ancient browsers
lack."""
_LARGE = re.compile(r'<script (src="[^"]*/plotly-cartesian)')
"""Read while Dash starts; the page's script draws when it has come."""
ASSETS = Path(__file__).parent / "assets"


class PerformanceDash(Dash):
    """Dash whose page is one of our own templates."""

    def __init__(self, server: Flask, view: ReaderView) -> None:
        super().__init__(
            "kinerja",
            server=server,  # type: ignore[arg-type]
            routes_pathname_prefix=PREFIX,
            requests_pathname_prefix=PREFIX,
            assets_folder=str(ASSETS),
            suppress_callback_exceptions=True,
            update_title="",
            title="BATT",
        )
        self._view = view

    def interpolate_index(self, **parts: Any) -> str:  # type: ignore[override]
        """The page; `parts` are Dash's."""
        parts["scripts"] = _LARGE.sub(r"<script async \1", _UNUSED.sub("", parts["scripts"]))
        made = {name: Markup(part) for name, part in parts.items()}
        frame = {"choices": self._view.choices(), "charts": kinerja.CHARTS, "wide": kinerja.WIDE}
        return render_template("performance/page.html", **made, **frame)


def create_performance(server: Flask, view: ReaderView) -> PerformanceDash:
    """Register all of Dash's routes below /kinerja/; its page is served at /kinerja by `pages`."""
    app = PerformanceDash(server, view)
    app.layout = kinerja.page()
    callbacks.register(app, view.deps())
    server.before_request(_to_the_page)
    return app


def _to_the_page() -> Response | None:
    """Dash's own page has not the frame of the others."""
    if request.endpoint not in (PREFIX, f"{PREFIX}<path:path>"):
        return None
    query = urlencode(list(request.args.items(multi=True)))
    return redirect(f"{PAGE}?{query}" if query else PAGE)
