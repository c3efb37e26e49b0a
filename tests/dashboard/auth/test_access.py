"""The access table against the running app: nothing without a row, and each role against each row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from dashboard.app import App
from dashboard.auth.access import CALLBACKS, EVENTS, LOGGED_IN, ROUTES, Access, Caller, callback_name, of_dash
from dashboard.auth.gate import LOGIN, Gate
from dashboard.auth.visitor import COOKIE
from dashboard.config.load import Config
from dashboard.web.page_context import choose_language
from data.domain.access.roles import Role
from data.store.accounts import audit
from data.store.db.engine import Engine, reading
from tests.dashboard.conftest import a_session, csrf_of
from tests.e2e.helpers.pages import NO_PAGES, PAGES

ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}
UPDATE = "_dash-update-component"
WORDS = {"int": "1", "any": "id"}


def rules_of(app: App) -> list[Rule]:
    return list(app.flask.url_map.iter_rules())


def prefixes_of(app: App) -> set[str]:
    """Where a Dash app answers."""
    return {rule.rule.removesuffix(UPDATE) for rule in rules_of(app) if rule.rule.endswith(UPDATE)}


def test_every_route_has_a_row(app: App):
    assert {rule.endpoint for rule in rules_of(app)} - set(ROUTES) == set()


def test_every_page_is_among_those_that_axe_core_looks_at(app: App):
    asked = {rule.endpoint for rule in rules_of(app) if "GET" in (rule.methods or ())}
    files = {name for name in asked if name.startswith(("/", "_", "open311.")) and name != "/wall/<path:path>"}
    assert asked - files - NO_PAGES == {row.endpoint for row in PAGES}


def test_every_callback_that_the_browser_is_told_of_has_a_row(app: App):
    told = set()
    for prefix in prefixes_of(app):
        for each in app.flask.test_client().get(f"{prefix}_dash-dependencies").json or []:
            told.add(prefix + callback_name(each["output"], each["clientside_function"]))
    assert "/wall/batt.start" in told
    assert told - set(CALLBACKS) == set()


def test_every_event_of_the_sockets_has_a_row(app: App):
    server: Any = app.sockets.io.server  # type: ignore[attr-defined]
    handled = {(namespace, name) for namespace, events in server.handlers.items() for name in events}
    assert ("/", "connect") in handled
    assert handled - set(EVENTS) == set()
    assert server.namespace_handlers == {}


@dataclass(frozen=True)
class Try:
    """A route to be asked for."""

    rule: Rule
    method: str
    access: Access

    @property
    def path(self) -> str:
        return re.sub(r"<(?:(\w+)(?:\([^)]*\))?:)?\w+>", lambda part: WORDS.get(part[1], "opd_csv"), self.rule.rule)

    def by(self, client: FlaskClient, csrf: str = "") -> TestResponse:
        query = {"csrf": csrf} if self.method == "POST" and csrf else None
        return client.open(self.path, method=self.method, query_string=query, environ_overrides=ELSEWHERE)


def tries_of(app: App) -> Iterator[Try]:
    """Every route whose row asks for an account."""
    for rule in rules_of(app):
        access = ROUTES[rule.endpoint]
        if not access.who & {Caller.ANYBODY, Caller.SCREEN, Caller.API_KEY}:
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield Try(rule, method, access)


def is_refused(answer: TestResponse) -> bool:
    return answer.status_code == 403 or answer.headers.get("Location", "").startswith(LOGIN)


def test_a_stranger_is_led_to_the_login_or_refused_everywhere(app: App):
    client, tries = app.flask.test_client(), list(tries_of(app))
    assert len(tries) > 20
    for each in tries:
        answer = each.by(client)
        assert is_refused(answer), each.path
        is_page = each.method == "GET" and Caller.MACHINE not in each.access.who
        assert answer.status_code == (303 if is_page else 403), each.path


@pytest.mark.parametrize("role", Role)
def test_8_2_1_each_role_comes_in_where_its_row_says_so_and_nowhere_else(app: App, role: Role):
    client, wrong, token = app.flask.test_client(), [], ""
    for each in sorted(tries_of(app), key=lambda each: (each.rule.endpoint == "web.logout", each.method)):
        if not token or each.method == "POST":  # it may end the session
            token = a_session(app, role)
        client.set_cookie(COOKIE, token)
        answer = each.by(client, csrf_of(app, token))
        if is_refused(answer) == (role in each.access.who) and each.rule.endpoint != "web.logout":
            wrong.append(f"{each.method} {each.path}: {answer.status_code}")
    assert wrong == []


def test_a_token_of_a_screen_and_an_api_key_open_no_page_of_an_account(app: App, key: str):
    for each in tries_of(app):
        client = app.flask.test_client()
        for query in ({"token": key, "api_key": key}, {"token": "x"}):
            answer = client.open(each.path, method=each.method, query_string=query, environ_overrides=ELSEWHERE)
            assert is_refused(answer), each.path


def test_a_route_without_a_row_is_refused_to_everybody(app: App, config: Config, engine: Engine):
    bare = Flask("bare")
    choose_language(bare, config)
    Gate(engine, config, app.home.secret()).guard(bare)
    bare.add_url_rule("/lain", "lain", lambda: "secret")
    client = bare.test_client()
    for role in Role:
        client.set_cookie(COOKIE, a_session(app, role))
        answer = client.get("/lain")
        assert (answer.status_code, "secret" in answer.text) == (403, False)


def test_4_4_2_a_socket_that_another_site_opens_is_refused(app: App):
    question = "/socket.io/?EIO=4&transport=websocket"
    answer = app.flask.test_client().get(question, headers={"Origin": "https://x.id"})
    assert answer.status_code == 400
    assert "accepted origin" in answer.text


def test_16_3_2_who_was_refused_stands_in_the_audit(app: App):
    client = app.flask.test_client()
    client.set_cookie(COOKIE, a_session(app, Role.OPERATOR))
    assert client.get("/sumber").status_code == 403
    with reading(app.engine) as conn:
        (line,) = audit.latest(conn, 10)
    assert (line.action, line.object, line.actor[:8]) == ("refused", "/sumber", "operator")


def test_a_dash_app_s_own_routes_are_guarded_and_its_files_are_not():
    rows = of_dash("/kinerja/", LOGGED_IN)
    assert rows["/kinerja/_dash-layout"].who == LOGGED_IN
    assert rows["/kinerja/_dash-update-component"].who == LOGGED_IN
    assert {name for name, row in rows.items() if Caller.ANYBODY in row.who} == {
        "/kinerja/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>",
        "/kinerja/_favicon.ico",
        "_kinerja_dash_assets.static",
    }


@pytest.mark.parametrize(
    ("output", "name"),
    [
        ("o.children", "o.children"),
        ("..a.x...b.y..", "..a.x...b.y.."),
        (f"o.children@{'0f' * 16}", "o.children"),
        (f"..a.x@{'0f' * 32}...b.y..", "..a.x...b.y.."),
        ('{"i":["MATCH"]}.children', '{"i":["MATCH"]}.children'),
    ],
)
def test_a_callback_is_named_by_its_output(output: str, name: str):
    assert callback_name(output) == name
