"""POST to pixel with a million cases: with one wall at rest; then on a wall among 200 screens, while files are imported
and a backup is taken.
"""

from __future__ import annotations

from playwright.sync_api import Browser, sync_playwright

from tests.bench.bench_post_to_wall import delays
from tests.bench.bench_screens import auths
from tests.bench.frame_watcher import FrameWatcher
from tests.bench.measure import Env, Result, median, p95
from tests.bench.screens import Crowd
from tests.bench.stock import LARGE, serving
from tests.e2e.helpers.drop import DROP, drop_file, results
from tests.e2e.helpers.server import Installation, spot
from tests.e2e.helpers.wall import CHROMIUM, FLAGS, hang

WALLS = ("peta", "antrean", "waktu")
QUIET_TARGET_MS, BUSY_TARGET_MS = 40, 80
SCREENS = 200


def measure(env: Env) -> list[Result]:
    """A hundred posts a wall, both times."""
    posts, rows, cases = env.size(100, 8), env.size(100_000, 2_000), env.size(LARGE, 5_000)
    house = serving(env, cases, {"server": {"screens": SCREENS + 50}, **DROP})
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        found = []
        for place, screen in enumerate(WALLS):
            late = on_a_wall(house, browser, screen, place * 1000, posts)
            name, note = f"POST to pixel on {screen}, {cases:,} cases, p95", f"p50 {median(late):.0f}"
            found.append(Result(name, p95(late), "ms", QUIET_TARGET_MS, note=note))
        found += [busy(env, house, browser, screen, posts, rows) for screen in WALLS]
        browser.close()
    house.close()
    return found


def on_a_wall(house: Installation, browser: Browser, screen: str, first: int, posts: int) -> list[float]:
    """Milliseconds from each post to the frame that shows it."""
    context, wall = hang(browser)
    wall.open(house.wall(screen))
    watcher = FrameWatcher(wall.page, "ticker--items")
    late = delays(watcher, lambda n: house.accepted(f"Pohon roboh {n}", **spot(n)), first, posts)
    context.close()
    return late


def busy(env: Env, house: Installation, browser: Browser, screen: str, posts: int, rows: int) -> Result:
    """The same beside 200 screens, an import and a backup."""
    first = 10_000 * (1 + WALLS.index(screen))
    file = drop_file(house, f"{screen}.csv", rows, title=f"Impor {screen}")
    with Crowd("127.0.0.1", house.port, SCREENS, auths(house)) as crowd:
        backup = house.spawn("backup", "--low-priority", str(env.folder / f"{screen}.tar.gz"))
        late = on_a_wall(house, browser, screen, first, posts)
        ended = [name for name, over in (("import", results(file)), ("backup", backup.poll() is not None)) if over]
        assert backup.wait(600) == 0, house.log[-2000:]
    assert crowd.told["refused"] == 0, f"{crowd.told['refused']} screens were refused"
    note = f"p50 {median(late):.0f}; ended before the last post: {', '.join(ended) or 'nothing'}"
    name = f"POST to pixel on {screen}, {SCREENS} screens, import, backup, p95"
    return Result(name, p95(late), "ms", BUSY_TARGET_MS, note=note)
