"""/kinerja: charts for heads of agencies, and the cases behind them."""

from __future__ import annotations

from collections.abc import Callable

from dash import Dash
from flask import Blueprint, Flask

from dashboard.auth.visitor import person_now
from dashboard.performance import pages
from dashboard.performance.app import create_performance
from dashboard.performance.silence import Silence
from dashboard.performance.view import ReaderView, SharedColumns
from dashboard.web import WebDeps, page_context
from data.store.history.history import History

__all__ = ["serve_performance"]


def serve_performance(flask: Flask, deps: WebDeps, history: History, policy: Callable[[Dash], str]) -> Dash:
    """Register /kinerja and what is below. `policy` makes the page's Content-Security-Policy."""
    view = ReaderView(deps.context, SharedColumns(history), Silence(deps.engine, deps.context), agencies_seen)
    dash = create_performance(flask, view)
    blueprint = Blueprint("performance", __name__, template_folder="templates")
    page_context.bind(blueprint, deps)
    page_context.bind_error_pages(blueprint)
    pages.register(blueprint, dash, view, deps.engine, policy(dash))
    flask.register_blueprint(blueprint)
    return dash


def agencies_seen() -> frozenset[str] | None:
    """The agencies whose cases the reader of the present request may see; None: all."""
    person = person_now()
    if person is None:
        return frozenset()
    return None if person.sees_all_agencies else person.agencies
