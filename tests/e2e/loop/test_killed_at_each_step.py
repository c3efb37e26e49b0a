"""kill -9 at the steps of the loop, in turn before a command arrives and before its answer does: nothing is lost,
nothing happens twice, and every message leaves.

The suite kills at two steps; at the others the answer gets lost. `EVERY_STEP=1` kills at all six.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

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
    network_is_back,
)
from tests.e2e.helpers.server import Installation
from tests.e2e.loop.conftest import Town

STEPS = ("report", "dispatch", "acknowledge", "resolve", "rate", "reopen")
SETTLE_MS = 500
TEXT = "Pohon roboh di jalan"


@dataclass
class Deaths:
    """Kills the server at the steps that are chosen, and starts it again."""

    house: Installation
    steps: frozenset[str] = frozenset(STEPS) if "EVERY_STEP" in os.environ else frozenset({"report", "resolve"})
    died: list[str] = field(default_factory=list)

    def before_the_answer(self, step: str, page: Page, address: str) -> None:
        """The next POST to this address is carried out, and its answer does not arrive."""
        before_the_answer(page, address, lambda: self.kill(step))

    def kill(self, step: str) -> None:
        if step in self.steps:
            self.house.kill()
        self.died.append(step)

    def past(self, step: str, page: Page) -> None:
        """Wait until it happened, and serve again."""
        awaited(page, lambda: step in self.died, f"the death at {step}")
        if step in self.steps:
            self.house.start()
        page.wait_for_timeout(SETTLE_MS)  # the browser's own page of the failure is there, and no navigation under way


def test_whatever_is_going_on_when_the_server_dies_the_loop_is_gone_through_once(town: Town, people: People):
    house, deaths = town.house, Deaths(town.house)
    citizen, desk = people.citizen(), people.logged_in(Role.OPERATOR, SMALL_DESK)
    agency = people.logged_in(Role.RESPONDER, TELEPHONE)

    # 1. The report was taken and the answer got lost: the citizen comes back to it, and not to an empty form.
    fill_in(citizen, house, TEXT, phone="0812 3456 7890")
    citizen.wait_for_timeout(OLD_ENOUGH_MS)
    deaths.before_the_answer("report", citizen, "**/lapor/kirim")
    citizen.click("form[action$=kirim] button.first", no_wait_after=True)
    deaths.past("report", citizen)
    citizen.goto(f"{house.url}/lapor/periksa")
    found = STATUS.search(citizen.url)
    assert found, citizen.url
    status = found[0]
    code = town.code_of(TEXT)

    # 2. Dead before the dispatch arrives.
    desk.goto(f"{house.url}/meja/{code}")
    desk.context.set_offline("dispatch" not in deaths.steps)
    deaths.kill("dispatch")
    desk.keyboard.press("v")
    desk.keyboard.press("Enter")
    expect(desk.locator("[data-unsent]")).to_be_visible()
    deaths.past("dispatch", desk)
    desk.context.set_offline(False)
    desk.keyboard.press("v")
    desk.keyboard.press("Enter")
    expect(desk.locator(".done")).to_contain_text(f"{code} diteruskan.")

    # 3. Accepted, and dead before the answer.
    agency.goto(f"{house.url}/respon/{code}")
    deaths.before_the_answer("acknowledge", agency, f"**/respon/{code}*")
    agency.click("form[data-command=acknowledge] button")
    deaths.past("acknowledge", agency)
    network_is_back(agency)
    expect(agency.locator(".done")).to_contain_text(f"{code} diterima.")

    # 4. Dead before the resolution arrives: what was typed is kept on the telephone.
    agency.click("#resolve summary")
    agency.fill("#resolve textarea", "Sudah dipotong.")
    deaths.kill("resolve")
    agency.click("#resolve button")
    expect(agency.locator("#unsent")).to_contain_text("Belum terkirim (1)")
    deaths.past("resolve", agency)
    network_is_back(agency)
    expect(agency.locator(".done")).to_contain_text(f"{code} selesai.")

    # 5. Rated, and dead before the answer.
    citizen.goto(f"{house.url}{status}/nilai")
    citizen.check("input[name=solved][value=no]")
    deaths.before_the_answer("rate", citizen, "**/nilai")
    citizen.click("main button.first", no_wait_after=True)
    deaths.past("rate", citizen)
    citizen.goto(f"{house.url}{status}/nilai")
    expect(citizen.locator(".note")).to_be_visible()

    # 6. Reopened, and dead before the answer: who presses again is told that it was done, and by whom.
    desk.goto(f"{house.url}/meja/{code}")
    desk.keyboard.press("r")
    desk.locator("#reopen textarea").press_sequentially("Mohon dilihat lagi.")
    deaths.before_the_answer("reopen", desk, f"**/meja/{code}")
    desk.click("#reopen button")
    expect(desk.locator("[data-unsent]")).to_be_visible()
    deaths.past("reopen", desk)
    desk.click("#reopen button")
    expect(desk.locator("[role=alert].trouble:visible")).to_contain_text("(operator-")

    town.arrived(code, "received", "dispatched", "resolved", "reopened")
    assert town.events(code) == [
        *("received", "note", "verified", "dispatched", "acknowledged", "answered", "resolved", "rated", "reopened")
    ]
    assert house.rows("SELECT count(*) FROM rating") == [(1,)]
    assert house.rows("SELECT count(*) FROM photo WHERE state = 'stored'") == [(1,)]
