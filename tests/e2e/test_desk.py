"""The telephone without network, the desk from case to case; all else is in loop/."""

from __future__ import annotations

import io
from contextlib import suppress

import pytest
from PIL import Image
from playwright.sync_api import Browser, Error, Page, expect

from data.domain.access.roles import Role
from tests.e2e.helpers.people import SMALL_DESK, TELEPHONE, is_as_wide_as_its_window, is_kept_offline, serious
from tests.e2e.helpers.server import Installation, spot


def opened(browser: Browser, house: Installation, role: Role, size: dict[str, int]) -> Page:
    """A browser of somebody with this role; what its scripts complain of fails the test."""
    context = browser.new_context(viewport=size)  # type: ignore[arg-type]
    house.log_in(context, role)
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    return page


def write_in_a_dead_zone(agency: Page, house: Installation, code: str) -> None:
    """Two commands without network, while the session ends: kept, and sent once after the login, in order."""
    with agency.expect_response("**/respon/simpan"):
        agency.goto(f"{house.url}/respon")
    is_kept_offline(agency)
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


def test_what_is_done_in_a_dead_zone_while_the_session_ends_arrives_once_and_in_order(
    served: Installation, browser: Browser
):
    desk, agency = (
        opened(browser, served, Role.OPERATOR, SMALL_DESK),
        opened(browser, served, Role.RESPONDER, TELEPHONE),
    )
    code = served.accepted("Sampah menumpuk di sungai", service_code="sampah", lat=-7.8801, long=112.5301)
    desk.goto(f"{served.url}/meja/{code}")
    desk.keyboard.press("v")
    desk.keyboard.press("Enter")
    expect(desk.locator(".done")).to_contain_text(f"{code} diteruskan.")
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
    desk.goto(f"{served.url}/meja/{code}")
    expect(desk.locator(".history")).to_contain_text("Sudah diangkut.")
    expect(desk.locator("img.proof")).to_have_count(1)
    kinds = served.rows(
        'SELECT e.kind FROM case_event e JOIN "case" c ON c.id = case_id WHERE code = ? ORDER BY e.n', code
    )
    told = ["received", "verified", "dispatched", "acknowledged", "note", "note", "answered", "resolved"]
    assert [kind for (kind,) in kinds] == told
    for page in (desk, agency):
        page.context.close()


def test_from_case_to_case_the_desk_exchanges_what_stands_beside_the_inbox(served: Installation, browser: Browser):
    said = [f"Sampah menumpuk di pos {n}" for n in range(3)]
    codes = [served.accepted(text, service_code="sampah", **spot(200 + 7 * n)) for n, text in enumerate(said)]
    desk = opened(browser, served, Role.OPERATOR, SMALL_DESK)
    desk.goto(f"{served.url}/meja")
    first = desk.locator("#desk_inbox--list a").first.get_attribute("href")
    expect(desk.locator("#desk_inbox--list a[aria-current]")).to_have_attribute("href", first or "")
    desk.keyboard.press("j")
    expect(desk.locator("#desk_inbox--list a[aria-current]")).not_to_have_attribute("href", first or "")
    desk.goto(f"{served.url}/meja/{codes[0]}")
    expect(desk.locator(f'#desk_inbox--list a[href="/meja/{codes[0]}"][aria-current]')).to_have_count(1)
    desk.evaluate("window.sameDocument = true")
    order = desk.locator("#desk_inbox--list a").evaluate_all("links => links.map(link => link.pathname)")
    following = order[order.index(f"/meja/{codes[0]}") + 1]

    desk.keyboard.press("j")
    expect(desk).to_have_url(f"{served.url}{following}")
    expect(desk.locator(".case .crumbs")).to_contain_text(following.removeprefix("/meja/"))
    expect(desk.locator(".case")).to_be_focused()
    assert not serious(desk)
    desk.go_back()
    expect(desk.locator(".case .words")).to_contain_text(said[0])

    # What was typed comes back with its case, and the browser asks before it would be lost.
    desk.click("#note summary")
    desk.fill("#note textarea", "Ditunggu di pos.")
    desk.keyboard.press("Escape")
    desk.keyboard.press("j")
    expect(desk.locator(".case .crumbs")).to_contain_text(following.removeprefix("/meja/"))
    expect(desk.locator("#note textarea")).to_have_value("")
    desk.keyboard.press("k")
    expect(desk.locator("#note textarea")).to_have_value("Ditunggu di pos.")
    expect(desk.locator("#note textarea")).to_be_visible()
    asked: list[str] = []
    desk.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    with suppress(Error):
        desk.goto(f"{served.url}/meja/cari")
    assert asked == ["beforeunload"]
    desk.fill("#note textarea", "")

    # Somebody else was sooner: the case as it is, and what was typed.
    desk.click(f'#desk_inbox--list a[href="/meja/{codes[1]}"]')
    expect(desk.locator(".case .words")).to_contain_text(said[1])
    other = opened(browser, served, Role.OPERATOR, SMALL_DESK)
    other.goto(f"{served.url}/meja/{codes[1]}")
    for page in (other, desk):
        page.click("#note summary")
        page.fill("#note textarea", "Sudah saya telepon.")
        page.click("#note button.first")
    expect(desk.locator(".case .trouble")).to_be_visible()
    expect(desk.locator("#note textarea")).to_have_value("Sudah saya telepon.")

    # A dispatch leads on; its undo goes back.
    desk.click(f'#desk_inbox--list a[href="/meja/{codes[2]}"]')
    expect(desk.locator(".case .words")).to_contain_text(said[2])
    desk.keyboard.press("v")
    desk.keyboard.press("Enter")
    expect(desk.locator(".done")).to_contain_text(f"{codes[2]} diteruskan.")
    desk.keyboard.press("u")
    expect(desk.locator(".done")).to_contain_text("dibatalkan")
    assert desk.evaluate("window.sameDocument")
    kinds = served.rows(
        'SELECT e.kind FROM case_event e JOIN "case" c ON c.id = case_id WHERE code = ? ORDER BY e.n', codes[2]
    )
    assert [kind for (kind,) in kinds] == ["received", "verified", "dispatched", "undone"]
    for page in (desk, other):
        page.context.close()


def test_whose_session_ended_while_typing_logs_in_beside_and_sends_what_was_typed(
    served: Installation, browser: Browser
):
    code = served.accepted("Sampah di tepi makam", service_code="sampah", lat=-7.8875, long=112.5331)
    desk = opened(browser, served, Role.OPERATOR, SMALL_DESK)
    desk.goto(f"{served.url}/meja/{code}")
    desk.click("#note summary")
    desk.fill("#note textarea", "Sudah saya telepon.")
    desk.context.clear_cookies()
    desk.click("#note button.first")
    expect(desk.locator("[data-unsent] a")).to_be_visible()
    served.log_in(desk.context, Role.OPERATOR)
    with desk.expect_response(f"{served.url}/meja/{code}"):
        desk.evaluate("dispatchEvent(new Event('focus'))")
    expect(desk.locator("[data-unsent]")).to_be_hidden()
    expect(desk.locator("#note textarea")).to_have_value("Sudah saya telepon.")
    desk.click("#note button.first")
    expect(desk.locator(".done")).to_contain_text(f"Catatan pada {code}")
    desk.context.close()


def test_a_responder_whose_case_was_transferred_meanwhile_keeps_what_was_typed(served: Installation, browser: Browser):
    desk, agency = (
        opened(browser, served, Role.OPERATOR, SMALL_DESK),
        opened(browser, served, Role.RESPONDER, TELEPHONE),
    )
    code = served.accepted("Sampah di tepi taman", service_code="sampah", lat=-7.8871, long=112.5311)
    desk.goto(f"{served.url}/meja/{code}")
    desk.keyboard.press("v")
    desk.keyboard.press("Enter")
    expect(desk.locator(".done")).to_contain_text(f"{code} diteruskan.")
    agency.goto(f"{served.url}/respon/{code}")
    agency.click("#note summary")
    agency.fill("#note textarea", "Perlu dua truk.")
    desk.goto(f"{served.url}/meja/{code}")
    desk.click("#transfer summary")
    desk.select_option("#transfer select", "dpupr")
    desk.click("#transfer button.first")
    expect(desk.locator(".done")).to_contain_text(f"{code} dialihkan.")
    agency.click("#note button.first")
    expect(agency.locator("h1")).to_contain_text("tidak ada pada OPD Anda")
    expect(agency.locator("[data-not-ours] textarea")).to_have_value("Perlu dua truk.")
    assert (serious(agency), is_as_wide_as_its_window(agency)) == ([], True)
    agency.goto(f"{served.url}/respon/{code}")
    expect(agency.locator("[data-not-ours] textarea")).to_have_value("Perlu dua truk.")
    agency.click("[data-not-ours] [data-drop]")
    expect(agency).to_have_url(f"{served.url}/respon")
    agency.goto(f"{served.url}/respon/{code}")
    expect(agency.locator("[data-not-ours] textarea")).to_be_hidden()
    for page in (desk, agency):
        page.context.close()
