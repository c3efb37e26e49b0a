"""The pages of an upload of which another build of this software has kept what it found."""

from __future__ import annotations

import pytest

from data import clock
from data.store.db.engine import Engine, writing
from data.store.intake import uploads as kept
from tests.dashboard.web.clerk import Clerk, a_clerk, form_of, state_of, workbook
from tests.dashboard.web.conftest import SOURCE, Desk, told

STATES = ("asking", "queued", "importing", "done", "failed", "looking")


@pytest.fixture
def clerk(desk: Desk) -> Clerk:
    return a_clerk(desk)


def kept_before(engine: Engine, address: str, state: str) -> None:
    with writing(engine) as conn:
        form = '{"form": {"kind": "xlsx"}, "columns": ["a"], "guessed": true}'
        assert kept.change(
            conn, state_of(engine, address).id, clock.now(), only_in={"asking"}, form=form, state=state, rows=5
        )


@pytest.mark.parametrize("state", STATES)
def test_no_page_falls_for_it(clerk: Clerk, engine: Engine, state: str):
    address = clerk.asked(workbook())
    kept_before(engine, address, state)
    for page in ("/sumber", "/sumber/unggah", f"/sumber/{SOURCE}/unggah", address):
        clerk.desk.get(page)
        clerk.desk.get(page, **{"X-Fragment": "1"})
    assert "aduan.xlsx" in told(clerk.desk.get("/sumber/unggah"))


@pytest.mark.parametrize("action", ["pemetaan", "impor", "bentuk"])
def test_no_button_falls_for_it(clerk: Clerk, engine: Engine, action: str):
    address = clerk.asked(workbook())
    form = form_of(clerk.desk.get(address))
    kept_before(engine, address, "asking")
    clerk.desk.done(f"{address}/{action}", **form)
    assert state_of(engine, address).state in ("asking", "looking")


def test_it_is_shown_as_being_looked_through_until_it_was(clerk: Clerk, engine: Engine):
    address = clerk.asked(workbook())
    before = clerk.desk.get(address)
    kept_before(engine, address, "asking")
    assert "Berkas sedang diperiksa" in told(clerk.desk.get(address))
    anew = a_clerk(clerk.desk)
    anew.work()
    assert form_of(clerk.desk.get(address)) == form_of(before)
