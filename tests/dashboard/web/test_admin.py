"""Who may see the pages: by token, then by cookie; no POST without the CSRF token of its session."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.app import App
from dashboard.auth.admin import SESSION_S, AdminAccess, admin_address, renew
from dashboard.web.static import FOLDER, PARTS, content
from tests.dashboard.web.conftest import Desk, told

PAGES = ("/sumber", "/sumber/opd_csv", "/ditolak", "/sumber/opd_csv/ditolak", "/sumber/opd_csv/ditolak/1")


def web_rules(app: App) -> list[tuple[str, str]]:
    """(method, address) of every route of the pages."""
    values = {"name": "opd_csv", "kept_id": "1"}
    found = []
    for rule in app.flask.url_map.iter_rules():
        if rule.endpoint.startswith("web."):
            address = re.sub(r"<(?:\w+:)?(\w+)>", lambda part: values.get(part[1], "1"), rule.rule)
            found += [(method, address) for method in (rule.methods or set()) & {"GET", "POST"}]
    return found


def test_every_route_is_behind_the_token(app: App):
    rules = web_rules(app)
    assert len(rules) >= 10
    for method, address in rules:
        answer = app.flask.test_client().open(address, method=method)
        assert answer.status_code == 403, address
        assert "run.py admin url" in answer.text


def test_every_post_needs_the_seal_of_its_session(desk: Desk):
    posts = [address for method, address in web_rules(desk.app) if method == "POST"]
    assert len(posts) >= 5
    for address in posts:
        for form in ({}, {"csrf": "x"}, {"csrf": AdminAccess(desk.app.home).csrf_token("other")}):
            assert desk.client.post(address, data=form).status_code == 400, address
        foreign = {"Sec-Fetch-Site": "cross-site"}
        assert desk.client.post(address, data={"csrf": desk.csrf_token()}, headers=foreign).status_code == 400


def test_the_token_leaves_the_address_and_becomes_a_strict_cookie(app: App):
    client, token = app.flask.test_client(), AdminAccess(app.home).token()
    answer = client.get(f"/sumber/opd_csv/ditolak?token={token}&alasan=a%26b")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sumber/opd_csv/ditolak?alasan=a%26b")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert token not in cookie
    assert "Secure" not in cookie
    assert client.get("/sumber").status_code == 200
    assert "Secure" in client.get(f"/sumber?token={token}", base_url="https://batt.example").headers["Set-Cookie"]


def test_a_link_from_somebody_elses_page_goes_on_from_a_page_of_ours(app: App):
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = app.flask.test_client().get(f"/sumber?token={AdminAccess(app.home).token()}", headers=headers)
    assert answer.status_code == 200
    assert 'http-equiv="refresh" content="0; url=/sumber"' in answer.text
    assert "SameSite=Strict" in answer.headers["Set-Cookie"]


@pytest.mark.parametrize("token", ["", "x", "%00", "%FF", "w%C3%B6rong"])
def test_a_wrong_token_opens_nothing(app: App, token: str):
    answer = app.flask.test_client().get(f"/sumber?token={token}")
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("cookie", ["", "x", "1.2.3", "..", "9999999999.abc.def", "ä.ö.ü"])
def test_an_invented_cookie_opens_nothing(app: App, cookie: str):
    assert not AdminAccess(app.home).is_cookie(cookie, datetime(2026, 11, 24, tzinfo=UTC))


def test_a_session_ends_by_itself_and_is_not_valid_before_it_began(app: App):
    admin, now = AdminAccess(app.home), datetime(2026, 11, 24, tzinfo=UTC)
    cookie = admin.cookie(now)
    assert admin.is_cookie(cookie, now + timedelta(seconds=SESSION_S))
    assert not admin.is_cookie(cookie, now + timedelta(seconds=SESSION_S + 1))
    assert not admin.is_cookie(cookie, now - timedelta(days=1))


def test_a_new_token_makes_the_old_one_and_its_sessions_worthless_at_once(desk: Desk):
    old = AdminAccess(desk.app.home).token()
    renew(desk.app.home)
    assert desk.client.get("/sumber").status_code == 403
    assert desk.client.get(f"/sumber?token={old}").status_code == 403
    fresh = admin_address("http://x/", desk.app.home)
    assert fresh.startswith("http://x/sumber?token=")
    assert desk.client.get(fresh.removeprefix("http://x")).status_code == 303


def test_pages_hold_nothing_inline_and_nothing_from_elsewhere(desk: Desk):
    for path in PAGES[:-1]:
        answer = desk.client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "form-action 'self'" in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert not re.findall(r"<style|style=|<script(?! src)|\son\w+=", answer.text), path
        addresses = re.findall(r'(?:src|href|action)="([^"]+)"', answer.text)
        assert all(each.startswith(("/", "data:,")) and not each.startswith("//") for each in addresses), path
        for each in addresses:
            if each.startswith("/web/"):
                asset = desk.client.get(each)
                assert asset.status_code == 200
                assert "immutable" in asset.headers["Cache-Control"]


def test_the_style_sheet_is_made_of_every_part():
    parts = {path.stem for path in (FOLDER / "sheets").iterdir()}
    assert parts == set(PARTS)
    whole = content("web.css").decode()
    assert all((FOLDER / "sheets" / f"{part}.css").read_text(encoding="utf-8") in whole for part in PARTS)


@pytest.mark.parametrize("name", ["../admin.py", "admin.py", "none.css", "..%2fadmin.py", "web.css%00"])
def test_only_styles_and_scripts_of_the_folder_are_served(desk: Desk, name: str):
    assert desk.client.get(f"/web/{name}").status_code == 404


def test_language_and_theme_are_remembered_and_leave_the_address(desk: Desk):
    assert '<html lang="id" data-theme="dark">' in desk.get("/sumber")
    answer = desk.client.get("/sumber/opd_csv/ditolak?alasan=x&lang=en&theme=light")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sumber/opd_csv/ditolak?alasan=x")
    page = desk.get("/sumber")
    assert '<html lang="en" data-theme="light">' in page
    assert "Sources" in told(page)
    assert '<html lang="en" data-theme="light">' in desk.get(desk.client.get("/sumber?lang=xx").headers["Location"])


def test_what_is_missing_is_told_in_a_page_of_the_same_make(desk: Desk):
    page = desk.get("/sumber/none", 404)
    assert "Halaman ini tidak ada" in page
    assert "web.css" in page
