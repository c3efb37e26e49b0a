"""What all pages hold to: no POST without the CSRF token of its session, nothing inline, language and theme."""

from __future__ import annotations

import re

import pytest

from dashboard.app import App
from dashboard.auth.access import ROUTES
from dashboard.web.static import FOLDER, SHEETS, content
from data.domain.access.roles import Role
from tests.code_checks import ROOT, text_of
from tests.dashboard.conftest import csrf_of
from tests.dashboard.web.conftest import Desk, told

PAGES = (
    "/akun",
    "/pengguna",
    "/sumber",
    "/sumber/opd_csv",
    "/ditolak",
    "/sumber/opd_csv/ditolak",
    "/sumber/opd_csv/ditolak/1",
)


def web_rules(app: App) -> list[tuple[str, str]]:
    """(method, address) of every route of the pages."""
    values = {"name": "opd_csv", "kept_id": "1"}
    found = []
    for rule in app.flask.url_map.iter_rules():
        if rule.endpoint.startswith("web.") and Role.ADMINISTRATOR in ROUTES[rule.endpoint].who:
            address = re.sub(r"<(?:\w+:)?(\w+)>", lambda part: values.get(part[1], "1"), rule.rule)
            found += [(method, address) for method in (rule.methods or set()) & {"GET", "POST"}]
    return found


def test_3_5_1_every_post_needs_the_seal_of_its_session(desk: Desk):
    posts = [address for method, address in web_rules(desk.app) if method == "POST"]
    assert len(posts) >= 5
    for address in posts:
        for form in ({}, {"csrf": "x"}, {"csrf": csrf_of(desk.app, "other")}):
            assert desk.client.post(address, data=form).status_code == 400, address
        foreign = {"Sec-Fetch-Site": "cross-site"}
        assert desk.client.post(address, data={"csrf": desk.csrf_token()}, headers=foreign).status_code == 400


def test_pages_hold_nothing_inline_and_nothing_from_elsewhere(desk: Desk):
    for path in PAGES[:-1]:
        answer = desk.client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "form-action 'self'" in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert not re.findall(r"<style|style=|<script(?! src)|\son\w+=", answer.text), path
        addresses = re.findall(r'(?:src|href|action)="([^"]+)"', answer.text)
        assert all(each.startswith(("/", "data:,", "otpauth:")) and not each.startswith("//") for each in addresses), (
            path
        )
        for each in addresses:
            if each.startswith("/web/"):
                asset = desk.client.get(each)
                assert asset.status_code == 200
                assert "immutable" in asset.headers["Cache-Control"]


def test_the_style_sheets_are_made_of_every_part():
    assert {path.stem for path in (FOLDER / "sheets").iterdir()} == {
        part for parts in SHEETS.values() for part in parts
    }
    for name, parts in SHEETS.items():
        whole = content(name).decode()
        assert all((FOLDER / "sheets" / f"{part}.css").read_text(encoding="utf-8") in whole for part in parts)


def test_what_scrolls_sideways_can_be_scrolled_by_keyboard():
    templates = sorted((ROOT / "dashboard").rglob("templates/**/*.html"))
    found = [
        path.name for path in templates if re.search(r'class="wide"(?! tabindex="0" role="region")', text_of(path))
    ]
    assert (len(templates) > 40, found) == (True, [])


@pytest.mark.parametrize("name", ["../admin.py", "admin.py", "none.css", "..%2fadmin.py", "web.css%00"])
def test_5_3_2_only_styles_and_scripts_of_the_folder_are_served(desk: Desk, name: str):
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
