"""Three thousand updates on an open wall, ten a second: what grows, and how busy the browser's main thread is."""

from __future__ import annotations

import time
from collections.abc import Sequence

from playwright.sync_api import CDPSession, sync_playwright

from tests.bench.measure import Env, Result
from tests.bench.stock import STOCK, serving
from tests.e2e.helpers.server import Installation, spot
from tests.e2e.helpers.wall import CHROMIUM, FLAGS, hang

PACE = 10
PARTS = 3
CALLERS = 40


def measure(env: Env) -> list[Result]:
    """On the busiest wall: map, strip, ticker, what breaches next."""
    updates = env.size(3000, 200)
    house = serving(env, env.size(STOCK, 5_000))
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context, wall = hang(browser)
        wall.open(house.wall("peta"))
        devtools = context.new_cdp_session(wall.page)
        devtools.send("Performance.enable")
        post(house, env.size(300, 60))
        heaps, memory = [heap_after_collection(devtools)], [house.memory()]
        took = busy = 0.0
        for _ in range(PARTS):
            worked, start = task_s(devtools), time.monotonic()
            post(house, updates // PARTS)
            took += time.monotonic() - start
            busy += task_s(devtools) - worked
            heaps.append(heap_after_collection(devtools))
            memory.append(house.memory())
        browser.close()
    house.close()
    return [
        grown(f"{updates} updates: browser heap grows", heaps),
        grown(f"{updates} updates: server memory grows", memory),
        Result(
            "main thread busy at 10 changes a second", busy / took * 100, "%", 10, note=f"{updates / took:.1f} a second"
        ),
    ]


def grown(name: str, sizes: Sequence[float]) -> Result:
    """By how many percent the last size exceeds the first."""
    told = ", ".join(f"{size / 1e6:.1f}" for size in sizes)
    return Result(name, sizes[-1] / sizes[0] * 100 - 100, "%", 10, note=f"{told} MB")


def post(house: Installation, number: int) -> None:
    """That many changes at the pace: forty callers who say the same again and again, which folds, so that the board
    stays as full.
    """
    start = time.monotonic()
    for count in range(number):
        caller = count % CALLERS
        words = f"Tebing longsor, penelepon {caller}"
        house.accepted(words, service_code="longsor", device_id=f"telepon-{caller}", **spot(caller))
        time.sleep(max(0.0, start + (count + 1) / PACE - time.monotonic()))


def heap_after_collection(devtools: CDPSession) -> float:
    """Bytes of the page's JavaScript heap that nothing can free."""
    for _ in range(2):
        devtools.send("HeapProfiler.collectGarbage")
    return float(devtools.send("Runtime.getHeapUsage")["usedSize"])


def task_s(devtools: CDPSession) -> float:
    """Seconds that the page's main thread has worked."""
    metrics = devtools.send("Performance.getMetrics")["metrics"]
    return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))
