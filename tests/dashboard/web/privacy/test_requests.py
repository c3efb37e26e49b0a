"""/permintaan: who sees requests about personal data, and what an answer does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from dashboard.app import App
from data import clock
from data.domain.access.roles import Role
from data.domain.cases.privacy_requests import RequestKind
from data.store.accounts import audit
from data.store.cases import cases
from data.store.cases.cases import Reporter, StoredCase
from data.store.citizens import privacy, requests
from data.store.citizens.requests import NewRequest
from data.store.db.engine import Engine, reading, writing
from tests.dashboard.conftest import logged_in
from tests.dashboard.web.conftest import Desk, told
from tests.factories import a_case, received, stored

Ask = Callable[..., tuple[str, int]]


@pytest.fixture
def ask(engine: Engine) -> Ask:
    """Somebody asks for something about a report; its path and the case's id."""

    def made(kind: RequestKind, text: str = "Mohon dibantu") -> tuple[str, int]:
        now, new = (
            clock.now(),
            a_case(title="Lubang", text="Di depan rumah", reporter=Reporter("Bu Sri", "081234567890")),
        )
        with writing(engine) as conn:
            case_id = stored(conn, new, [received(now)], now)
            number = requests.ask(conn, NewRequest(case_id, kind, text), now)
        return f"/permintaan/{new.code}/{number}", case_id

    return made


def the(engine: Engine, case_id: int) -> StoredCase:
    with reading(engine) as conn:
        found = cases.by_id(conn, case_id)
    assert found is not None
    return found


def done(desk: Desk, path: str, **form: str) -> TestResponse:
    return desk.post(path, **{"outcome": "done", "text": "Sudah kami kerjakan.", **form})


def test_nobody_else_sees_a_request_and_the_supervisor_only_looks_on(app: App, ask: Ask):
    path, _ = ask(RequestKind.ERASURE)
    for role, agency in ((Role.OPERATOR, ""), (Role.RESPONDER, "dpupr"), (Role.HEAD, "dpupr")):
        other = Desk(app, logged_in(app, role, agency) if agency else logged_in(app, role))
        for address in ("/permintaan", path, f"{path}/data.json"):
            other.get(address, 403)
    supervisor = Desk(app, logged_in(app, Role.SUPERVISOR))
    assert "Penghapusan" in told(supervisor.get("/permintaan"))
    assert "Mohon dibantu" in supervisor.get(path)
    assert "<textarea" not in supervisor.get(path)
    assert done(supervisor, path).status_code == 403
    supervisor.get(f"{path}/data.json", 403)


def test_an_access_gives_out_the_data_with_the_log_of_processing(desk: Desk, ask: Ask, engine: Engine):
    path, case_id = ask(RequestKind.ACCESS)
    desk.get(path)
    given = desk.client.get(f"{path}/data.json")
    assert given.headers["Content-Disposition"].startswith("attachment")
    (told_case,) = given.get_json()["cases"]
    assert told_case["reporter"]["name"] == "Bu Sri"
    assert [line["action"] for line in told_case["processing"]] == ["viewed"]
    assert "dipenuhi" in told(desk.done(path, outcome="done", text="Diserahkan di loket."))
    with reading(engine) as conn:
        assert [line.action for line in audit.latest(conn, 9) if path in line.object][:1] == ["viewed"]
        assert {"exported", "changed"} <= {line.action for line in audit.latest(conn, 9)}
        assert [one["answer"] for one in privacy.told_of(conn, case_id)["requests"]] == ["Diserahkan di loket."]


def test_an_erasure_must_be_meant_and_leaves_the_case(desk: Desk, ask: Ask, engine: Engine):
    path, case_id = ask(RequestKind.ERASURE)
    refused = done(desk, path)
    assert refused.status_code == 422
    assert "Centang bahwa Anda yakin" in refused.text
    assert the(engine, case_id).facts.title == "Lubang"
    assert done(desk, path, sure="yes").status_code == 303
    assert the(engine, case_id).facts.title == ""
    page = desk.get(path)
    assert "Mohon dibantu" not in page
    assert "Sudah kami kerjakan." in page
    assert done(desk, path, sure="yes").status_code == 409


def test_a_correction_sets_the_contact(desk: Desk, ask: Ask, engine: Engine):
    path, case_id = ask(RequestKind.CORRECTION)
    assert done(desk, path, name="Bu Sri", phone="bukan nomor").status_code == 422
    assert done(desk, path, name="Bu Sri Wahyuni", phone="081234567899", email="").status_code == 303
    with reading(engine) as conn:
        assert requests.contact_of(conn, case_id) == {"name": "Bu Sri Wahyuni", "phone": "081234567899", "email": ""}


def test_a_restriction_makes_the_case_confidential_and_a_withdrawal_ends_messages(desk: Desk, ask: Ask, engine: Engine):
    path, restricted = ask(RequestKind.RESTRICTION)
    assert done(desk, path).status_code == 303
    assert the(engine, restricted).facts.private
    path, withdrawn = ask(RequestKind.WITHDRAWAL)
    assert done(desk, path, sure="yes").status_code == 303
    with reading(engine) as conn:
        assert requests.contact_of(conn, withdrawn) == {"name": "", "phone": "", "email": ""}
    assert the(engine, withdrawn).facts.title == "Lubang"


def test_a_refusal_does_nothing_and_needs_its_reason(desk: Desk, ask: Ask, engine: Engine):
    path, case_id = ask(RequestKind.ERASURE)
    assert desk.post(path, outcome="refused", text=" ").status_code == 422
    assert "tidak dipenuhi" in told(desk.done(path, outcome="refused", text="Masih diperlukan untuk perkara."))
    assert the(engine, case_id).facts.title == "Lubang"
    desk.get(path.replace("AW-", "XX-"), 404)
    desk.get("/permintaan/AW-1/999", 404)
