"""Requests that no view could answer are refused before any view, or Dash, sees them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dash import Dash
from dash.exceptions import DependencyException
from flask import Flask, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, HTTPException, NotFound
from werkzeug.routing import IntegerConverter, Map

STORED_MOST = 2**63 - 1
"""The largest integer that a column holds."""

Answer = Callable[[HTTPException], ResponseReturnValue]


class StoredInteger(IntegerConverter):
    """`<int:...>` in a route: a number that no column holds is no address."""

    regex = r"\d{1,19}"

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=STORED_MOST)


def stored_integer(text: str) -> int:
    """For `request.args.get(..., type=stored_integer)`. Raises ValueError for one that no column holds."""
    number = int(text)
    if abs(number) > STORED_MOST:
        raise ValueError("no column holds it")
    return number


def check_requests(app: Flask, answer: Answer) -> None:
    """Before every request. Call it before any route is registered; `answer` makes the page of an error."""
    app.url_map.converters["int"] = StoredInteger

    @app.before_request
    def refuse_what_is_no_text() -> ResponseReturnValue | None:
        try:
            request.query_string.decode()
        except UnicodeDecodeError:  # werkzeug would raise where the query is first read
            return answer(BadRequest("the query is not UTF-8; escape its characters, as in %C3%A9"))
        return None if request.path.isprintable() else answer(NotFound())


def check_dash_requests(app: Flask, dash: Dash, answer: Answer) -> None:
    """404 instead of a failure in Dash: for a file that no page loads, for a callback that does not run here."""
    callbacks = f"{dash.config.routes_pathname_prefix}_dash-update-component"
    app.register_error_handler(DependencyException, lambda _: answer(NotFound()))

    @app.before_request
    def refuse_unknown_callback() -> ResponseReturnValue | None:
        is_known = request.endpoint != callbacks or request.method != "POST" or _names_callback(dash.callback_map)
        return None if is_known else answer(NotFound())


def _names_callback(known: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether the body names an output that the server computes, and not the browser alone."""
    try:
        body = request.get_json(silent=True)
    except RecursionError:
        return False
    output = body.get("output") if isinstance(body, dict) else None
    return isinstance(output, str) and "callback" in known.get(output, {})
