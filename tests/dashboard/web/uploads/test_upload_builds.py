"""The pages of an upload of which another build of this software has kept what it found."""

from __future__ import annotations

import pytest

from data import clock
from data.store.db.engine import Engine, writing
from data.store.intake import uploads as kept
from tests.dashboard.web.conftest import SOURCE, Desk, told
from tests.dashboard.web.upload_user import UploadUser, an_upload_user, form_of, state_of, workbook

STATES = ("asking", "queued", "importing", "done", "failed", "looking")


@pytest.fixture
def user(desk: Desk) -> UploadUser:
    return an_upload_user(desk)


def kept_before(engine: Engine, address: str, state: str) -> None:
    with writing(engine) as conn:
        form = '{"form": {"kind": "xlsx"}, "columns": ["a"], "guessed": true}'
        assert kept.change(
            conn, state_of(engine, address).id, clock.now(), only_in={"asking"}, form=form, state=state, rows=5
        )


@pytest.mark.parametrize("state", STATES)
def test_no_page_falls_for_it(user: UploadUser, engine: Engine, state: str):
    address = user.asked(workbook())
    kept_before(engine, address, state)
    for page in ("/sumber", "/sumber/unggah", f"/sumber/{SOURCE}/unggah", address):
        user.desk.get(page)
        user.desk.get(page, **{"X-Fragment": "1"})
    assert "aduan.xlsx" in told(user.desk.get("/sumber/unggah"))


@pytest.mark.parametrize("action", ["pemetaan", "impor", "bentuk"])
def test_no_button_falls_for_it(user: UploadUser, engine: Engine, action: str):
    address = user.asked(workbook())
    form = form_of(user.desk.get(address))
    kept_before(engine, address, "asking")
    user.desk.done(f"{address}/{action}", **form)
    assert state_of(engine, address).state in ("asking", "looking")


def test_it_is_shown_as_being_looked_through_until_it_was(user: UploadUser, engine: Engine):
    address = user.asked(workbook())
    before = user.desk.get(address)
    kept_before(engine, address, "asking")
    assert "Berkas sedang diperiksa" in told(user.desk.get(address))
    anew = an_upload_user(user.desk)
    anew.work()
    assert form_of(user.desk.get(address)) == form_of(before)
