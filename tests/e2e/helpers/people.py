"""Browsers of people: an operator's desk, a responder's and a citizen's telephone."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from data.domain.access.roles import Role
from tests.e2e.helpers.server import Installation

DESK, SMALL_DESK = {"width": 1920, "height": 1080}, {"width": 1366, "height": 768}
TELEPHONE = {"width": 390, "height": 844}
HERE = {"latitude": -7.8790, "longitude": 112.5276, "accuracy": 12}
PATIENCE_S = 60.0
OLD_ENOUGH_MS = 3_200
"""A form that was filled in faster is taken for a robot's."""
STATUS = re.compile(r"/lapor/(\w{4}-\w{4}-\w{4}-\w)")
COUNT_RINGS = """
  window.rings = 0;
  const play = AudioContext.prototype.createOscillator;
  AudioContext.prototype.createOscillator = function () { window.rings += 1; return play.call(this); };
"""
"""Counts the tones that a page plays, as `window.rings`."""


@dataclass
class People:
    """Opens browsers at one installation, and closes them; without service workers, so that answers can be lost."""

    browser: Browser
    house: Installation
    contexts: list[BrowserContext] = field(default_factory=list)

    def logged_in(self, role: Role, size: dict[str, int] = DESK, agency: str = "dlh", name: str = "") -> Page:
        """A page of somebody with this role; what its scripts complain of fails the test."""
        context = self._context(size)
        context.add_init_script(COUNT_RINGS)
        self.house.log_in(context, role, agency, name)
        return _strict(context.new_page())

    def citizen(self, size: dict[str, int] = TELEPHONE) -> Page:
        """A telephone that knows where it is."""
        return _strict(self._context(size, geolocation=HERE, permissions=["geolocation"]).new_page())

    def _context(self, size: dict[str, int], **options: object) -> BrowserContext:
        more = {"base_url": self.house.url, "service_workers": "block", **options}
        self.contexts.append(self.browser.new_context(viewport=size, **more))  # type: ignore[arg-type]
        return self.contexts[-1]

    def close(self) -> None:
        """All of them."""
        for context in self.contexts:
            context.close()
        self.contexts.clear()


@contextmanager
def people_at(browser: Browser, house: Installation) -> Iterator[People]:
    """Their browsers are closed at the end."""
    people = People(browser, house)
    yield people
    people.close()


def _strict(page: Page) -> Page:
    page.on("pageerror", lambda error: pytest.fail(f"{page.url}: {error}"))
    return page


def a_photo(seed: int = 80, size: tuple[int, int] = (320, 240)) -> dict[str, object]:
    """A file for a field of a form; never the same twice."""
    body = io.BytesIO()
    Image.effect_noise(size, seed).convert("RGB").save(body, "JPEG", quality=85)
    return {"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": body.getvalue()}


def choose_photo(page: Page, field_of_form: str, photo: dict[str, object] | None = None) -> None:
    """As with the telephone's camera."""
    page.set_input_files(field_of_form, files=photo or a_photo())  # type: ignore[arg-type]


def fill_in(page: Page, house: Installation, text: str, category: str = "sampah", phone: str = "", **more: Any) -> None:
    """A citizen's form with a photo, up to the page that sends it. `photo`: another than one of
    noise; `news`: whether messages are wanted."""
    page.goto(f"{house.url}/lapor")
    choose_photo(page, "input[name=camera]", more.get("photo"))
    expect(page.locator("#located")).to_contain_text("12 m")
    page.click("#place > button.first")
    page.check(f"input[name=category][value={category}]")
    page.fill("#text", text)
    page.click("main button.first")
    if phone:
        page.fill("#phone", phone)
        if more.get("news", True):
            page.check("input[name=news]")
    if more.get("officer"):
        page.check("input[name=consent]")
    page.click("main button.first")
    expect(page.locator("dl.check")).to_contain_text(text)


def send(page: Page) -> str:
    """Send what was filled in, as late as a person does; the path of the report's status page."""
    page.wait_for_timeout(OLD_ENOUGH_MS)
    page.click("form[action$=kirim] button.first")
    expect(page.locator(".sent")).to_be_visible()
    found = STATUS.search(page.url)
    assert found
    return found[0]


def before_the_answer(page: Page, address: str, then: Callable[[], object] = lambda: None) -> None:
    """The next POST to this address is carried out; then something happens, and the browser hears no answer."""
    taken: list[int] = []

    def take(route: Route) -> None:
        if route.request.method != "POST" or taken:
            route.continue_()
            return
        had = page.context.cookies()
        taken.append(route.fetch(max_redirects=0).status)
        page.context.clear_cookies()
        page.context.add_cookies(had)  # type: ignore[arg-type]
        then()
        route.abort()
        assert taken[0] in {200, 303}, route.request.url

    page.route(address, take)


def network_is_back(page: Page) -> None:
    """What waits on this telephone is sent now, and not at the next look of its timer."""
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")


def awaited(page: Page, ask: Callable[[], object], what: str) -> None:
    """As `until`, while the browser's requests go on being answered."""
    end = time.monotonic() + PATIENCE_S
    while not ask():
        assert time.monotonic() < end, f"not within {PATIENCE_S:.0f} s: {what}"
        page.wait_for_timeout(50)


def is_kept_offline(page: Page) -> None:
    """Wait until the page's service worker is in charge; the pages' policy lets no browser wait for an expression."""
    awaited(page, lambda: page.evaluate("navigator.serviceWorker.controller !== null"), "the service worker")


def serious(page: Page) -> list[str]:
    """What axe-core finds that keeps somebody out."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found if each["impact"] in ("serious", "critical")]


def is_as_wide_as_its_window(page: Page) -> bool:
    """Whether nothing makes it scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
