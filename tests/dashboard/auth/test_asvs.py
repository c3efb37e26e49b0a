"""What ASVS 5.0 asks of all pages together; the number stands in the name, as it does where one page is concerned."""

from __future__ import annotations

import re

import pytest
from werkzeug.test import TestResponse

from dashboard.app import App
from dashboard.auth.access import CALLBACKS, ROUTES, Caller
from dashboard.auth.screen_access import screen_token
from data import clock
from data.domain.access.roles import Role
from data.store.accounts.audit import Action
from data.store.db.engine import writing
from tests.dashboard.conftest import logged_in
from tests.factories import DAY, HOUR, a_case, a_history, stored

CHANGES = {Action.CHANGED, Action.UPLOADED, Action.IMPORTED}
UPDATE = "/kinerja/_dash-update-component"


def pages_of(app: App) -> dict[str, TestResponse]:
    """Every page of the navigation and those around it, with errors and a wall."""
    client = logged_in(app)
    paths = {
        rule.rule for rule in app.flask.url_map.iter_rules() if "GET" in (rule.methods or ()) and "<" not in rule.rule
    }
    own = {path for path in paths if not re.search("_dash|favicon|metrics|open311|health", path)}
    wall = f"/wall/peta?token={screen_token(app.home.secret(), 'peta', 1)}"
    found = {
        path: client.get(path, headers={"Accept": "text/html"})
        for path in (*own, wall, "/none", "/sumber/none", "/kinerja/laporan?pick=x")
    }
    found["refused"] = logged_in(app, Role.RESPONDER).get("/sumber")
    found["stranger"] = app.flask.test_client().get("/masuk")
    return {path: answer for path, answer in found.items() if answer.mimetype == "text/html"}


def test_3_4_3_to_6_every_page_has_its_headers(app: App):
    pages = pages_of(app)
    assert {"/akun", "/sumber", "/kinerja", "/laporan", "/definisi", "refused", "stranger", "/none"} <= set(pages)
    for path, answer in pages.items():
        policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] in {"'none'", "'self'"}, path
        assert policy["base-uri"] == "'none'", path
        assert policy.get("object-src", policy["default-src"]) == "'none'", path
        assert "unsafe" not in policy["script-src"], path
        assert policy["frame-ancestors"] in {"'none'", "'self'"}, path
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        assert answer.headers["Referrer-Policy"] in {"no-referrer", "same-origin"}, path
        is_the_city_s = re.match("/kota(?!/petugas|/usaha)", path) is not None  # the same for everybody
        assert answer.headers["Cache-Control"].startswith("public, max-age=" if is_the_city_s else "no-store"), path


def test_7_4_4_every_page_of_a_person_has_the_way_out(app: App):
    for path, answer in pages_of(app).items():
        if path in {"/akun", "/sumber", "/ditolak", "/rekonsiliasi", "/laporan", "/definisi", "/kinerja", "refused"}:
            assert 'action="/keluar"' in answer.text, path


def test_3_5_2_a_callback_is_asked_with_json_by_our_own_pages_only(app: App):
    client, body = logged_in(app), '{"output": "x.y", "outputs": [], "inputs": [], "changedPropIds": []}'
    assert any(name.startswith("/kinerja/") for name in CALLBACKS)
    foreign = {"Origin": "https://x.id"}
    assert client.post(UPDATE, data=body, content_type="application/json", headers=foreign).status_code == 400
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        assert client.post(UPDATE, data=body, content_type=kind).status_code in {400, 404, 415}, kind
    answer = client.options(UPDATE, headers=foreign | {"Access-Control-Request-Method": "POST"})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_3_5_3_nothing_is_changed_by_following_a_link(app: App):
    changing = {name for name, row in ROUTES.items() if row.audit in CHANGES} | {"web.logout", "web.account_password"}
    methods = {rule.endpoint: rule.methods or set() for rule in app.flask.url_map.iter_rules()}
    assert len(changing) > 10
    assert {name for name in changing if methods[name] & {"GET", "HEAD"}} == set()


@pytest.mark.parametrize("role", [Role.HEAD, Role.RESPONDER])
def test_8_2_2_and_8_4_1_no_parameter_leads_to_another_agency(app: App, role: Role):
    now = clock.now()
    with writing(app.engine) as conn:
        for category, agency in (("sampah", "dlh"), ("jalan_rusak", "dpupr")):
            case = a_case(category, title=f"Milik {agency}")
            stored(conn, case, a_history(now - 2 * DAY, agency, dispatched=HOUR), now)
    client = logged_in(app, role, "dlh")
    seen = set()
    for pick in (
        "received:agency:dpupr",
        "received:category:jalan_rusak",
        "received::",
        "backlog:0:",
        "on_time::",
        "due::",
    ):
        for agency in ("", "dpupr", "dlh,dpupr", "dpupr&agency=dlh", "dlh&agency=dpupr", "*"):
            for end in ("", ".csv"):
                answer = client.get(f"/kinerja/laporan{end}?pick={pick}&period=30d&agency={agency}")
                assert "Milik dpupr" not in answer.text, (pick, agency, end)
                seen |= set(re.findall(r"Milik \w+", answer.text))
    assert seen == ({"Milik dlh"} if role is Role.HEAD else set())


OF_PERSONS = "account|users|sources|uploads|rejected|reconcile|reports|logout"


def test_8_2_1_and_2_raw_records_and_uploads_are_the_administrators_alone():
    raw = {name for name in ROUTES if re.match(r"web\.(rejected|uploads|reconcile|sources|users)", name)}
    assert len(raw) > 20
    assert {frozenset(ROUTES[name].who) for name in raw} == {frozenset({Role.ADMINISTRATOR})}


def test_8_2_1_nothing_of_a_person_is_open_to_anybody():
    anybody = {
        name for name, row in ROUTES.items() if Caller.ANYBODY in row.who and name.startswith(("web.", "performance."))
    }
    citizens = {name for name in anybody if name.startswith(("web.portal", "web.public_"))}
    of_the_app = {"web.respond_manifest", "web.respond_shell", "web.respond_worker"}
    assert anybody - citizens - of_the_app == {"web.login", "web.login_code", "web.login_sso", "web.login_sso_back"}
    mine = {name: row for name, row in ROUTES.items() if re.match(rf"web\.({OF_PERSONS})|performance\.", name)}
    assert len(mine) > 30
    assert {name for name, row in mine.items() if not row.who or row.who - set(Role)} == set()
