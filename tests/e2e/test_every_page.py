"""axe-core at every page of the access table: in both languages and themes, on a telephone and on a large screen.

Each page is seen in one of two looks, the next one in the other; `EVERY_LOOK=1` shows all pages in all eight.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Cookie, Page, expect

from dashboard.auth.visitor import COOKIE
from data.domain.access.roles import Role
from tests.e2e.helpers import guide
from tests.e2e.helpers.pages import PAGES, SOURCE, Opener, PageRow
from tests.e2e.helpers.people import (
    DESK,
    OLD_ENOUGH_MS,
    TELEPHONE,
    People,
    choose_photo,
    fill_in,
    people_at,
    send,
    serious,
)
from tests.e2e.helpers.server import Installation, until
from tests.e2e.test_assistant import PUNTEN, asked, offered_for_another
from tests.e2e.test_market import does, known, offered, wanted

ALL = "EVERY_LOOK" in os.environ
TEXT = "Sampah menumpuk di tepi sungai"
HEADER = "nomor;tanggal;waktu;kategori;judul;uraian;desa;status;tanggal_selesai;catatan"


OTHERS = (
    ("id", "light", DESK),
    ("en", "dark", TELEPHONE),
    ("id", "light", TELEPHONE),
    ("en", "dark", DESK),
    ("id", "dark", DESK),
    ("en", "light", TELEPHONE),
)


@dataclass(frozen=True)
class Look:
    """How a page is shown."""

    lang: str
    theme: str
    size: dict[str, int]

    def __str__(self) -> str:
        return f"{self.lang}-{self.theme}-{self.size['width']}"


LOOKS = [
    Look("id", "dark", TELEPHONE),
    Look("en", "light", DESK),
    *(Look(lang, theme, size) for lang, theme, size in OTHERS if ALL),
]


@dataclass(frozen=True)
class Stocked:
    """An installation where every page has something to show."""

    house: Installation
    known: dict[str, str]
    """What stands for {code}, {tracking} and the other names of paths."""
    own: dict[Role, list[Cookie]]
    """The sessions of those whose pages are about what they did themselves."""


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Stocked]:
    with closing(Installation(tmp_path_factory.mktemp("pages"), {"sources": {SOURCE: {"settle_s": 0}}})) as house:
        drop = house.home / "drop"
        drop.mkdir()
        (drop / "a.csv").write_text(f"{HEADER}\n1;kemarin;08.30;sampah;;;Sisir;Baru;;\n", encoding="utf-8")
        house.start()
        with people_at(browser, house) as people:
            names, own = _filled(house, people), {}
            for fill in (_traded, _assisted, _guided):
                more, sessions = fill(people)
                names |= more
                own |= sessions
            yield Stocked(house, names, own)


def _filled(house: Installation, people: People) -> dict[str, str]:
    """A case that was reported, dispatched, accepted and resolved; a second one; an upload; a rejected record."""
    citizen = people.citizen()
    fill_in(citizen, house, TEXT)
    tracking = send(citizen).rpartition("/")[2]
    citizen.goto(f"/lapor/{tracking}/data")
    citizen.check("input[name=kind] >> nth=0")
    citizen.click("main button.first")
    [(code,)] = house.rows('SELECT code FROM "case" WHERE source = ?', "among_warga")
    house.accepted("Sampah lagi di tepi jalan", service_code="sampah", lat=-7.8791, long=112.5276)
    desk, agency = people.logged_in(Role.SUPERVISOR), people.logged_in(Role.RESPONDER)
    desk.goto(f"{house.url}/meja/{code}")
    desk.click("button[value=dispatch]")
    expect(desk.locator(".done")).to_be_visible()
    agency.goto(f"{house.url}/respon/{code}")
    agency.click("#resolve summary")
    agency.fill("#resolve textarea", "Sudah diangkut.")
    choose_photo(agency, "#resolve input[type=file]")
    agency.click("#resolve button")
    expect(agency.locator(".done")).to_be_visible()
    fill_in(citizen, house, "Lampu jalan mati lagi", "pju")
    asked = send(citizen).rpartition("/")[2]
    [(second,)] = house.rows('SELECT code FROM "case" WHERE text = ?', "Lampu jalan mati lagi")
    desk.goto(f"/meja/{second}")
    desk.click("#pause summary")
    desk.fill("#pause textarea", "Di tiang nomor berapa?")
    desk.click("#pause button")
    expect(desk.locator(".done")).to_contain_text(second)
    office = people.logged_in(Role.ADMINISTRATOR)
    office.goto(f"{house.url}/sumber/{SOURCE}/unggah")
    rows = f"{HEADER}\n2;01/11/2026;08.30;bau got;Got;;Sisir;Baru;;\n"
    office.set_input_files("#file", {"name": "aduan.csv", "mimeType": "text/csv", "buffer": rows.encode()})
    office.click("form[data-most] button")
    expect(office.locator("#pemetaan")).to_be_visible()
    upload = office.url.partition("/unggahan/")[2].partition("?")[0]
    [(rejected,)] = until(lambda: house.rows("SELECT id FROM rejected"), 60, "the rejected record")
    found = {"code": str(code), "tracking": tracking, "asked": asked, "upload": upload, "rejected": str(rejected)}
    return found


def _traded(people: People) -> tuple[dict[str, str], dict[Role, list[Cookie]]]:
    """An offer, a demand, and the deal of both."""
    farmer, buyer = people.logged_in(Role.FARMER, TELEPHONE), people.logged_in(Role.BUYER, TELEPHONE)
    known(farmer, "Pak Karto", "081234567890")
    known(buyer, "Bu Sri", "085711122233")
    offered(farmer)
    buyer.goto("/tani/lapak")
    offer = buyer.locator("a[href*='/tani/lapak/LP']").first.get_attribute("href") or ""
    wanted(buyer)
    demand = buyer.evaluate("location.pathname")
    officer = people.logged_in(Role.MARKET_OFFICER)
    officer.goto("/pasar")
    officer.click("button[value=accept]")
    for page in (buyer, farmer):
        does(page, "agreed")
    does(buyer, "handed_over")
    does(farmer, "paid")
    deal = farmer.evaluate("location.pathname")
    own = {Role.FARMER: farmer.context.cookies(), Role.BUYER: buyer.context.cookies()}
    return {"offer": offer, "demand": demand, "deal": deal}, own


def _reported(people: People, page: Page) -> str:
    """The slip of a report that a village's officer entered."""
    people.house.log_in(page.context, Role.FIELD, villages=[PUNTEN])
    fill_in(page, people.house, "Selokan penuh sampah", officer=True)
    page.wait_for_timeout(OLD_ENOUGH_MS)
    page.click("form[action$=kirim] button.first")
    expect(page).to_have_url(re.compile("/atas-nama/"))
    return str(page.evaluate("location.pathname"))


def _assisted(people: People) -> tuple[dict[str, str], dict[Role, list[Cookie]]]:
    """A question for a field assistant, and what he sells for another farmer. He has entered a report, too."""
    farmer, buyer = people.logged_in(Role.FARMER, TELEPHONE), people.logged_in(Role.BUYER, TELEPHONE)
    known(farmer, "Bu Yem", "081234500000")
    known(buyer, "Pak Jaya", "085711100000")
    asked(farmer)
    page = people.citizen()
    slip = _reported(people, page)
    offered_for_another(page)
    offer = page.locator("a[href*='/penyuluh/lapak/']").first.get_attribute("href") or ""
    buyer.goto(offer.replace("/penyuluh/", "/tani/"))
    buyer.fill("[name=quantity]", "35")
    buyer.click("main button.first")
    page.goto("/penyuluh")
    question = page.locator("a[href*='/penyuluh/tanya/']").first.get_attribute("href") or ""
    page.click("a[href*='/penyuluh/transaksi/']")
    deal = page.evaluate("location.pathname")
    for command in ("agreed", "handed_over"):
        page.click(f"button[value={command}]")
        expect(page.locator("[role=status]")).to_be_visible()
    page.goto("/penyuluh/petani")
    code = page.locator("#petani option").first.get_attribute("value") or ""
    names = {"question": question, "farmer": code, "represented_offer": offer, "represented_deal": deal, "slip": slip}
    return names, {Role.FIELD: page.context.cookies()}


def _guided(people: People) -> tuple[dict[str, str], dict[Role, list[Cookie]]]:
    """A place, an event, a condition, and a business that waits for the officer."""
    officer, owner = people.logged_in(Role.CITY_OFFICER), people.citizen(TELEPHONE)
    known = {"place": guide.added_place(officer), "event": guide.added_event(officer)}
    guide.noted_condition(officer)
    known["business"] = guide.registered(owner)
    [(number,)] = people.house.rows("SELECT max(id) FROM place_submission")
    return known | {"submission": str(number)}, {}


def _opened(stocked: Stocked, people: People, who: Role | Opener, look: Look) -> Page:
    house = stocked.house
    page = people.logged_in(who, look.size) if isinstance(who, Role) else people.citizen(look.size)
    if who in stocked.own:
        page.context.clear_cookies()
        page.context.add_cookies(stocked.own[who])  # type: ignore[arg-type,index]
    if who is Opener.HALF:
        page.context.add_cookies([{"name": COOKIE, "value": house.session(half=True), "url": house.url}])
    _wear(page.context, house, look)
    if who is Opener.CITIZEN:
        fill_in(page, house, TEXT)
    return page


def _wear(context: BrowserContext, house: Installation, look: Look) -> None:
    choices = {"batt_lang": look.lang, "batt_theme": look.theme}
    context.add_cookies([{"name": name, "value": value, "url": house.url} for name, value in choices.items()])


def _address(stocked: Stocked, row: PageRow, look: Look) -> str:
    if row.who is Opener.SCREEN:
        return stocked.house.wall(row.path, lang=look.lang, theme=look.theme)
    return stocked.house.url + row.path.format(**stocked.known)


def _settled(page: Page, row: PageRow) -> None:
    """What comes by itself has come."""
    if row.who is Opener.SCREEN:
        expect(page.locator("#wall--badge")).to_have_attribute("data-mode", "live")
    if row.endpoint == "performance.page":
        expect(page.locator(".chart .note:not(:empty)").first).to_be_visible()
        expect(page.locator(".chart[aria-busy], .chart:has([data-dash-is-loading])")).to_have_count(0)
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_axe_finds_nothing_serious_on_any_page(stocked: Stocked, browser: Browser, look: Look):
    place = LOOKS.index(look)
    rows = [row for n, row in enumerate(PAGES) if ALL or (n + place) % 2 == 0]
    found: dict[str, list[str]] = {}
    with people_at(browser, stocked.house) as people:
        pages: dict[Role | Opener, Page] = {}
        for row in rows:
            page = pages.get(row.who) or pages.setdefault(row.who, _opened(stocked, people, row.who, look))
            page.goto(_address(stocked, row, look))
            _settled(page, row)
            if row.endpoint != "root":  # it speaks both
                assert page.locator("html").get_attribute("lang") == look.lang, row.path
            if faults := serious(page):
                found[row.path] = faults
            if row.who is not Opener.SCREEN and page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.setdefault(row.path, []).append("wider than its window")
    assert found == {}
