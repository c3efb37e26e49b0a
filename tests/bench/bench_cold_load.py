"""A wall opened for the first time, through the proxy: until it is complete, and what travels for it."""

from __future__ import annotations

import time
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.bench.measure import Env, Result, median
from tests.bench.stock import STOCK, serving
from tests.e2e.helpers.proxy import Proxy
from tests.e2e.helpers.wall import CHROMIUM, FLAGS, LANDSCAPE, Wall

COMPLETE = """() => new Promise(done => {
  const look = () => {
    const badge = document.querySelector('#wall--badge');
    const shells = [...document.querySelectorAll('.board [id*="--"]')];
    if (badge && badge.dataset.mode === 'live' && shells.some(e => e.childElementCount)) done();
    else requestAnimationFrame(look);
  };
  look();
})"""


def measure(env: Env) -> list[Result]:
    """Each wall five times, each time by a browser that has never seen it; the median of the slowest wall."""
    house = serving(env, env.size(STOCK, 5_000), {"server": {"proxies": 1}})
    proxy = Proxy(house, env.folder / "cold-load-proxy")
    results = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for screen in ("peta", "antrean", "waktu"):
            loads = [load(browser, proxy.url(house.wall(screen))) for _ in range(env.size(5, 2))]
            seconds, size = median([taken for taken, _ in loads]), max(size for _, size in loads)
            results += [
                Result(f"cold load of {screen}", seconds, "s", 2.0),
                Result(f"cold load of {screen}, transferred", size / 1e6, "MB", 2.0),
            ]
        browser.close()
    proxy.close()
    house.close()
    return results


def load(browser: Browser, url: str) -> tuple[float, float]:
    """Seconds until the wall is live and drawn, and bytes received, sockets included."""
    context = browser.new_context(ignore_https_errors=True, viewport={"width": LANDSCAPE[0], "height": LANDSCAPE[1]})
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    size = 0.0

    def finished(event: dict[str, Any]) -> None:
        nonlocal size
        size += event["encodedDataLength"]

    def framed(event: dict[str, Any]) -> None:
        nonlocal size
        size += len(event["response"]["payloadData"].encode())

    devtools.on("Network.loadingFinished", finished)
    devtools.on("Network.webSocketFrameReceived", framed)
    start = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.evaluate(COMPLETE)
    taken = time.perf_counter() - start
    Wall(page).live()
    page.wait_for_timeout(500)
    context.close()
    return taken, size
