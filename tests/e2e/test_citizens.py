"""A citizen with an old telephone: the network goes, the page is closed, an answer is lost; the report counts once."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.e2e.helpers.people import is_kept_offline
from tests.e2e.helpers.server import Installation

TELEPHONE = {"width": 390, "height": 844}
LONGEST, SMALLEST_TARGET = 1600, 48
TEXT = "Sampah menumpuk di tepi sungai"


@pytest.fixture
def telephone(browser: Browser) -> Iterator[BrowserContext]:
    where = {"latitude": -7.8790, "longitude": 112.5276, "accuracy": 12}
    context = browser.new_context(viewport=TELEPHONE, geolocation=where, permissions=["geolocation"])  # type: ignore[arg-type]
    yield context
    context.close()


def a_big_photo() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((2400, 3200), 60).convert("RGB").save(out, "JPEG", quality=90)
    return out.getvalue()


def fits(page: Page) -> None:
    """Nothing is wider than the telephone, what is touched is large enough, and axe-core has nothing to say."""
    assert page.evaluate("document.documentElement.scrollWidth") == TELEPHONE["width"], page.url
    small = page.evaluate(
        """least => [...document.querySelectorAll('button, select, textarea, summary, a.button, .choice, .file, input')]
          .filter(each => !each.closest('.trap, .choice > *, .file > *') && each.offsetParent)
          .filter(each => !['radio', 'checkbox', 'file', 'hidden'].includes(each.type))
          .filter(each => each.getBoundingClientRect().height < least).map(each => each.outerHTML)""",
        SMALLEST_TARGET,
    )
    assert small == [], page.url
    assert [found["id"] for found in Axe().run(page).response["violations"]] == [], page.url


def test_a_report_survives_network_page_and_answer_and_counts_once(served: Installation, telephone: BrowserContext):
    page = telephone.new_page()
    page.goto(f"{served.url}/lapor")
    fits(page)
    is_kept_offline(page)
    telephone.set_offline(True)
    page.reload()
    expect(page.locator(".note")).to_contain_text("tersimpan di telepon")
    fits(page)
    picture = {"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": a_big_photo()}
    page.set_input_files("input[name=camera]", files=picture)  # type: ignore[arg-type]
    expect(page.locator(".preview img")).to_be_visible()
    expect(page.locator("#located")).to_contain_text("12 m")
    page.click("#place > button.first")
    page.select_option("#o-category", "sampah")
    page.fill("#o-text", TEXT)
    fits(page)
    page.click(".offline button")
    expect(page.locator("#unsent")).to_contain_text("Belum terkirim (1)")
    page.close()

    lost = []

    def lose_the_first_answer(route: Route) -> None:
        answer = route.fetch()
        lost.append(answer.status)
        route.abort() if len(lost) == 1 else route.fulfill(response=answer)

    telephone.set_offline(False)
    telephone.route("**/lapor/semua", lose_the_first_answer)
    page = telephone.new_page()
    page.goto(f"{served.url}/lapor")
    expect(page.locator("#unsent")).to_contain_text("Belum terkirim (1)")
    while len(lost) < 1:
        page.wait_for_timeout(200)
    page.evaluate("dispatchEvent(new Event('online'))")
    page.reload()
    link = page.locator("#unsent a")
    expect(link).to_be_visible()
    assert lost == [200, 200]
    page.goto(link.inner_text())
    fits(page)
    expect(page.locator(".state")).to_contain_text("Diterima")
    assert TEXT not in page.content()

    found = served.rows('SELECT id, precision, source FROM "case" WHERE text = ?', TEXT)
    assert [row[1:] for row in found] == [("exact", "among_warga")]
    sizes = served.rows("SELECT max(width, height) FROM photo WHERE case_id = ?", found[0][0])
    assert sizes == [(LONGEST,)]
