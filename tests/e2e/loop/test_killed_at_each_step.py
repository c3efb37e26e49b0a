"""kill -9 at every step of the loop, in turn before a command arrives and before its answer does: nothing is lost,
nothing happens twice, and every message leaves.
"""

from __future__ import annotations

from playwright.sync_api import Page, expect

from data.domain.access.roles import Role
from tests.e2e.helpers.people import (
    OLD_ENOUGH_MS,
    SMALL_DESK,
    STATUS,
    TELEPHONE,
    People,
    awaited,
    before_the_answer,
    fill_in,
)
from tests.e2e.loop.conftest import Town

TEXT = "Pohon roboh di jalan"


def started_again(town: Town, page: Page) -> None:
    """After its death, which this page's request may have brought about."""
    house = town.house
    awaited(page, lambda: house.serving is not None and house.serving.poll() is not None, "the server is dead")
    house.start()


def test_whatever_is_going_on_when_the_server_dies_the_loop_is_gone_through_once(town: Town, people: People):
    house = town.house
    citizen, desk = people.citizen(), people.logged_in(Role.OPERATOR, SMALL_DESK)
    agency = people.logged_in(Role.RESPONDER, TELEPHONE)
    agency_case = "/respon/{}"

    # 1. The report was taken and the answer got lost: the citizen comes back to it, and not to an empty form.
    fill_in(citizen, house, TEXT, phone="0812 3456 7890")
    citizen.wait_for_timeout(OLD_ENOUGH_MS)
    before_the_answer(citizen, "**/lapor/kirim", house.kill)
    citizen.click("form[action$=kirim] button.first", no_wait_after=True)
    started_again(town, citizen)
    citizen.goto(f"{house.url}/lapor/periksa")
    found = STATUS.search(citizen.url)
    assert found, citizen.url
    status = found[0]
    code = town.code_of(TEXT)

    # 2. Dead before the dispatch arrives.
    desk.goto(f"{house.url}/meja/{code}")
    house.kill()
    desk.keyboard.press("v")
    desk.keyboard.press("Enter")
    expect(desk.locator("[data-unsent]")).to_be_visible()
    started_again(town, desk)
    desk.keyboard.press("v")
    desk.keyboard.press("Enter")
    expect(desk.locator(".done")).to_contain_text(f"{code} diteruskan.")

    # 3. Accepted, and dead before the answer.
    agency.goto(f"{house.url}{agency_case.format(code)}")
    before_the_answer(agency, f"**/respon/{code}*", house.kill)
    agency.click("button[value=acknowledge]", no_wait_after=True)
    started_again(town, agency)

    # 4. Dead before the resolution arrives: what was typed is kept on the telephone.
    agency.goto(f"{house.url}{agency_case.format(code)}")
    expect(agency.locator("button[value=acknowledge]")).to_have_count(0)
    agency.click("#resolve summary")
    agency.fill("#resolve textarea", "Sudah dipotong.")
    house.kill()
    agency.click("#resolve button")
    expect(agency.locator("#resolve [data-kept]")).to_be_visible()
    started_again(town, agency)
    agency.click("#resolve button")
    expect(agency.locator(".done")).to_contain_text(f"{code} selesai.")

    # 5. Rated, and dead before the answer.
    citizen.goto(f"{house.url}{status}/nilai")
    citizen.check("input[name=solved][value=no]")
    before_the_answer(citizen, "**/nilai", house.kill)
    citizen.click("main button.first", no_wait_after=True)
    started_again(town, citizen)
    citizen.goto(f"{house.url}{status}/nilai")
    expect(citizen.locator(".note")).to_be_visible()

    # 6. Reopened, and dead before the answer: who presses again is told that it was done, and by whom.
    desk.goto(f"{house.url}/meja/{code}")
    desk.keyboard.press("r")
    desk.locator("#reopen textarea").press_sequentially("Mohon dilihat lagi.")
    before_the_answer(desk, f"**/meja/{code}", house.kill)
    desk.click("#reopen button")
    expect(desk.locator("[data-unsent]")).to_be_visible()
    started_again(town, desk)
    desk.click("#reopen button")
    expect(desk.locator("[role=alert].trouble:visible")).to_contain_text("(operator-")

    town.arrived(code, "received", "dispatched", "resolved", "reopened")
    assert town.events(code) == [
        *("received", "note", "verified", "dispatched", "acknowledged", "answered", "resolved", "rated", "reopened")
    ]
    assert house.rows("SELECT count(*) FROM rating") == [(1,)]
    assert house.rows("SELECT count(*) FROM photo WHERE state = 'stored'") == [(1,)]
