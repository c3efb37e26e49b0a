"""A Dash page behind the gate: each callback answers the roles of its own row, and no others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from dash import Dash, Input, Output, dcc, html
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from dashboard.app import App
from dashboard.auth.access import FIGURES, ROUTES, Who, of_dash
from dashboard.auth.gate import Gate
from dashboard.auth.visitor import COOKIE, person_now
from dashboard.config.load import Config
from dashboard.web.page_context import choose_language
from data.domain.access.roles import Role
from data.store.db.engine import Engine
from tests.dashboard.conftest import a_session

PAGE = "/angka/"
CALLBACKS: Mapping[str, Who] = {
    f"{PAGE}chart.children": FIGURES,
    f"{PAGE}secret.children": frozenset({Role.ADMINISTRATOR}),
}


@pytest.fixture
def page(app: App, config: Config, engine: Engine) -> Flask:
    """With three callbacks, of which one has no row."""
    server = Flask("page")
    choose_language(server, config)
    routes = {**ROUTES, **of_dash(PAGE, FIGURES)}
    Gate(engine, config, app.home.secret(), routes=routes, callbacks=CALLBACKS).guard(server)
    dash = Dash("page", server=server, routes_pathname_prefix=PAGE, requests_pathname_prefix=PAGE)  # type: ignore[arg-type]
    names = ("chart", "secret", "forgotten")
    dash.layout = html.Div([dcc.Input(id="given"), *(html.Div(id=name) for name in names)])
    for name in names:
        dash.callback(Output(name, "children"), Input("given", "value"))(_answer)
    server.register_error_handler(HTTPException, lambda error: (error.name, error.code))
    return server


def _answer(given: str) -> str:
    person = person_now()
    return f"{given} for {person.role if person else 'nobody'}"


def ask(client: FlaskClient, name: str, **headers: str) -> TestResponse:
    body: dict[str, Any] = {
        "output": f"{name}.children",
        "outputs": {"id": name, "property": "children"},
        "inputs": [{"id": "given", "property": "value", "value": "x"}],
        "changedPropIds": ["given.value"],
    }
    return client.post(f"{PAGE}_dash-update-component", json=body, headers=headers)


def a_client(app: App, page: Flask, role: Role) -> FlaskClient:
    client = page.test_client()
    client.set_cookie(COOKIE, a_session(app, role))
    return client


@pytest.mark.parametrize("role", Role)
def test_each_role_is_answered_by_the_callbacks_of_its_rows(app: App, page: Flask, role: Role):
    client = a_client(app, page, role)
    may_page, may_secret = role in FIGURES, role is Role.ADMINISTRATOR
    assert ask(client, "chart").status_code == (200 if may_page else 403)
    assert ask(client, "secret").status_code == (200 if may_secret else 403)
    assert ask(client, "forgotten").status_code == (404 if may_page else 403)
    for path in ("", "_dash-layout", "_dash-dependencies", "anything"):
        assert client.get(PAGE + path).status_code == (200 if may_page else 403), path
    if may_page:
        assert f"x for {role}" in ask(client, "chart").text


def test_a_stranger_is_answered_by_none_and_led_to_the_login(page: Flask):
    client = page.test_client()
    assert [ask(client, name).status_code for name in ("chart", "secret", "forgotten")] == [403] * 3
    assert client.get(PAGE).headers["Location"] == "/masuk?ke=%2Fangka%2F"
    assert client.get(f"{PAGE}_dash-component-suites/dash_socketio/dash_socketio.js").status_code == 200


@pytest.mark.parametrize("headers", [{"Origin": "https://x.id"}, {"Sec-Fetch-Site": "cross-site"}], ids=str)
def test_a_callback_that_another_site_sends_is_refused(app: App, page: Flask, headers: dict[str, str]):
    client = a_client(app, page, Role.ADMINISTRATOR)
    assert ask(client, "chart", **headers).status_code == 400
    assert ask(client, "chart", Origin="http://localhost").status_code == 200


def test_a_callback_cannot_borrow_the_row_of_another(app: App, page: Flask):
    client = a_client(app, page, Role.HEAD)
    body = {
        "output": "chart.children",
        "outputs": {"id": "secret", "property": "children"},
        "inputs": [{"id": "given", "property": "value", "value": "x"}],
        "changedPropIds": ["given.value"],
    }
    answer = client.post(f"{PAGE}_dash-update-component", json=body)
    assert '"secret"' not in answer.text
    for output in ("..secret.children..", "secret.children@" + "0" * 64, "secret.children ", ["secret.children"], None):
        assert client.post(f"{PAGE}_dash-update-component", json={**body, "output": output}).status_code in {403, 404}
