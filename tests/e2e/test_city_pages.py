"""/kota in a browser: read without script, on a telephone and on a large screen; an officer corrects what it tells."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, expect

from data.domain.access.roles import Role
from tests.e2e.helpers import guide
from tests.e2e.helpers.people import TELEPHONE, is_as_wide_as_its_window, people_at
from tests.e2e.helpers.server import Installation

LARGE = {"width": 1920, "height": 1080}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Public pages that are as fresh as they are asked for."""
    settings = {"public_page": {"fresh": "1s"}}
    with closing(Installation(tmp_path_factory.mktemp("city"), settings)) as house:
        house.start()
        yield house


def test_what_an_officer_enters_is_read_by_everybody_without_script(served: Installation, browser: Browser):
    with people_at(browser, served) as people:
        officer = people.logged_in(Role.CITY_OFFICER)
        code = guide.added_place(officer, "Taman Kota Uji")
        guide.added_event(officer, "Taman Kota Uji")
        guide.noted_condition(officer, "Taman Kota Uji")
        context = browser.new_context(viewport=TELEPHONE, base_url=served.url, java_script_enabled=False)
        page = context.new_page()
        page.goto("/kota")
        expect(page.locator("main")).to_contain_text("Pasar bunga akhir pekan")
        expect(page.locator("main")).to_contain_text("Penuh 0 dari 80 kosong")
        page.click("text=Tempat dan usaha >> nth=0")
        page.click(f"a[href='/kota/tempat/{code}']")
        expect(page.locator("h1")).to_have_text("Taman Kota Uji")
        expect(page.locator("main")).to_contain_text("Perkiraan 800 orang")
        context.close()


def test_two_officers_at_once_lose_nothing(served: Installation, browser: Browser):
    with people_at(browser, served) as people:
        one, other = people.logged_in(Role.CITY_OFFICER), people.logged_in(Role.SUPERVISOR)
        code = guide.added_place(one, "Taman Berdua")
        for page in (one, other):
            page.goto(f"/kota/petugas/tempat/{code}")
        other.fill("#ticket_rupiah", "10000")
        other.click("form.fields button.first")
        one.fill("#text_en", "A garden for two")
        one.click("form.fields button.first")
        expect(one.locator("#tertinggal")).to_contain_text("Harga tiket")
        expect(one.locator("#text_en")).to_have_value("A garden for two")
        one.fill("#ticket_rupiah", "10000")
        one.click("form.fields button.first")
        expect(one.locator(".said")).to_be_visible()
        expect(one.locator("#riwayat")).to_contain_text("10000")


@pytest.mark.parametrize("size", [TELEPHONE, LARGE], ids=["telephone", "large"])
@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_public_pages_fit_their_window(served: Installation, browser: Browser, size: dict[str, int], lang: str):
    paths = (
        "/kota",
        "/kota/agenda",
        "/kota/tempat",
        "/kota/kondisi",
        "/kota/kondisi/jalan",
        "/kota/peta",
        "/kota/usaha",
    )
    context = browser.new_context(viewport=size, base_url=served.url)  # type: ignore[arg-type]
    page = context.new_page()
    for path in paths:
        page.goto(f"{path}?lang={lang}")
        assert is_as_wide_as_its_window(page), path
        expect(page.locator("html")).to_have_attribute("lang", lang)
    context.close()


def test_a_business_is_on_the_list_once_the_officer_has_checked_it(served: Installation, browser: Browser):
    with people_at(browser, served) as people:
        owner, officer = people.citizen(TELEPHONE), people.logged_in(Role.CITY_OFFICER)
        status = guide.registered(owner)
        officer.goto("/kota/petugas")
        officer.click("text=Keripik Apel Mbak Yun")
        officer.check("input[name=checked]")
        officer.click("button[value=accept]")
        expect(officer.locator(".said")).to_be_visible()
        owner.goto(status)
        owner.click("text=Keripik Apel Mbak Yun >> nth=-1")
        expect(owner.locator("main")).to_contain_text("Diperiksa petugas")
        expect(owner.locator("main")).not_to_contain_text("081299998888")
