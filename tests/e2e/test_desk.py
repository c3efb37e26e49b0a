"""The loop in real browsers: a report rings at the desk, two strokes send it on, its agency answers with proof."""

from __future__ import annotations

import io
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from data.domain.access.roles import Role
from tests.e2e.helpers.server import Installation

DESK, SMALL_DESK = {"width": 1920, "height": 1080}, {"width": 1366, "height": 768}
TELEPHONE = {"width": 390, "height": 844}


def opened(browser: Browser, house: Installation, role: Role, size: dict[str, int]) -> Page:
    """A browser of somebody with this role; what its scripts complain of fails the test."""
    context = browser.new_context(viewport=size)  # type: ignore[arg-type]
    house.log_in(context, role)
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    return page


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found if each["impact"] in ("serious", "critical")]


def is_as_wide_as_its_window(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def write_in_a_dead_zone(agency: Page, house: Installation, code: str) -> None:
    """Two commands without network, while the session ends: kept, and sent once after the login, in order."""
    with agency.expect_response("**/respon/simpan"):
        agency.goto(f"{house.url}/respon")
    agency.wait_for_function("navigator.serviceWorker.controller")
    agency.context.set_offline(True)
    agency.goto(f"{house.url}/respon")
    agency.click(f"#offline a[href$='{code}']")
    expect(agency.locator("#offline h1")).to_have_text(code)
    assert (serious(agency), is_as_wide_as_its_window(agency)) == ([], True)
    agency.click("form[data-command=en_route] button")
    agency.click("#note summary")
    agency.fill("#note textarea", "Truk menuju sungai.")
    agency.click("#note button")
    expect(agency.locator("#unsent")).to_contain_text("Belum terkirim (2)")
    cookies = agency.context.cookies()
    agency.context.clear_cookies()
    agency.context.set_offline(False)
    expect(agency.locator("#unsent")).to_contain_text("masuk lagi")
    agency.context.add_cookies(cookies)  # type: ignore[arg-type]
    agency.evaluate("dispatchEvent(new Event('online'))")
    expect(agency.locator(".done")).to_contain_text(f"Catatan pada {code}")
    agency.goto(f"{house.url}/respon/{code}")
    expect(agency.locator("#unsent")).to_be_hidden()


def test_a_report_goes_from_the_desk_to_its_agency_and_back(served: Installation, browser: Browser):
    first = opened(browser, served, Role.OPERATOR, DESK)
    second = opened(browser, served, Role.SUPERVISOR, SMALL_DESK)
    first.goto(f"{served.url}/meja")
    code = served.accepted("Sampah menumpuk di sungai", service_code="sampah", lat=-7.8801, long=112.5301)
    row = first.locator(f'[data-code="{code}"] a')
    expect(row).to_be_visible()
    assert first.title().startswith("(")
    row.click()
    second.goto(f"{served.url}/meja/{code}")
    expect(second.locator("[data-others]")).to_be_visible()
    assert (serious(first), serious(second), is_as_wide_as_its_window(second)) == ([], [], True)

    second.keyboard.press("b")
    second.fill("#refuse [name=authority]", "PLN")
    second.locator("#refuse textarea").press_sequentially("v j bukan kami")
    first.keyboard.press("v")
    first.keyboard.press("Enter")
    expect(first.locator(".done")).to_contain_text(f"{code} diteruskan.")
    expect(second.locator(".moved")).to_be_visible()
    second.click("#refuse button")
    expect(second.locator("[role=alert].trouble:visible")).to_contain_text("Diteruskan ke DLH")
    expect(second.locator("#refuse textarea")).to_have_value("v j bukan kami")

    agency = opened(browser, served, Role.RESPONDER, TELEPHONE)
    agency.goto(f"{served.url}/respon")
    agency.click(f'[data-code="{code}"] a')
    assert (serious(agency), is_as_wide_as_its_window(agency)) == ([], True)
    write_in_a_dead_zone(agency, served, code)
    agency.click("#resolve summary")
    agency.fill("#resolve textarea", "Sudah diangkut.")
    photo = io.BytesIO()
    Image.effect_noise((320, 240), 80).convert("RGB").save(photo, "JPEG")
    proof = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo.getvalue()}
    agency.set_input_files("#resolve input[type=file]", proof)  # type: ignore[arg-type]
    agency.context.set_offline(True)
    agency.click("#resolve button")
    expect(agency.locator("#unsent")).to_contain_text("Belum terkirim (1)")
    agency.context.set_offline(False)
    expect(agency.locator(".done")).to_contain_text(f"{code} selesai.")
    first.goto(f"{served.url}/meja/{code}")
    expect(first.locator(".history")).to_contain_text("Sudah diangkut.")
    expect(first.locator("img.proof")).to_have_count(1)
    kinds = served.rows(
        'SELECT e.kind FROM case_event e JOIN "case" c ON c.id = case_id WHERE code = ? ORDER BY e.n', code
    )
    told = ["received", "verified", "dispatched", "acknowledged", "note", "note", "answered", "resolved"]
    assert [kind for (kind,) in kinds] == told
    assert re.fullmatch(r"AW-\d{4}-\d{4,}", code)
    for page in (first, second, agency):
        page.context.close()
