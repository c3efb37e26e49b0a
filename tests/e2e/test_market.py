"""The whole market: offered on a telephone, seen on the wall, matched, agreed, handed over, paid, in the sums."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect

from data import clock
from data.domain.access.roles import Role
from data.store.db.engine import open_engine, writing
from tests.e2e.helpers.server import Installation
from tests.e2e.helpers.wall import Wall
from tests.market_store import a_party, a_trade

TELEPHONE = {"width": 390, "height": 844}
COMMODITY, NAME = "brokoli", "Brokoli"
"""Of which the shared installation has nothing else."""


@contextmanager
def person(browser: Browser, house: Installation, role: Role) -> Iterator[Page]:
    """Somebody's telephone."""
    context = browser.new_context(viewport=TELEPHONE, base_url=house.url)
    house.log_in(context, role)
    yield context.new_page()
    context.close()


def known(page: Page, name: str, phone: str) -> None:
    """A trader says who it is."""
    page.goto("/tani/saya")
    page.fill("[name=name]", name)
    page.fill("[name=phone]", phone)
    page.select_option("[name=village]", label="Punten")
    page.click("main button.first")


def offered(page: Page) -> None:
    """In four steps."""
    page.goto("/tani/jual")
    page.check(f"[name=commodity][value={COMMODITY}]", force=True)
    page.click("main button.first")
    page.fill("[name=quantity]", "80")
    page.click("main button.first")
    page.check("[name=grade][value=A]", force=True)
    page.click("main button.first")
    page.fill("[name=price]", "14000")
    page.click("main button.first")
    expect(page.locator("main")).to_contain_text("LP-")


def wanted(page: Page) -> None:
    page.goto("/tani/cari")
    page.select_option("[name=commodity]", COMMODITY)
    page.fill("[name=quantity]", "80")
    page.select_option("[name=grade]", "B")
    page.fill("[name=price]", "15000")
    page.click("main button.first")
    expect(page.locator("main")).to_contain_text("PM-")


def does(page: Page, command: str) -> None:
    """Opens the deal, and gives a command."""
    page.goto("/tani")
    page.click("a[href*='/tani/transaksi/']")
    page.click(f"button[name=command][value={command}]")


def pressed(house: Installation) -> None:
    """One buyer has paid three farmers less than what growing costs."""
    engine, now = open_engine(f"sqlite:///{house.database}"), clock.now()
    with writing(engine) as conn:
        buyer = a_party(conn, "buyer", code="PB-MENEKAN")
        for number in range(3):
            a_trade(conn, 3000, farmer_id=a_party(conn, code=f"PT-E2E-{number}"), buyer_id=buyer, at=now)
    engine.dispose()


def test_a_harvest_goes_from_the_farmers_telephone_to_the_months_sums(
    browser: Browser, served: Installation, wall: Callable[..., Wall]
):
    glass = wall(served.wall("pasar")).page
    row = glass.locator("#market_board--table .row", has_text=NAME)
    roles = (Role.FARMER, Role.BUYER, Role.MARKET_OFFICER)
    farmer, buyer, officer = (person(browser, served, role) for role in roles)
    with farmer as sells, buyer as buys, officer as decides:
        known(sells, "Pak Karto", "081234567890")
        known(buys, "Bu Sri", "085711122233")
        offered(sells)
        expect(row).to_contain_text("80 kg")
        wanted(buys)
        decides.goto("/pasar")
        match = decides.locator(".decision", has_text=f"{NAME} 80 kg")
        expect(match).to_contain_text("Diminta Rp 14.000, ditawar sampai Rp 15.000")
        match.locator("button[value=accept]").click()
        does(buys, "agreed")
        does(sells, "agreed")
        expect(sells.locator("main")).to_contain_text("Bu Sri")
        does(buys, "handed_over")
        does(sells, "paid")
        expect(row).to_contain_text("1,1 jt")
        month = decides.request.get(f"/pasar/transaksi.csv?bulan={clock.now():%Y-%m}").text()
        sold = [each for each in csv.DictReader(io.StringIO(month)) if each["commodity"] == COMMODITY]
        assert [(each["quantity"], each["total_rupiah"]) for each in sold] == [("80", "1120000")]
        pressed(served)
        expect(glass.locator("[id='market_board--next']")).to_contain_text("Hubungi PB-MENEKAN")
        decides.reload()
        expect(decides.locator("#menekan")).to_contain_text("PB-MENEKAN: 3 dari 3 di bawah batas, 3 petani")
