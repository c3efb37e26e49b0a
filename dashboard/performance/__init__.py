"""/kinerja: charts for heads of agencies, and the cases behind them."""

from __future__ import annotations

from collections.abc import Callable

from dash import Dash
from flask import Blueprint, Flask, g, request

from dashboard.auth.admin import COOKIE, AdminAccess
from dashboard.performance import pages
from dashboard.performance.app import PREFIX, create_performance
from dashboard.performance.view import ReaderView, SharedColumns
from dashboard.web import WebDeps, page_context
from data.store.history.history import History

__all__ = ["History", "serve_performance"]


def serve_performance(
    flask: Flask,
    deps: WebDeps,
    history: History,
    policy: Callable[[Dash], str],
    scope: Callable[[], frozenset[str] | None],
) -> Dash:
    """Register /kinerja and what is below. `policy` makes the page's Content-Security-Policy; `scope`: the agencies
    that the reader of the present request may see, None for all."""
    view = ReaderView(deps.context, SharedColumns(history), scope)
    dash = create_performance(flask, view)
    _guard(flask, deps)
    blueprint = Blueprint("performance", __name__, template_folder="templates")
    page_context.bind(blueprint, deps, AdminAccess(deps.home))
    page_context.bind_error_pages(blueprint)
    pages.register(blueprint, dash, view, deps.engine, policy(dash))
    flask.register_blueprint(blueprint)
    return dash


def _guard(flask: Flask, deps: WebDeps) -> None:
    """Dash's own requests: who may, and in which language."""
    admin = AdminAccess(deps.home)

    @flask.before_request
    def guard() -> tuple[str, int] | None:
        name = request.endpoint or ""
        if not name.startswith(PREFIX) or "_dash-component-suites" in name:
            return None
        page_context.choose(deps.config)
        return None if admin.is_cookie(request.cookies.get(COOKIE, ""), g.now) else ("", 403)
