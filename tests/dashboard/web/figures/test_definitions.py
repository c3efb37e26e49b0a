"""/definisi: every figure of the table with all its words, in both languages."""

from __future__ import annotations

import html

import pytest

from dashboard.app import App
from data.domain.access.roles import STAFF
from data.domain.figures.definitions import DEFINITIONS, PARTS
from data.texts import LANGUAGES, texts
from tests.dashboard.conftest import logged_in
from tests.dashboard.web.conftest import Desk, told


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_figure_is_printed_with_a_worked_example(desk: Desk, lang: str):
    desk.client.get(f"/definisi?lang={lang}")
    page = html.unescape(told(desk.get("/definisi")))
    for definition in DEFINITIONS:
        for part in PARTS:
            assert texts(lang)(definition.text(part)) in page
        assert texts(lang)(f"figures.rule.{definition.rule}") in page


def test_a_share_says_from_how_many_cases_on_it_is_one(desk: Desk):
    assert "Kurang dari 5: disebut sebagai jumlah, misalnya 3 dari 4." in told(desk.get("/definisi"))


def test_it_is_for_everybody_who_has_an_account(app: App):
    assert app.flask.test_client().get("/definisi").headers["Location"].startswith("/masuk?")
    assert {logged_in(app, role).get("/definisi").status_code for role in STAFF} == {200}
