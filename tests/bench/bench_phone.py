"""A photo of 3 MB over simulated 3G (750 kbit/s, 300 ms): with script, without script, and cut off in the middle."""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from PIL import Image
from playwright.sync_api import Browser, CDPSession, Page, expect, sync_playwright

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
        Result(f"not made smaller, cut in the middle, from the cut on, {of}, p95", p95(cut), "s", SENT_S),
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


@dataclass(frozen=True)
class Telephone:
    """A page over 3G."""

    page: Page
    wire: CDPSession

    def network(self, *, is_there: bool) -> None:
        self.wire.send("Network.emulateNetworkConditions", {**NETWORK, "offline": not is_there})


@contextmanager
def telephone(browser: Browser, *, script: bool = True) -> Iterator[Telephone]:
    """A browser of its own."""
    context = browser.new_context(viewport=TELEPHONE, java_script_enabled=script)  # type: ignore[arg-type]
    page = context.new_page()
    made = Telephone(page, context.new_cdp_session(page))
    made.wire.send("Network.enable")
    made.network(is_there=True)
    yield made
    context.close()


def filled_in(browser: Browser, house: Installation, photo: bytes, text: str, *, script: bool) -> float:
    """The four pages, as fast as somebody who has decided."""
    with telephone(browser, script=script) as made:
        page = made.page
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
    """Finished without network by a browser that cannot make the photo smaller, and cut in the middle of its sending;
    seconds from the cut."""
    line = Line(house.port, len(photo) // 2)
    with telephone(browser) as made:
        page = made.page
        page.add_init_script("createImageBitmap = () => Promise.reject(new Error('none'))")
        page.goto(f"http://127.0.0.1:{line.port}/lapor")
        choose(page, photo)
        expect(page.locator(".preview img")).to_be_visible(timeout=60_000)
        page.select_option("#village", index=3)
        made.network(is_there=False)
        page.click("#place > button.first")
        page.select_option("#o-category", "sampah")
        page.fill("#o-text", text)
        page.click(".offline button.first")
        expect(page.locator("#unsent")).to_contain_text("(1)")
        made.network(is_there=True)
        until(lambda: line.is_cut or page.wait_for_timeout(100), 120, "the cut")
        start = time.monotonic()
        page.wait_for_timeout(500)
        page.evaluate("dispatchEvent(new Event('online'))")
        page.locator("#unsent a").wait_for(timeout=120_000)
        return time.monotonic() - start


class Line:
    """What lies between a telephone and the server: torn once, after so many bytes of one connection."""

    def __init__(self, port: int, torn_after: int) -> None:
        """`port`: the server's."""
        self.is_cut, self._server, self._torn_after = False, port, torn_after
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            near, _ = self._listener.accept()
            far = socket.create_connection(("127.0.0.1", self._server))
            for source, sink, counts in ((near, far, True), (far, near, False)):
                threading.Thread(target=self._pump, args=(source, sink, counts), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, counts: bool) -> None:
        sent = 0
        with suppress(OSError):
            while data := source.recv(16_384):
                sent += len(data)
                if counts and not self.is_cut and sent > self._torn_after:
                    self.is_cut = True
                    break
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def choose(page: Page, photo: bytes) -> None:
    page.set_input_files("input[name=photo]", {"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": photo})


def press(page: Page) -> None:
    page.click("form button.first", timeout=90_000)
