"""The whole loop in real browsers: a citizen's telephone, the desk, an agency's telephone, three walls, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
from playwright.sync_api import expect

from data.domain.access.roles import Role
from tests.e2e.helpers.people import (
    SMALL_DESK,
    TELEPHONE,
    People,
    a_photo,
    awaited,
    before_the_answer,
    choose_photo,
    fill_in,
    is_as_wide_as_its_window,
    network_is_back,
    send,
    serious,
)
from tests.e2e.helpers.server import Installation
from tests.e2e.helpers.wall import Wall
from tests.e2e.loop.conftest import Town

SCREENS = ("peta", "antrean", "waktu")
TEXT = "Sampah liar menumpuk"


def open311(house: Installation, code: str) -> dict[str, Any]:
    """What the other systems of the city read of it."""
    answer = httpx.get(f"{house.url}/open311/v2/requests/{code}.json", params={"api_key": house.key})
    [told] = answer.json()
    return dict(told)


def ticker(wall: Wall, kind: str) -> None:
    """Wait until the wall's ticker tells of it."""
    expect(wall.page.locator(f'#ticker--items [data-kind="{kind}"]')).to_have_count(1)


def test_a_report_goes_all_the_way_and_back_and_a_bad_rating_opens_it_again(
    town: Town, people: People, wall: Callable[..., Wall]
):
    house = town.house
    walls = {screen: wall(house.wall(screen)) for screen in SCREENS}
    desk, agency = people.logged_in(Role.OPERATOR), people.logged_in(Role.RESPONDER, TELEPHONE)
    citizen = people.citizen()
    desk.goto(f"{house.url}/meja")
    agency.goto(f"{house.url}/respon")

    # 1. Reported: it rings at the desk, whose page nobody has loaded again.
    fill_in(citizen, house, TEXT, phone="0812 3456 7890")
    status = send(citizen)
    code = town.code_of(TEXT)
    expect(desk.locator(f'[data-code="{code}"]')).to_be_visible()
    assert desk.title().startswith("(1)")
    assert desk.evaluate("window.rings") > 0
    for hung in walls.values():
        ticker(hung, "received")
        hung.shows(TEXT)
    [(case_id,)] = house.rows('SELECT id FROM "case" WHERE code = ?', code)
    pin = walls["peta"].page.locator(f'.spot .pin[data-case="{case_id}"]')
    expect(pin).to_have_attribute("data-state", "new")
    assert open311(house, code)["status"] == "open"

    # 2. Verified and dispatched by keys: the agency has it.
    desk.keyboard.press("j")
    expect(desk.locator(".case h1")).to_contain_text(TEXT)
    expect(desk.locator(".photos img")).to_have_count(1)
    desk.keyboard.press("v")
    desk.keyboard.press("Enter")
    expect(desk.locator(".done")).to_contain_text(f"{code} diteruskan.")
    row = agency.locator(f'[data-code="{code}"] a')
    expect(row).to_be_visible()
    for hung in walls.values():
        ticker(hung, "dispatched")
    walls["waktu"].shows("belum diterima")
    walls["antrean"].shows("1 belum diterima")
    citizen.goto(f"{house.url}{status}")
    expect(citizen.locator(".way")).to_contain_text("DLH")

    # 3. Accepted.
    row.click()
    agency.click("form[data-command=acknowledge] button")
    expect(agency.locator(".done")).to_be_visible()
    expect(walls["antrean"].page.locator("body")).not_to_contain_text("belum diterima")
    expect(walls["waktu"].page.locator(".row", has_text=TEXT)).to_contain_text("diterima")
    expect(pin).to_have_attribute("data-state", "run")

    # 4. Answered with proof.
    agency.click("#resolve summary")
    agency.fill("#resolve textarea", "Sudah diangkut.")
    choose_photo(agency, "#resolve input[type=file]", a_photo(60))
    agency.click("#resolve button")
    expect(agency.locator(".done")).to_contain_text(f"{code} selesai.")
    for screen, hung in walls.items():
        ticker(hung, "resolved")
        assert hung.untouched, screen
    expect(walls["waktu"].page.locator(".row", has_text=TEXT)).to_have_count(0)
    told = open311(house, code)
    assert (told["status"], told["status_notes"]) == ("closed", "Selesai")
    citizen.reload()
    expect(citizen.locator(".way")).to_contain_text("Sudah diangkut.")

    # 5. Rated: not solved. It asks at the desk, and is opened again.
    citizen.click("a.button.first")
    citizen.check("input[name=solved][value=no]")
    citizen.check("input[name=score][value='1']")
    citizen.fill("#text", "Masih ada di sana.")
    citizen.click("main button.first")
    expect(citizen.locator(".note")).to_be_visible()
    asking = desk.locator(f'[data-code="{code}"] a')
    expect(asking).to_be_visible()
    asking.click()
    expect(desk.locator(".history")).to_contain_text("Masih ada di sana.")
    expect(desk.locator("img.proof")).to_have_count(1)
    desk.keyboard.press("r")
    desk.locator("#reopen textarea").press_sequentially("Mohon diangkut semua.")
    desk.click("#reopen button")
    expect(desk.locator(".done")).to_contain_text(code)
    expect(agency.locator(f'[data-code="{code}"]')).to_be_visible()
    for hung in walls.values():
        ticker(hung, "reopened")
        assert hung.said == []
    assert open311(house, code)["status"] == "open"
    citizen.goto(f"{house.url}{status}")
    expect(citizen.locator(".state")).not_to_contain_text("Selesai")

    # 6. Each step was told once, in its order.
    town.arrived(code, "received", "dispatched", "resolved", "reopened")
    assert town.sent_again() == []
    assert town.events(code) == [
        *("received", "note", "verified", "dispatched", "acknowledged", "answered", "resolved", "rated", "reopened")
    ]
    assert house.rows("SELECT solved, score FROM rating") == [("no", 1)]


def test_two_operators_at_one_case_see_each_other_and_the_second_is_told_and_keeps_the_text(town: Town, people: People):
    house = town.house
    first, second = people.logged_in(Role.OPERATOR), people.logged_in(Role.SUPERVISOR, SMALL_DESK)
    code = house.accepted("Lubang dalam di tikungan", service_code="jalan_rusak", lat=-7.8801, long=112.5301)
    first.goto(f"{house.url}/meja/{code}")
    second.goto(f"{house.url}/meja/{code}")
    expect(second.locator("[data-others]")).to_contain_text("operator-")
    expect(first.locator("[data-others]")).to_contain_text("supervisor-", timeout=30_000)
    assert (serious(first), serious(second), is_as_wide_as_its_window(second)) == ([], [], True)

    second.keyboard.press("b")
    second.fill("#refuse [name=authority]", "PLN")
    second.locator("#refuse textarea").press_sequentially("v j bukan kami")
    first.keyboard.press("v")
    first.keyboard.press("Enter")
    expect(first.locator(".done")).to_contain_text(f"{code} diteruskan.")
    expect(second.locator(".moved")).to_be_visible()
    second.click("#refuse button")
    expect(second.locator("[role=alert].trouble:visible")).to_contain_text("Diteruskan ke DPUPR (operator-")
    expect(second.locator("#refuse textarea")).to_have_value("v j bukan kami")
    assert town.events(code) == ["received", "verified", "dispatched"]


def test_without_network_nothing_is_lost_and_an_answer_that_got_lost_is_not_done_twice(town: Town, people: People):
    house = town.house
    desk, agency = people.logged_in(Role.OPERATOR, SMALL_DESK), people.logged_in(Role.RESPONDER, TELEPHONE)
    code = house.accepted("Sampah di selokan pasar", service_code="sampah", lat=-7.8611, long=112.5501)

    # The desk: cut before the command arrives, and cut after it has arrived.
    desk.goto(f"{house.url}/meja/{code}")
    desk.keyboard.press("a")
    desk.locator("#answer textarea").press_sequentially("Kami periksa hari ini.")
    desk.context.set_offline(True)
    desk.click("#answer button")
    expect(desk.locator("[data-unsent]")).to_be_visible()
    expect(desk.locator("#answer textarea")).to_have_value("Kami periksa hari ini.")
    desk.context.set_offline(False)
    before_the_answer(desk, f"**/meja/{code}")
    desk.click("#answer button")
    awaited(desk, lambda: "answered" in town.events(code), "the answer is in the store")
    expect(desk.locator("[data-unsent]")).to_be_visible()
    desk.click("#answer button")
    expect(desk.locator("[role=alert].trouble:visible")).to_contain_text("(operator-")
    expect(desk.locator("#answer textarea")).to_have_value("Kami periksa hari ini.")
    desk.goto(f"{house.url}/meja/{code}")
    desk.keyboard.press("v")
    desk.keyboard.press("Enter")
    expect(desk.locator(".done")).to_contain_text(f"{code} diteruskan.")

    # The field: the same, with what was typed kept on the telephone.
    agency.goto(f"{house.url}/respon/{code}")
    agency.click("form[data-command=acknowledge] button")
    expect(agency.locator(".done")).to_contain_text(f"{code} diterima.")
    agency.click("#resolve summary")
    agency.fill("#resolve textarea", "Sudah bersih.")
    agency.context.set_offline(True)
    agency.click("#resolve button")
    expect(agency.locator("#unsent")).to_contain_text("Belum terkirim (1)")
    before_the_answer(agency, f"**/respon/{code}*")
    with agency.expect_event("requestfailed", lambda request: request.method == "POST"):
        network_is_back(agency)
    awaited(agency, lambda: "resolved" in town.events(code), "the resolution is in the store")
    network_is_back(agency)
    expect(agency.locator(".done")).to_contain_text(f"{code} selesai.")
    told = ["received", "answered", "verified", "dispatched", "acknowledged", "resolved"]
    assert town.events(code) == told
