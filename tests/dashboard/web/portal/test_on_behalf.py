"""A village officer reports for others: what is kept of it, the slip, who does not rate, what waits on the phone."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from dashboard.app import App
from dashboard.auth.forms import Seals
from dashboard.auth.visitor import COOKIE
from data import clock
from data.domain.access.roles import Role
from data.domain.cases.model import ActorKind, CaseEvent, EventKind
from data.domain.cases.tracking_code import read_code
from data.domain.sla.terms import terms
from data.store.accounts import sessions, users
from data.store.cases import cases
from data.store.citizens import tracking
from data.store.db.engine import reading, writing
from data.store.db.schema.cases import reporter
from data.store.db.schema.citizens import on_behalf
from tests.dashboard.web.portal.reporting import WORDS, Citizen, a_photo
from tests.factories import BEJI, SISIR

TOLD = {"name": "Mbah Karto", "phone": "0812 3456 789", "channel": "in_person", "phone_of": "family", "consent": "1"}


@pytest.fixture
def officer(citizens: Callable[[], Citizen]) -> Citizen:
    """Of Beji, logged in."""
    made = citizens()
    with writing(made.app.engine) as conn:
        now = clock.now()
        user_id = users.add(
            conn, "bu lurah", Role.FIELD, (), password="-", now=now, one_time_until=None, villages=[BEJI]
        )
        made.client.set_cookie(COOKIE, sessions.begin(conn, user_id, now))
    return made


def rows(app: App, table: Any) -> list[Any]:
    with reading(app.engine) as conn:
        return list(conn.execute(table.select()).mappings())


def entered(officer: Citizen, **changes: str) -> str:
    """The address of the slip."""
    officer.fill_in(**(TOLD | changes))
    answer = officer.send()
    assert answer.status_code == 303
    return answer.headers["Location"]


def test_who_entered_how_and_with_whose_consent_is_kept_and_the_citizen_gets_a_slip(app: App, officer: Citizen):
    page = officer.client.get("/lapor").text
    assert f'<option value="{BEJI}" selected>' in page
    assert "bu lurah" in page
    slip = entered(officer)
    [row] = rows(app, on_behalf)
    assert (row["entered_by"], row["channel"], row["phone_of"], row["consent"]) == (
        "bu lurah",
        "in_person",
        "family",
        True,
    )
    [kept] = rows(app, reporter)
    assert (kept["name"], kept["phone"], kept["device_id"]) == ("Mbah Karto", "08123456789", None)
    with reading(app.engine) as conn:
        code, notes = tracking.code_of(conn, row["case_id"]), cases.events_of(conn, row["case_id"])
    assert "on_behalf" in [each.reason for each in notes]
    page = officer.client.get(slip).text
    assert read_code(page.split("<code>")[1].split("</code>")[0]) == code
    assert "<svg" in page
    assert "Mbah Karto" not in page
    assert slip in officer.client.get("/atas-nama").text


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"consent": ""}, "Tanpa persetujuan"), ({"channel": "x"}, "Pilih caranya"), ({"phone_of": ""}, "milik siapa")],
)
def test_without_consent_way_or_owner_of_the_number_the_page_asks_again(
    officer: Citizen, changes: dict[str, str], said: str
):
    officer.place()
    officer.post("/lapor/uraian", **WORDS)
    answer = officer.post("/lapor/kontak", **(TOLD | changes))
    assert answer.status_code == 400
    assert said in answer.text


def test_without_a_contact_no_consent_is_needed(app: App, officer: Citizen):
    entered(officer, name="", phone="", consent="")
    [row] = rows(app, on_behalf)
    assert (row["phone_of"], row["consent"]) == ("none", False)


def test_the_officer_does_not_rate_and_neither_does_that_telephone(
    app: App, officer: Citizen, citizens: Callable[[], Citizen]
):
    slip = officer.client.get(entered(officer)).text
    code = slip.split("<code>")[1].split("</code>")[0]
    [row] = rows(app, on_behalf)
    with writing(app.engine) as conn:
        found, now = cases.by_id(conn, row["case_id"]), clock.now()
        assert found is not None
        facts = found.facts
        of = terms(
            app.config.city,
            app.context.calendars,
            facts.category,
            (facts.policy, facts.policy_version),
            facts.service_class,
        )
        done = [
            CaseEvent(now, kind, ActorKind.AGENCY, agency="dlh") for kind in (EventKind.DISPATCHED, EventKind.RESOLVED)
        ]
        cases.append_events(conn, row["case_id"], done, of, now)
    for leave in (False, True):
        if leave:
            officer.client.delete_cookie(COOKIE)
        assert "bukan oleh petugas" in officer.client.get(f"/lapor/{code}").text
        assert officer.post(f"/lapor/{code}/nilai", solved="yes").headers["Location"] == f"/lapor/{code}"
    own = citizens()
    assert "Beri nilai" in own.client.get(f"/lapor/{code}").text


def test_what_waited_on_the_telephone_after_the_session_is_kept_until_somebody_logs_in_again(
    app: App, officer: Citizen
):
    token = officer.client.get_cookie(COOKIE)
    assert token is not None
    mark = officer.client.get("/lapor").text.split('data-officer="')[1].split('"')[0]
    moment = str(int((clock.now() - timedelta(seconds=9)).timestamp()))
    stamp = f"{moment}.{Seals(app.home.secret()).sign('lapor', moment)}"
    form = {"key": str(uuid.uuid4()), "stamp": stamp, "village": SISIR, "officer": mark, **WORDS, **TOLD}

    def send() -> Any:
        return officer.post("/lapor/semua", **form, photo=(io.BytesIO(a_photo()), "foto.jpg"))

    officer.client.delete_cookie(COOKIE)
    refused = send()
    assert (refused.status_code, "masuk lagi" in refused.json["said"]) == (401, True)
    assert rows(app, on_behalf) == []
    officer.client.set_cookie(COOKIE, token.value)
    sent, again = send(), send()
    assert sent.json == again.json
    assert "/atas-nama/" in sent.json["address"]
    assert [row["entered_by"] for row in rows(app, on_behalf)] == ["bu lurah"]


def test_a_slip_is_for_who_entered_it_and_nobody_else(app: App, officer: Citizen, citizens: Callable[[], Citizen]):
    slip, stranger = entered(officer), citizens()
    assert stranger.client.get(slip).headers["Location"].startswith("/masuk")
    with writing(app.engine) as conn:
        other = users.add(
            conn, "pak kades", Role.FIELD, (), password="-", now=clock.now(), one_time_until=None, villages=[SISIR]
        )
        stranger.client.set_cookie(COOKIE, sessions.begin(conn, other, clock.now()))
    assert stranger.client.get(slip).status_code == 404
    assert slip not in stranger.client.get("/atas-nama").text


def test_the_form_that_a_telephone_keeps_has_nothing_of_a_draft_or_an_officer(officer: Citizen, citizen: Citizen):
    citizen.fill_in(name="Bu Sri", place={"landmark": "Dekat pos ronda"})
    shell = citizen.client.get("/lapor/kerangka")
    assert shell.text == officer.client.get("/lapor/kerangka").text
    assert "Dekat pos ronda" not in shell.text
    assert "worker-src 'self'" in shell.headers["Content-Security-Policy"]
    worker = citizen.client.get("/lapor/pekerja.js")
    assert worker.headers["Service-Worker-Allowed"] == "/lapor"
    assert "peta.svg" in worker.text
