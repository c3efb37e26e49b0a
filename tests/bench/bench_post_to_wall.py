"""From the POST of a report to the frame in which a wall's ticker tells of it, beside a bare Flask-SocketIO page.

The ticker comes in the same event as the boards that show the report itself, and shows every report; a board shows
only as many as its rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import Browser, sync_playwright

from tests.bench.frame_watcher import FrameWatcher
from tests.bench.measure import Env, Result, median, p95
from tests.bench.minimal_apps import MinimalApp
from tests.bench.stock import STOCK, serving
from tests.e2e.helpers.server import spot
from tests.e2e.helpers.wall import CHROMIUM, FLAGS, hang

GAP_S = 0.7
WARM_UP = 2
"""Posts that are not counted."""


def measure(env: Env) -> list[Result]:
    """All three walls, a hundred posts each."""
    posts = env.size(100, 12)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        limit = bare(env, browser, posts)
        house = serving(env, env.size(STOCK, 5_000))
        results = []
        for place, screen in enumerate(("peta", "antrean", "waktu")):
            context, wall = hang(browser)
            wall.open(house.wall(screen))
            watcher = FrameWatcher(wall.page, "ticker--items")
            late = delays(watcher, lambda n: house.accepted(f"Pohon roboh {n}", **spot(n)), place * posts, posts)
            context.close()
            note = f"p50 {median(late):.0f}, bare {median(limit):.0f}"
            results.append(Result(f"POST to pixel on {screen}, p95", p95(late), "ms", 100, p95(limit), note=note))
        house.close()
        browser.close()
    return results


def delays(
    watcher: FrameWatcher,
    post: Callable[[int], object],
    first: int,
    posts: int,
    after_each: Callable[[], object] = lambda: None,
) -> list[float]:
    """Milliseconds from before each post until a frame tells of it; the first WARM_UP posts are left out.

    The page is asked only afterwards: asked meanwhile, browser and driver take the processor from what is measured.
    """
    found = []
    for number in range(first, first + posts + WARM_UP):
        start = time.time() * 1000
        post(number)
        time.sleep(GAP_S)
        found.append(watcher.saw_after(start) - start)
        after_each()
    return found[WARM_UP:]


def bare(env: Env, browser: Browser, posts: int) -> list[float]:
    """The same page with nothing in it."""
    with MinimalApp("emit", env.folder / "page") as minimal:
        page = browser.new_page()
        page.goto(minimal.url)
        page.wait_for_timeout(500)
        found = delays(FrameWatcher(page, "text"), lambda number: minimal.say(f"Pohon roboh {number}"), 0, posts)
        page.close()
    return found
