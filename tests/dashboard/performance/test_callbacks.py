"""The callbacks of /kinerja through the app's own test client, as heads, supervisors and others ask them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from callbacks.kinerja import QUESTIONS, TABLE, steered
from dashboard.app import App
from dashboard.auth.access import CALLBACKS, callback_name
from data import clock
from data.domain.access.roles import Role
from data.domain.performance.question import Known, Question
from data.store.db import change_feed
from data.store.db.engine import Engine, reading, writing
from data.store.intake import hours
from layouts.pages.kinerja import CHARTS, STEERED, TOLD, Id, asked_id, chart_id, filled_by
from tests.dashboard.conftest import logged_in
from tests.factories import DAY, HOUR, a_case, a_city, a_history, stored

KNOWN = Known(a_city(), frozenset(), frozenset())
UPDATE = "/kinerja/_dash-update-component"


@pytest.fixture
def cases(engine: Engine) -> None:
    """Six of DLH answered in time, six of DPUPR too late, in the last week."""
    now = clock.now()
    with writing(engine) as conn:
        for n in range(6):
            at = now - 6 * DAY + n * HOUR
            stored(conn, a_case("sampah"), a_history(at, "dlh", dispatched=HOUR / 60, answered=HOUR / 30), now)
            stored(conn, a_case(), a_history(at, "dpupr", dispatched=HOUR / 60, answered=5 * DAY), now)


def ask(
    client: FlaskClient,
    outputs: list[tuple[str, str]],
    search: str,
    *,
    changed: str = "",
    given: tuple[str, str] = (Id.URL, "search"),
    **more: Any,
) -> Any:
    """What the server answers to a callback: by id and property; None when nothing changes."""
    inputs = [{"id": given[0], "property": given[1], "value": search}]
    inputs += [{"id": key, "property": "data", "value": value} for key, value in more.items()]
    body = {
        "output": ".." + "...".join(f"{it}.{name}" for it, name in outputs) + "..",
        "outputs": [{"id": it, "property": name} for it, name in outputs],
        "inputs": inputs,
        "changedPropIds": [changed or ".".join(given)],
    }
    answer = client.post(UPDATE, json=body, headers={"Sec-Fetch-Site": "same-origin"})
    return answer.json["response"] if answer.status_code == 200 else answer.status_code


def chart(client: FlaskClient, name: str, search: str = "") -> Any:
    answer = ask(client, list(filled_by(name)), search, given=(asked_id(name), "data"))
    return answer if isinstance(answer, int) else answer[chart_id(name)]["data"]


def around(client: FlaskClient, search: str = "") -> Any:
    """What stands above and below the charts."""
    return ask(client, list(TOLD), search)[Id.TOLD]["data"]


def test_every_chart_of_the_page_has_a_question_and_a_drawing():
    assert set(TABLE) == set(CHARTS)
    assert {asked for asked, _ in TABLE.values()} == set(QUESTIONS)


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_filled_from_the_address_alone(app: App, cases: None, name: str):
    filled = chart(logged_in(app, Role.SUPERVISOR), name, "?period=30d")
    assert filled["finding"].endswith(".")
    assert "data per" in filled["counted"]
    assert set(filled) == {"finding", "note", "counted", "figure", "table"}


def test_the_figure_and_the_table_have_the_marks_of_the_finding(app: App, cases: None):
    filled = chart(logged_in(app), "on_time", "?period=30d")
    assert filled["finding"].startswith("50")
    assert filled["figure"]["data"][0]["customdata"] == ["on_time:agency:dlh", "on_time:agency:dpupr"]
    link = 'href="/kinerja/laporan?period=30d&amp;pick=on_time:agency:dlh">DLH</a>'
    assert f'<th scope="row"><a {link}</th>' in filled["table"]


def test_a_head_sees_the_own_agency_whatever_the_address_says(app: App, cases: None):
    head = logged_in(app, Role.HEAD, "dlh")
    for search in ("?period=30d", "?period=30d&agency=dpupr"):
        assert chart(head, "on_time", search)["finding"].startswith("100")


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.RESPONDER])
def test_who_is_not_for_figures_gets_none(app: App, cases: None, role: Role):
    assert chart(logged_in(app, role), "on_time") == 403
    assert app.flask.test_client().post(UPDATE, json={}).status_code in (403, 404)


def test_the_page_says_whose_cases_and_which_days_it_shows(app: App, cases: None):
    told = around(logged_in(app), "?period=2026-10&agency=dlh&pick=on_time:agency:dlh")
    lead = "DLH · periode 1 Okt – 31 Okt 2026 · dibandingkan dengan 31 Agu – 30 Sep 2026"
    assert told["lead"].startswith(lead)
    assert "Buka 0 laporan" in told["picked"]


@pytest.mark.parametrize("pick", ["received:week:besok", "topic:2026-11-02:sampah", "backlog:9999-12-31:9"])
def test_whatever_the_address_picks_is_told(app: App, cases: None, pick: str):
    assert "Buka 0 laporan" in around(logged_in(app), f"?period=2026-10&pick={pick}")["picked"]


def test_a_filter_goes_into_the_address_and_an_address_into_the_filters(app: App):
    client, controls = logged_in(app), {Id.CONTROLS: {"agency": "dlh", "period": "30d"}}
    steer = ask(client, list(STEERED), "", changed=f"{Id.CONTROLS}.data", **controls)
    assert steer[Id.URL] == {"search": "?period=30d&agency=dlh"}
    back = ask(client, list(STEERED), "?agency=bpbd", **controls)
    assert back[Id.CONTROLS]["data"]["agency"] == "bpbd"
    assert Id.URL not in back


def test_what_agrees_is_left_alone_so_that_nothing_turns_in_a_circle():
    question = Question(agency="dlh", period="30d")
    wanted = steered(question.search(), question.values(), KNOWN, by_control=False)
    assert [type(part).__name__ for part in wanted] == ["NoUpdate", "NoUpdate"]


def test_the_page_as_known_then_leaves_out_what_was_recorded_later(app: App, engine: Engine, cases: None):
    client = logged_in(app)
    with reading(engine) as conn:
        seq = change_feed.latest(conn)
    before = chart(client, "on_time", f"?as_of={seq}")
    with writing(engine) as conn:
        now = clock.now()
        stored(conn, a_case("sampah"), a_history(now - 6 * DAY, "dlh", dispatched=HOUR / 60, answered=HOUR / 30), now)
    assert chart(client, "on_time", f"?as_of={seq}") == before
    assert chart(client, "on_time") != before
    told = around(client, f"?as_of={seq}")
    assert f"(perubahan {seq})" in told["known"]
    assert f"as_of={seq}" not in told["known"]  # the way back is to now
    with reading(engine) as conn:
        assert f"as_of={change_feed.latest(conn)}" in around(client)["known"]


@pytest.mark.parametrize(
    ("as_of", "said"),
    [
        ("besok", "bukan nomor perubahan"),
        ("2026-13-01T00:00", "bukan nomor perubahan"),
        ("2999-01-01T00:00", "belum tiba"),
        ("1999-01-01T00:00", "tidak disimpan"),
        ("999999999999999", "tidak disimpan"),
        ("<script>alert(1)</script>", "bukan nomor perubahan"),
    ],
)
def test_a_past_that_cannot_be_told_is_said_in_words_everywhere(app: App, cases: None, as_of: str, said: str):
    client, search = logged_in(app), "?" + urlencode({"as_of": as_of, "pick": "on_time:agency:dlh"})
    told = around(client, search)
    assert said in told["lead"]
    assert "<script" not in told["known"]
    filled = chart(client, "flow", search)
    assert said in filled["finding"]
    assert filled["figure"] is None
    assert client.get(f"/kinerja/laporan{search}").status_code == 302


def test_before_the_first_change_nothing_was_known(app: App, cases: None):
    for name in CHARTS:
        assert "n = 0" in chart(logged_in(app), name, "?as_of=0")["counted"]


def test_days_on_which_no_source_was_heard_are_no_data(app: App, engine: Engine, cases: None):
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    with writing(engine) as conn:
        for info in app.config.source_infos:
            if info.enabled:
                hours.count(conn, info.name, hour - 5 * DAY, fetches=1)
    filled = chart(logged_in(app), "flow", "?period=7d")
    assert filled["table"].count("tidak ada data") >= 2 * 3


def test_every_callback_that_the_page_is_told_of_has_a_row(app: App):
    told = logged_in(app).get("/kinerja/_dash-dependencies").json or []
    names = {"/kinerja/" + callback_name(each["output"], each["clientside_function"]) for each in told}
    assert len(names) == len(CHARTS) + 6
    assert names == {name for name in CALLBACKS if name.startswith("/kinerja/")}
