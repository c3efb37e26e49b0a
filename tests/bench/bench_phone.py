"""A photo of 3 MB over simulated 3G (750 kbit/s, 300 ms): with script, without script, and cut off in the middle."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.bench.measure import Env, Result, p95
from tests.e2e.helpers.server import Installation, until
from tests.e2e.helpers.wall import CHROMIUM, FLAGS

TELEPHONE = {"width": 390, "height": 844}
PHOTO_BYTES = 3_000_000
BITS_PER_S, LATENCY_MS = 750_000, 300
SENT_S = 60.0
TEXT = "Sampah menumpuk di tepi sungai"
NETWORK = {
    "offline": False,
    "latency": LATENCY_MS,
    "downloadThroughput": BITS_PER_S / 8,
    "uploadThroughput": BITS_PER_S / 8,
}


def measure(env: Env) -> list[Result]:
    """Seconds from the photo's choice to the page that thanks."""
    photo, times = a_photo(), env.size(5, 1)
    house = Installation(env.folder / "phone-home")
    house.start()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with_script = [filled_in(browser, house, photo, f"{TEXT} a{n}", script=True) for n in range(times)]
        without = [filled_in(browser, house, photo, f"{TEXT} b{n}", script=False) for n in range(times)]
        cut = [cut_off(browser, house, photo, f"{TEXT} c{n}") for n in range(times)]
        browser.close()
    sent = 3 * times
    stored = house.rows('SELECT count(*), count(DISTINCT text) FROM "case" WHERE text LIKE ?', f"{TEXT}%")[0]
    pictures = house.rows("SELECT count(*) FROM photo")[0][0]
    house.close()
    of = f"{len(photo) / 1e6:.1f} MB over 3G"
    return [
        Result(f"report with a photo of {of}, p95", p95(with_script), "s", SENT_S),
        Result(f"without script, {of}, p95", p95(without), "s", SENT_S),
        Result(f"cut in the middle, from the network's return, {of}, p95", p95(cut), "s", SENT_S),
        Result(f"reports sent twice, of {sent}", stored[0] - stored[1], "", 0, note=f"{pictures} photos"),
        Result(f"reports that arrived, of {sent}", stored[1], "", sent, at_least=True),
    ]


def a_photo() -> bytes:
    """Noise, which no JPEG makes smaller than a real photo: about 3 MB."""
    quality, out = 96, io.BytesIO()
    while True:
        out = io.BytesIO()
        Image.effect_noise((2400, 3200), 40).convert("RGB").save(out, "JPEG", quality=quality)
        if out.tell() <= PHOTO_BYTES * 1.1 or quality <= 20:
            return out.getvalue() + b"\0" * max(0, PHOTO_BYTES - out.tell())
        quality -= 4


@contextmanager
def telephone(browser: Browser, *, script: bool = True) -> Iterator[Page]:
    """A page over 3G."""
    context = browser.new_context(viewport=TELEPHONE, java_script_enabled=script)  # type: ignore[arg-type]
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", NETWORK)
    yield page
    context.close()


def filled_in(browser: Browser, house: Installation, photo: bytes, text: str, *, script: bool) -> float:
    """The four pages, as fast as somebody who has decided."""
    with telephone(browser, script=script) as page:
        page.goto(f"{house.url}/lapor")
        start = time.monotonic()
        choose(page, photo)
        if script:
            expect(page.locator(".preview img")).to_be_visible(timeout=60_000)
        page.select_option("#village", index=3)
        press(page)
        page.check("input[name=category][value=sampah]")
        page.fill("#text", text)
        press(page)
        press(page)
        page.wait_for_timeout(max(0, 3500 - (time.monotonic() - start) * 1000))
        press(page)
        expect(page.locator(".sent")).to_be_visible(timeout=90_000)
        return time.monotonic() - start


def cut_off(browser: Browser, house: Installation, photo: bytes, text: str) -> float:
    """Finished without network; the first sending is cut in its middle; seconds from the network's second return."""
    with telephone(browser) as page:
        page.goto(f"{house.url}/lapor")
        choose(page, photo)
        expect(page.locator(".preview img")).to_be_visible(timeout=60_000)
        page.select_option("#village", index=3)
        page.context.set_offline(True)
        page.click("#place > button.first")
        page.select_option("#o-category", "sampah")
        page.fill("#o-text", text)
        page.click(".offline button.first")
        expect(page.locator("#unsent")).to_contain_text("(1)")
        with page.expect_request("**/lapor/semua", timeout=60_000):
            page.context.set_offline(False)
        page.wait_for_timeout(700)
        page.context.set_offline(True)
        page.wait_for_timeout(500)
        start = time.monotonic()
        page.context.set_offline(False)
        page.evaluate("dispatchEvent(new Event('online'))")
        until(lambda: page.locator("#unsent a").count(), 90, "the link to the report")
        return time.monotonic() - start


def choose(page: Page, photo: bytes) -> None:
    page.set_input_files("input[name=photo]", {"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": photo})


def press(page: Page) -> None:
    page.click("form button.first", timeout=90_000)
