"""From the push of a warning to the frame in which it has taken a screen and hatches the map, and back at its cancel.

Beside a bare Flask-SocketIO page. The store holds the usual stock; reports come in meanwhile, as on a bad day.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from playwright.sync_api import Browser, sync_playwright

from tests.bench.bench_post_to_wall import bare
from tests.bench.frame_watcher import FrameWatcher
from tests.bench.measure import Env, Result, median, p95
from tests.bench.stock import STOCK, serving
from tests.e2e.helpers.server import Installation, spot
from tests.e2e.helpers.wall import CHROMIUM, FLAGS, hang
from tests.e2e.helpers.warnings import CHANGES, ENV, warn, withdraw

GAP_S, REPORT_EVERY_S = 0.7, 1.3
TARGET_MS = 150
WATCHED = {
    "peta": {
        "the screen peta": ("warning_overlay--overlay", ".lead"),
        "the map": ("command_map--city", "path.warned-area"),
    },
    "kota": {"the list on kota": ("city_board--warnings", "")},
}
"""On each screen what shows it: a region, and the elements of which it then has more; none: its text is another."""


def measure(env: Env) -> list[Result]:
    """Warnings on `peta` and on `kota`, each withdrawn again: quiet, and while reports come in."""
    times = env.size(50, 8)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        limit = bare(env, browser, times)
        house = serving(env, env.size(STOCK, 300), CHANGES, secrets=ENV)
        results = []
        for manner, reports in (("quiet", False), ("while reports come in", True)):
            with reporting(house, reports):
                for screen in WATCHED:
                    found = pushed(browser, house, screen, times, manner)
                    results += [_told(f"{name}, {manner}", late, limit) for name, late in found.items()]
        house.close()
        browser.close()
    return results


def _told(name: str, late: list[float], limit: list[float]) -> Result:
    note = f"p50 {median(late):.0f}, bare {median(limit):.0f}; {p95(late) / p95(limit):.1f} times bare"
    return Result(f"warning {name}, p95", p95(late), "ms", TARGET_MS, p95(limit), note=note)


def pushed(browser: Browser, house: Installation, screen: str, times: int, manner: str) -> dict[str, list[float]]:
    """Milliseconds from before each push until a frame shows it, and from before each cancel until it is gone."""
    context, wall = hang(browser)
    wall.open(house.wall(screen))
    watchers = {where: FrameWatcher(wall.page, *watched) for where, watched in WATCHED[screen].items()}
    found: dict[str, list[float]] = {f"{way} {where}": [] for where in watchers for way in ("takes", "leaves")}
    for number in range(times + 2):
        name, sent = f"{screen}-{manner.split()[0]}-{number}", list[str]()
        ways = {
            "takes": partial(_warn, house, name, sent),
            "leaves": partial(_withdraw, house, name, sent),
        }
        for way, act in ways.items():
            for where, delay in _delays(watchers, act).items():
                found[f"{way} {where}"].append(delay)
            time.sleep(GAP_S)
    context.close()
    return {name: late[2:] for name, late in found.items()}


def _warn(house: Installation, name: str, sent: list[str]) -> None:
    sent.append(warn(house, name))


def _withdraw(house: Installation, name: str, sent: list[str]) -> None:
    withdraw(house, name, sent[0])


def _delays(watchers: dict[str, FrameWatcher], act: Callable[[], object]) -> dict[str, float]:
    start = time.time() * 1000
    act()
    return {where: watcher.saw_after(start) - start for where, watcher in watchers.items()}


@contextmanager
def reporting(house: Installation, wanted: bool) -> Iterator[None]:
    """Reports come in at an even pace until the end."""
    ending = threading.Event()

    def report() -> None:
        number = 0
        while not ending.wait(REPORT_EVERY_S):
            number += 1
            house.accepted(f"Pohon roboh {number}", **spot(number))

    thread = threading.Thread(target=report, daemon=True)
    if wanted:
        thread.start()
    try:
        yield
    finally:
        ending.set()
        if wanted:
            thread.join(10)
