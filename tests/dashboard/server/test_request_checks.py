"""What no view can answer, and what Dash would fail at, is not found."""

from __future__ import annotations

import pytest
from werkzeug.test import TestResponse

from dashboard.app import App
from dashboard.auth.screen_access import screen_token
from tests.dashboard.conftest import logged_in
from tests.dashboard.odd_requests import DROP

UPDATE = "/wall/_dash-update-component"
PATHS = ("/sumber/a%0Ab", f"/sumber/{DROP}%0A/unggah", "/unggahan/a%0D%0AX:%20y/hasil.xlsx", "/ditolak%00")
BODIES = ("{}", "[]", "null", '{"output": null}', '{"output": "x.y"}', '{"output": {}}', "[" * 20_000, "{", "")


def ask(app: App, path: str, admin: bool = False) -> TestResponse:
    app.flask.testing = False
    return (logged_in(app) if admin else app.flask.test_client()).get(path)


@pytest.mark.parametrize("path", ["nope/x.js", "dash/nope.js", "flask/__init__.py", "dash/../flask/app.py", "%00/%0A"])
def test_a_file_that_no_page_loads_is_not_found(app: App, path: str):
    assert ask(app, f"/wall/_dash-component-suites/{path}").status_code == 404


def test_every_file_that_a_wall_loads_is_found(app: App):
    token = screen_token(app.home.secret(), "peta", 1)
    page = ask(app, f"/wall/peta?token={token}").text
    files = [part.split('"')[0] for part in page.split('src="')[1:] if part.startswith("/wall/_dash-component-suites/")]
    assert len(files) > 5
    assert {ask(app, file).status_code for file in files} == {200}


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body[:20])
def test_a_callback_that_does_not_run_here_is_not_found(app: App, body: str):
    app.flask.testing = False
    answer = app.flask.test_client().post(UPDATE, data=body, content_type="application/json")
    assert answer.status_code == 404


def test_the_callback_of_the_browser_is_not_found_either(app: App):
    output = next(iter(ask(app, "/wall/_dash-dependencies").json or []))["output"]
    answer = app.flask.test_client().post(UPDATE, json={"output": output, "inputs": [], "changedPropIds": []})
    assert answer.status_code == 404


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("query", ["", "?lang=en"])
def test_a_control_character_in_a_path_is_no_address(app: App, path: str, query: str):
    assert ask(app, path + query, admin=True).status_code == 404


def test_a_choice_leaves_a_path_as_it_was_asked_for(app: App):
    answer = ask(app, "/sumber/a%3Fb%23c?lang=en", admin=True)
    assert answer.headers["Location"] == "/sumber/a%3Fb%23c"


@pytest.mark.parametrize("number", ["9223372036854775808", "9" * 40, "9" * 4400], ids=len)
def test_a_number_that_no_column_holds_is_no_address(app: App, number: str):
    assert ask(app, f"/sumber/open311/ditolak/{number}", admin=True).status_code == 404
    assert ask(app, f"/sumber/open311/ditolak?sebelum={number}", admin=True).status_code == 200


def test_what_is_missing_is_not_kept_for_a_year(app: App):
    assert "immutable" not in ask(app, "/wall/assets/none.css?m=1").headers.get("Cache-Control", "")
    assert "immutable" in ask(app, "/wall/assets/base.css?m=1").headers["Cache-Control"]
