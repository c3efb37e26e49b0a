"""The city's guide in a browser: an officer adds a place, an event and a condition, a business registers."""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.sync_api import Page, expect

from data import clock
from tests.e2e.helpers.people import OLD_ENOUGH_MS

OWNER = {
    "name": "Keripik Apel Mbak Yun",
    "opening_hours": "Senin-Jumat 08.00-16.00; Minggu tutup",
    "nib": "1234567890123",
    "contact_phone": "081299998888",
}


def added_place(page: Page, name: str = "Taman Bunga Sisir") -> str:
    """The officer's; its code."""
    page.goto("/kota/petugas/tempat-baru")
    page.fill("#name", name)
    page.select_option("#category", "rekreasi")
    page.fill("#lat", "-7.8713")
    page.fill("#lon", "112.5267")
    page.fill("#opening_hours", "tiap hari 08.00-17.00")
    page.fill("#text_id", "Taman kota dengan bunga sepanjang tahun.")
    page.click("form.fields button.first")
    expect(page.locator(".said")).to_be_visible()
    return _code(page, "tempat")


def added_event(page: Page, place: str = "Taman Bunga Sisir") -> str:
    """Tomorrow; its code."""
    page.goto("/kota/petugas/agenda-baru")
    page.fill("#title", "Pasar bunga akhir pekan")
    page.fill("#day", (clock.now() + timedelta(days=1)).date().isoformat())
    page.fill("#time", "09:00")
    page.fill("#end_time", "15:00")
    page.fill("#place", place)
    page.fill("#expected", "800")
    page.click("form.fields button.first")
    expect(page.locator(".said")).to_be_visible()
    return _code(page, "agenda")


def noted_condition(page: Page, place: str = "Taman Bunga Sisir") -> None:
    """Its car park is full."""
    page.goto("/kota/petugas")
    page.select_option("#what", "parking:full")
    page.fill("#place", place)
    page.fill("#free", "0")
    page.fill("#capacity", "80")
    page.click("#kondisi form button")
    expect(page.locator(".said")).to_be_visible()


def registered(page: Page) -> str:
    """A business, by its owner; the address of its status."""
    page.goto("/kota/usaha")
    for name, text in OWNER.items():
        page.fill(f"#{name}", text)
    page.select_option("#category", "kuliner")
    page.select_option("#village", label="Sisir")
    page.check("input[name=agreed]")
    page.wait_for_timeout(OLD_ENOUGH_MS)
    page.click("form.narrow button.first")
    expect(page).to_have_url(re.compile("/kota/usaha/[0-9A-Z-]+"))
    return str(page.evaluate("location.pathname"))


def _code(page: Page, part: str) -> str:
    return str(page.evaluate("location.pathname")).rpartition(f"/{part}/")[2]
