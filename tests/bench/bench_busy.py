"""POST to pixel with a million cases: with one wall at rest; then on a wall among 200 screens, while files are imported
and a backup is taken.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, sync_playwright

from data import clock
from tests.bench.bench_post_to_wall import WARM_UP, delays
from tests.bench.bench_screens import auths
from tests.bench.frame_watcher import FrameWatcher
from tests.bench.measure import Env, Result, at_pace, median, p95, pace_ms
from tests.bench.screens import Crowd
from tests.bench.stock import LARGE, serving
from tests.e2e.helpers.server import Installation, spot
from tests.e2e.helpers.wall import CHROMIUM, FLAGS, hang

WALLS = ("peta", "antrean", "waktu")
QUIET_TARGET_MS, BUSY_TARGET_MS = 40, 80
MOST_ROUNDS = 3
SCREENS = 200
SOURCE = "opd_csv"
COLUMNS = ("nomor", "tanggal", "kategori", "judul", "uraian", "status", "tanggal_selesai", "lintang", "bujur")
OPEN_EVERY = 1000
"""An agency's file tells mostly of what is done."""
IMPORTED = f"SELECT count(*) FROM \"case\" WHERE source = '{SOURCE}'"


def measure(env: Env) -> list[Result]:
    """A hundred posts a wall, both times."""
    posts, rows, cases = env.size(100, 8), env.size(100_000, 2_000), env.size(LARGE, 5_000)
    at_once = {SOURCE: {"settle_s": 0, "every_s": 1}}
    house = serving(env, cases, {"server": {"screens": SCREENS + 50}, "sources": at_once})
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        found = [at_rest(house, browser, screen, posts, cases) for screen in WALLS]
        found += [busy(env, house, browser, screen, posts, rows) for screen in WALLS]
        browser.close()
    house.close()
    return found


def at_rest(house: Installation, browser: Browser, screen: str, posts: int, cases: int) -> Result:
    """The promise is for a quiet machine: posts count while it kept its pace, and what all of them took is told, too.

    When it kept it for fewer than half of them, as many are posted again, at most twice.
    """
    rounds, quiet = list[tuple[list[float], list[float]]](), list[float]()
    while len(quiet) < posts / 2 and len(rounds) < MOST_ROUNDS:
        paces = list[float]()
        first = 1000 * WALLS.index(screen) + 2 * posts * len(rounds)
        late = on_a_wall(house, browser, screen, first, posts, lambda paces=paces: paces.append(pace_ms(1)))
        rounds.append((late, paces[WARM_UP - 1 :]))
        quiet = at_pace(rounds)
    late = [each for values, _ in rounds for each in values]
    paces = [each for _, around in rounds for each in around]
    note = f"p50 {median(quiet):.0f}, of {len(quiet)} posts at the machine's own pace; of all {len(late)} "
    note += f"p95 {p95(late):.0f}, p50 {median(late):.0f}, pace p50 {median(paces):.0f}, p95 {p95(paces):.0f} ms"
    value = p95(quiet) if len(quiet) >= posts / 2 else None
    return Result(f"POST to pixel on {screen}, {cases:,} cases, p95", value, "ms", QUIET_TARGET_MS, note=note)


def on_a_wall(
    house: Installation,
    browser: Browser,
    screen: str,
    first: int,
    posts: int,
    after_each: Callable[[], object] = lambda: None,
) -> list[float]:
    """Milliseconds from each post to the frame that shows it."""
    context, wall = hang(browser)
    wall.open(house.wall(screen))
    watcher = FrameWatcher(wall.page, "ticker--items")
    late = delays(watcher, lambda n: house.accepted(f"Pohon roboh {n}", **spot(n)), first, posts, after_each)
    context.close()
    return late


def busy(env: Env, house: Installation, browser: Browser, screen: str, posts: int, rows: int) -> Result:
    """The same beside 200 screens, an import and a backup."""
    first, pace = 10_000 * (1 + WALLS.index(screen)), pace_ms()
    before = house.rows(IMPORTED)[0][0]
    drop(house, screen, rows)
    with Crowd("127.0.0.1", house.port, SCREENS, auths(house)) as crowd:
        backup = house.spawn("backup", "--low-priority", str(env.folder / f"{screen}.tar.gz"))
        late = on_a_wall(house, browser, screen, first, posts)
        imported = house.rows(IMPORTED)[0][0] - before
        ended = [name for name, over in (("import", imported == rows), ("backup", backup.poll() is not None)) if over]
        assert backup.wait(600) == 0, house.log[-2000:]
    assert crowd.told["refused"] == 0, f"{crowd.told['refused']} screens were refused"
    note = f"p50 {median(late):.0f}; ended before the last post: {', '.join(ended) or 'nothing'}"
    note += f"; the machine's own pace {pace:.0f} ms before, {pace_ms():.0f} after"
    name = f"POST to pixel on {screen}, {SCREENS} screens, import, backup, p95"
    return Result(name, p95(late), "ms", BUSY_TARGET_MS, note=note)


def drop(house: Installation, name: str, rows: int) -> None:
    """Put an agency's file of that many reports into the folder, complete at one blow."""
    folder = house.home / "drop"
    folder.mkdir(exist_ok=True)
    last = clock.now().astimezone(ZoneInfo("Asia/Jakarta")).replace(tzinfo=None) - timedelta(days=2)
    with (folder / f".{name}").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(COLUMNS)
        for n in range(rows):
            at = last - timedelta(minutes=5 * n)
            done = ("Baru", "") if n % OPEN_EVERY == 0 else ("Selesai", f"{at + timedelta(hours=20):%d/%m/%Y %H:%M}")
            place = (f"{-7.90 + n % 97 / 1000:.3f}".replace(".", ","), f"{112.5 + n % 89 / 1000:.3f}".replace(".", ","))
            writer.writerow([f"{name}-{n}", f"{at:%d/%m/%Y %H:%M}", "sampah", f"Impor {n}", "x", *done, *place])
    Path(folder / f".{name}").rename(folder / f"{name}.csv")
