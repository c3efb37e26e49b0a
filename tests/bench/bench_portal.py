"""The public pages with 5,000 places, 2,000 events and 200 warnings: how long a page takes and how large it is, and
what two hundred visitors a second through the proxy do to the walls."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from flask.testing import FlaskClient
from playwright.sync_api import Browser, sync_playwright

from dashboard.app import create_app
from dashboard.config.home import Home
from data import clock
from data.domain.guide.nouns import Business, ConditionState, PlaceKind
from data.reference.places.villages import VILLAGES
from data.store.db.engine import Engine, open_engine, writing
from data.store.guide import places
from data.store.guide.told import PlaceTold, Position
from data.store.guide.writing import GuideWrite
from data.store.warnings import writing as public_warnings
from data.store.warnings.told import WarningTold
from data.texts import LANGUAGES
from tests.bench.bench_post_to_wall import delays
from tests.bench.companion import Companion
from tests.bench.frame_watcher import FrameWatcher
from tests.bench.measure import Env, Result, median, p95
from tests.bench.stock import STOCK, serving, the_render_context
from tests.e2e.helpers.proxy import Proxy
from tests.e2e.helpers.server import Installation, spot
from tests.e2e.helpers.wall import CHROMIUM, FLAGS, hang
from tests.guide_rows import a_condition, an_event
from tests.warnings import told as warned

PLACES, EVENTS, WARNINGS, CONDITIONS = 5_000, 2_000, 200, 60
PAGE_MS, PAGE_KB, A_SECOND, RATIO = 100, 200, 200, 1.3
PATHS = (
    *("/kota", "/kota/agenda", "/kota/kondisi", "/kota/tempat", "/kota/tempat?hal=100", "/kota/tempat?jenis=business"),
    *("/kota/peta", "/kota/kondisi/kebersihan", "/kota/data", "PLACE"),
)
FROM_MANY = [("rate=50r/s", "rate=5000r/s")]
"""They come from many addresses, each within its limit."""
DATA = ("tempat.csv", "tempat.geojson", "agenda.ics", "peringatan.geojson", "laporan.geojson")


def measure(env: Env) -> list[Result]:
    """Each page made anew, then visitors beside a wall."""
    house = serving(env, env.size(STOCK, 3_000), {"server": {"proxies": 1}})
    proxy = Proxy(house, env.folder / "portal-proxy", FROM_MANY)
    engine = open_engine(f"sqlite:///{house.database}")
    code = filled(env, engine)
    results = pages(env, engine, env.folder, code)
    engine.dispose()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        results += visited(env, house, proxy, browser)
        browser.close()
    proxy.close()
    house.close()
    return results


def filled(env: Env, engine: Engine) -> str:
    """The guide as large as it may become; the code of a place."""
    chance, now = random.Random(1), clock.now()
    with writing(engine) as conn:
        write = GuideWrite(conn, "bench", now)
        told = [_place(n, now, chance) for n in range(env.size(PLACES, 300))]
        taken = [each for start in range(0, len(told), 500) for each in places.take(write, told[start : start + 500])]
        for n in range(CONDITIONS):
            a_condition(conn, f"Tempat {n}", state=ConditionState.FULL, at=now, free=0, capacity=50)
    for start in range(0, env.size(EVENTS, 100), 200):
        with writing(engine) as conn:
            for n in range(start, min(start + 200, env.size(EVENTS, 100))):
                an_event(conn, f"Acara {n} di kota", at=now + timedelta(hours=chance.uniform(0, 24 * 90)), expected=n)
    with writing(engine) as conn:
        for n in range(env.size(WARNINGS, 20)):
            public_warnings.take(conn, "bench", _warning(n, now), now)
    return taken[0].code or ""


def _warning(n: int, now: datetime) -> WarningTold:
    """In force, for one village; no two are of one event and area."""
    until = now + timedelta(hours=3)
    facts = {
        "event": f"kejadian_{n % 10}",
        "effective_at": now,
        "ends_at": until,
        "expires_at": until,
        "villages": (VILLAGES[n % len(VILLAGES)].code,),
    }
    return warned(f"bench-{n}", at=now, facts=facts)


def _place(n: int, now: datetime, chance: random.Random) -> PlaceTold:
    village = VILLAGES[n % len(VILLAGES)]
    is_business = n % 2 == 1
    return PlaceTold(
        external_id=str(n),
        at=now,
        kind=PlaceKind.BUSINESS if is_business else PlaceKind.TOURISM,
        category="kuliner" if is_business else "rekreasi",
        name=f"Tempat {n}",
        state=places.PlaceState.PUBLISHED,
        position=Position(village.inside_lat + chance.uniform(-0.002, 0.002), village.inside_lon, village.code),
        text={"id": "Sebuah tempat di kota, dengan keterangan yang panjangnya biasa saja."},
        opening_hours="Mo-Fr 08:00-16:00; Sa,Su 07:00-17:00",
        business=Business(nib=f"{n:013}") if is_business else None,
    )


def pages(env: Env, engine: Engine, folder: Path, code: str) -> list[Result]:
    """In this process, by the app's own client: no answer is given a second time."""
    context = the_render_context(engine)
    settings = context.config.public_page.model_copy(update={"fresh": timedelta(microseconds=1)})
    context.config = replace(context.config, public_page=settings)
    app = create_app(context, Home(folder / "portal-home", str(engine.url), None), engine)
    reader, times = app.flask.test_client(), env.size(20, 3)
    results = []
    for path in PATHS:
        asked = path.replace("PLACE", f"/kota/tempat/{code}")
        taken, size = asked_for(reader, asked, times)
        name = path.replace("PLACE", "/kota/tempat/KODE")
        results.append(Result(f"{name} made anew, p95", p95(taken), "ms", PAGE_MS, note=f"p50 {median(taken):.0f}"))
        results.append(Result(f"{name}, size", size / 1000, "kB", PAGE_KB))
    for each in DATA:
        taken, size = asked_for(reader, f"/kota/data/{each}", max(2, times // 5))
        note = f"{size / 1000:.0f} kB"
        results.append(Result(f"/kota/data/{each} made anew, p50", median(taken), "ms", None, note=note))
    app.hub.stop()
    return results


def asked_for(reader: FlaskClient, path: str, times: int) -> tuple[list[float], int]:
    """Milliseconds of each answer, in both languages in turn, and the largest one's bytes; the first two warm up."""
    taken, size = [], 0
    for n in range(times + 2):
        start = time.perf_counter()
        answer = reader.get(path, headers={"Cookie": f"batt_lang={LANGUAGES[n % 2]}"})
        taken.append((time.perf_counter() - start) * 1000)
        assert answer.status_code == 200, (path, answer.status_code)
        size = max(size, len(answer.data))
    return taken[2:], size


def visited(env: Env, house: Installation, proxy: Proxy, browser: Browser) -> list[Result]:
    """From a post to the frame that shows it, without and with visitors, in turn."""
    posts = env.size(40, 6)
    context, wall = hang(browser)
    wall.open(house.wall("peta"))
    watcher = FrameWatcher(wall.page, "ticker--items")

    def tell(number: int) -> object:
        return house.accepted(f"Pohon roboh {number}", **spot(number))

    alone = delays(watcher, tell, 0, posts)
    asked = env.size(A_SECOND, 50)
    with Companion("tests.bench.visitors", proxy.port, proxy.folder / "ca.pem", asked) as visitors:
        beside = delays(watcher, tell, 1_000, posts)
    context.close()
    note = f"{median(alone):.0f} to {median(beside):.0f} ms"
    taken, missed = visitors.told["taken"], visitors.told["missed"]
    rate = (len(taken) - missed) / visitors.told["lasted"]
    return [
        Result(f"visitors answered a second, of {asked}", rate, "", 0.95 * asked, at_least=True),
        Result("visitors refused or late by more than a second", missed, "", 0),
        Result("a visitor's answer, p95", p95(taken), "ms", PAGE_MS, note=f"p50 {median(taken):.0f}"),
        Result("POST to pixel beside visitors, median", median(beside) / median(alone), "times", RATIO, note=note),
    ]
