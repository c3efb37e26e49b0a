"""What was raised is shown to whom it was raised, who acknowledges it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dashboard.app import App
from data import clock
from data.domain.access.roles import Role
from data.store.db.engine import Engine, reading, writing
from data.store.escalation.raising import look
from data.store.escalation.steps import raised_of
from tests.dashboard.conftest import logged_in
from tests.dashboard.web.conftest import Desk, told
from tests.escalations import rules
from tests.factories import a_case, a_history, stored

HOUR = timedelta(hours=1)


def silent(
    engine: Engine, hours: float, category: str = "longsor", agency: str = "bpbd", **changes: Any
) -> tuple[int, str]:
    """A case that its agency has for so long, without a word; id and code."""
    at, new = clock.now().replace(microsecond=0), a_case(category, policy="darurat", **changes)
    with writing(engine) as conn:
        begun = at - hours * HOUR
        case_id = stored(conn, new, a_history(begun - HOUR / 60, agency, dispatched=HOUR / 60), begun)
        look(conn, [case_id], rules(), at)
    return case_id, new.code


def acknowledged_by(engine: Engine, case_id: int) -> str | None:
    with reading(engine) as conn:
        raised = raised_of(conn, case_id)
    assert raised is not None
    return raised.acknowledged_by


def test_an_agencys_people_see_and_acknowledge_what_is_theirs(app: App, engine: Engine):
    responder = Desk(app, logged_in(app, Role.RESPONDER, "bpbd"))
    case_id, code = silent(engine, 7, title="Tebing runtuh")
    _, above = silent(engine, 11, title="Longsor lama")
    _, others = silent(engine, 7, "sampah", "dlh", title="Milik DLH")
    queue = told(responder.get("/respon"))
    assert "Eskalasi ke OPD" in queue
    assert "2 eskalasi" in queue
    page = responder.get("/respon/eskalasi")
    assert "Tebing runtuh" in page
    assert "Milik DLH" not in page
    assert page.count("Saya tahu</button>") == 1  # the other one went to the supervisor
    done = responder.post(f"/respon/{code}/eskalasi", back="case")
    assert done.headers["Location"].endswith(f"/respon/{code}")
    shown = told(responder.get(f"/respon/{code}"))
    assert "Diketahui responder-bpbd" in shown
    assert "Eskalasi diketahui" in shown
    assert str(acknowledged_by(engine, case_id)).startswith("responder-bpbd")
    late = responder.post(f"/respon/{above}/eskalasi")
    assert "sudah tidak berlaku" in responder.get(late.headers["Location"])
    for code in (others, "AW-1"):
        answer = responder.post(f"/respon/{code}/eskalasi")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/respon/eskalasi?lewat={code}")


def test_a_head_has_the_list_of_the_own_agency_and_no_cases(app: App, engine: Engine):
    head = Desk(app, logged_in(app, Role.HEAD, "bpbd"))
    case_id, code = silent(engine, 9.5, title="Tebing retak")
    page = head.get("/respon/eskalasi")
    assert "Tebing retak" in page
    assert f'href="/respon/{code}"' not in page
    head.done(f"/respon/{code}/eskalasi", back="list")
    assert str(acknowledged_by(engine, case_id)).startswith("head-bpbd")


@pytest.mark.parametrize(("role", "may"), [(Role.SUPERVISOR, True), (Role.OPERATOR, False)])
def test_the_supervisor_acknowledges_and_the_operator_looks_on(app: App, engine: Engine, role: Role, may: bool):
    desk = Desk(app, logged_in(app, role))
    case_id, code = silent(engine, 13, title="Longsor besar")
    page = desk.get("/meja/eskalasi")
    assert "Longsor besar" in page
    assert "wali kota" in page
    assert ("Saya tahu</button>" in page) == may
    assert "1 eskalasi" in told(desk.get("/meja"))
    assert desk.post(f"/meja/{code}/eskalasi", back="list").status_code == (303 if may else 403)
    assert (acknowledged_by(engine, case_id) is not None) == may
    assert "Eskalasi ke wali kota" in told(desk.get(f"/meja/{code}"))
    assert desk.post("/meja/AW-1/eskalasi").status_code == (404 if may else 403)


def test_a_private_case_is_masked_for_whom_it_is_not(app: App, engine: Engine):
    silent(engine, 9.5, "narkoba", "bnn", title="Pengedar di gang")
    page = Desk(app, logged_in(app, Role.HEAD, "bnn")).get("/respon/eskalasi")
    assert "Pengedar" not in page
    assert "tertutup" in page.lower()
