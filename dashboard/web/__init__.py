"""Server-rendered pages for a desk: the sources, what was refused, uploads. Behind the administrator's token."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Flask
from jinja2 import StrictUndefined

from dashboard.auth.admin import AdminAccess
from dashboard.web import frame, static
from dashboard.web.deps import WebDeps, deps_of
from dashboard.web.sources import reconciliation, rejected, sources
from dashboard.web.uploads import routes

__all__ = ["REGISTRARS", "WebDeps", "deps_of", "register_web"]

REGISTRARS: tuple[Callable[[Blueprint, WebDeps], None], ...] = (
    sources.register,
    routes.register,
    rejected.register,
    reconciliation.register,
)
"""Each binds its routes to the blueprint `web`, where every route is behind the token. A new page is a line here."""


def register_web(flask: Flask, deps: WebDeps) -> None:
    """Bind all pages."""
    flask.jinja_env.undefined = StrictUndefined
    flask.jinja_env.trim_blocks = flask.jinja_env.lstrip_blocks = True
    static.serve(flask)
    web = Blueprint("web", __name__, template_folder="templates")
    frame.bind(web, deps, AdminAccess(deps.home))
    frame.bind_filters(web)
    frame.tell_faults(web)
    for register in REGISTRARS:
        register(web, deps)
    flask.register_blueprint(web)
