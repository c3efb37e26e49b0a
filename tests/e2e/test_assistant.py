"""A field assistant's telephone: a farmer's question is answered with a photo, a harvest is sold for another farmer."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from data.domain.access.roles import Role
from tests.e2e.helpers.people import TELEPHONE, People, choose_photo, people_at
from tests.e2e.helpers.server import Installation
from tests.e2e.test_market import COMMODITY, NAME, known

PUNTEN = "35.79.02.2001"
QUESTION = "Daun brokoli saya berlubang dan ada ulat hijau kecil"
ANSWER = "Itu ulat tritip. Kumpulkan pagi hari, lalu semprot Bacillus thuringiensis."
PAGE_MOST = 300_000


def an_assistant(people: People) -> Page:
    """Of Punten."""
    page = people.citizen(TELEPHONE)
    people.house.log_in(page.context, Role.FIELD, villages=[PUNTEN])
    return page


def asked(page: Page, text: str = QUESTION) -> str:
    """A farmer's question with a photo; the address of its status page."""
    page.goto("/tani/tanya")
    page.fill("#text", text)
    choose_photo(page, "[name=photo]")
    page.click("main button.first")
    expect(page).to_have_url(re.compile("/lapor/"))
    return str(page.evaluate("location.pathname"))


def offered_for_another(page: Page, name: str = "Mbah Karto") -> None:
    """The farmer is named, then the four pages."""
    page.goto("/penyuluh/petani")
    page.fill("[name=name]", name)
    page.fill("[name=own_phone]", "081299988877")
    page.select_option("[name=village]", label="Punten")
    page.check("[name=consent]")
    page.click("main button.first")
    expect(page.locator("main")).to_contain_text(name)
    page.check(f"[name=commodity][value={COMMODITY}]", force=True)
    page.click("main button.first")
    page.fill("[name=quantity]", "35")
    page.click("main button.first")
    page.check("[name=grade][value=A]", force=True)
    page.click("main button.first")
    page.fill("[name=price]", "14000")
    page.click("main button.first")
    expect(page.locator("[role=status]")).to_contain_text("LP-")


def fits(page: Page) -> None:
    """No page is wider than the telephone, or heavier than allowed."""
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), page.url
    sizes = "performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))"
    assert page.evaluate(f"{sizes}.reduce((sum, each) => sum + each.decodedBodySize, 0)") < PAGE_MOST, page.url


def test_a_question_reaches_the_villages_assistant_and_the_answer_with_its_photo_the_farmer(
    browser: Browser, served: Installation
):
    with people_at(browser, served) as people:
        farmer, assistant = people.logged_in(Role.FARMER, TELEPHONE), an_assistant(people)
        known(farmer, "Pak Karto", "081234567890")
        status = asked(farmer)
        assistant.goto("/penyuluh")
        fits(assistant)
        assistant.click(f"a:has-text('{QUESTION}')")
        expect(assistant.locator("main")).to_contain_text("081234567890")
        expect(assistant.locator(".picture img")).to_have_js_property("complete", value=True)
        fits(assistant)
        assistant.fill("#text", ANSWER)
        choose_photo(assistant, "#jawab [name=photo]")
        assistant.click("button[value=resolve]")
        expect(assistant.locator("[role=status]")).to_contain_text("pertanyaan selesai")
        farmer.goto(status)
        expect(farmer.locator("main")).to_contain_text(ANSWER)
        photo = farmer.locator("img[src*='/jawaban/']")
        expect(photo).to_be_visible()
        assert photo.evaluate("each => each.naturalWidth") > 0


def test_a_harvest_of_a_farmer_without_a_telephone_is_there_for_buyers(browser: Browser, served: Installation):
    with people_at(browser, served) as people:
        buyer, assistant = people.logged_in(Role.BUYER, TELEPHONE), an_assistant(people)
        known(buyer, "Bu Sri", "085711122233")
        offered_for_another(assistant)
        fits(assistant)
        buyer.goto(f"/tani/lapak?komoditas={COMMODITY}")
        row = buyer.locator("a.row", has_text="35 kg")
        expect(row).to_contain_text(NAME)
        row.click()
        buyer.fill("[name=quantity]", "35")
        buyer.click("main button.first")
        assistant.goto("/penyuluh")
        assistant.click("a[href*='/penyuluh/transaksi/']")
        assistant.click("button[value=agreed]")
        expect(assistant.locator("main")).to_contain_text("Bu Sri")
        fits(assistant)
        buyer.reload()
        expect(buyer.locator("main")).to_contain_text("Mbah Karto")
        expect(buyer.locator("main")).to_contain_text("lewat penyuluh")
