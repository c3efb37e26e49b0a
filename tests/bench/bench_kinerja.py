"""/kinerja at a million cases: the CPU of each chart's figures; the page in a browser, first and again; a past; and
ten heads beside fifty screens.

Beside each figure stands what the bare machine does in the same run: one sort of the same durations; a page of plain
words from the same server through the same proxy.
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from sqlalchemy import select

from callbacks.kinerja import QUESTIONS, TABLE
from dashboard.auth.visitor import COOKIE
from data import clock
from data.domain.access.roles import Role
from data.domain.cases.model import ActorKind, CaseEvent, EventKind
from data.domain.figures.selection import Filters, Period
from data.domain.history.columns import CaseColumns
from data.domain.performance.frame import Frame
from data.domain.sla.worktime import moment
from data.store.cases.cases import append_events
from data.store.db.engine import open_engine, reading, writing
from data.store.db.schema.cases import case, case_event
from data.store.history.derived import Rules
from data.store.history.rows import terms_of
from layouts.pages.kinerja import CHARTS
from tests.bench import stock
from tests.bench.bench_figures import CHART_MS, FIVE_MS, MEMORY_MB, TIMES, a_history, append, cpu_ms, seconds
from tests.bench.bench_history import postgres
from tests.bench.bench_screens import ours
from tests.bench.companion import Companion
from tests.bench.heads import ASKED as ASKED_BY_PAGE
from tests.bench.heads import REST_S, ask
from tests.bench.measure import Env, Result, median, p95
from tests.bench.stock import LARGE, filled, serving, the_render_context
from tests.e2e.helpers.proxy import Proxy
from tests.e2e.helpers.server import Installation
from tests.e2e.helpers.wall import CHROMIUM, FLAGS

WARM_S, COLD_S, COLD_KB, AGAIN_KB = 1.2, 2.5, 900.0, 60.0
DAYS, VISITS = 730, 7
SCREENS, HEADS = 50, 10
CHANGED = 1_500
"""As many as are open at any moment."""
FIVE = ("on_time", "flow", "answers", "resolutions", "topics")
DESK = (1366, 768)
ASKED = "/kinerja?period=12m"
FILLED = """n => new Promise(done => {
  const isNear = box => box.top < innerHeight;
  const look = () => {
    const charts = [...document.querySelectorAll('.chart')];
    const told = charts.filter(each => each.querySelector('.note')?.textContent);
    const drawn = charts.every(each => {
      const figure = each.querySelector('figure');
      const isDrawn = each.querySelector('.js-plotly-plot')?.data?.length;
      return isDrawn || figure?.hidden || !isNear(each.getBoundingClientRect());
    });
    if (told.length === n && drawn) done();
    else requestAnimationFrame(look);
  };
  look();
})"""


class Newest(stock.History):
    """Cases that come while heads look."""

    name = "terbaru"


@dataclass(frozen=True, slots=True)
class Store:
    """A store with its cases, and the files of its columns."""

    url: str
    number: int
    columns: Path
    is_sqlite: bool

    @property
    def of(self) -> str:
        """What it is, in words."""
        return f"{self.number:,} cases on {'SQLite' if self.is_sqlite else 'PostgreSQL'}"


def measure(env: Env) -> list[Result]:
    """SQLite with a million, and PostgreSQL with as many."""
    number = env.size(LARGE, 20_000)
    lite = Store(f"sqlite:///{stock.stock(env, number)}", number, env.folder / "columns", True)
    found = of_store(env, lite)
    with postgres(env.folder / "kinerja-pg") as url:
        filled(url, number)
        return found + of_store(env, Store(url, number, env.folder / "columns-pg", False))


def of_store(env: Env, store: Store) -> list[Result]:
    """Figures, then the page: a server of its own for each part, so that one does not warm the other."""
    found = of_figures(store)
    changed_since(store)
    return [*found, *of_page(env, store), *of_past(env, store), *of_crowd(env, store)]


def of_figures(store: Store) -> list[Result]:
    """Of 24 months, the largest view that the page is made for."""
    engine = open_engine(store.url)
    history = a_history(engine, store.columns)
    columns = with_words(history.as_known(at=clock.now()))
    frame, of = a_frame(columns, the_render_context(engine)), store.of
    bare = p95([cpu_ms(a_sort(frame)) for _ in range(TIMES)])
    taken = {name: p95([cpu_ms(work) for _ in range(TIMES)]) for name, work in the_questions(frame).items()}
    shared = {asked: sum(each == asked for each, _ in TABLE.values()) for asked in QUESTIONS}
    found = [
        Result(
            f"figures of {name}, {of}", ms, "ms", CHART_MS * shared[name], bare, note=f"CPU, p95{_for(shared[name])}"
        )
        for name, ms in taken.items()
    ]
    five = sum(taken[name] for name in FIVE)
    found.append(Result(f"five of them, {of}", five, "ms", FIVE_MS, bare, note="CPU, p95 of each"))
    found.append(append(engine, history, of, Newest))
    history.save()
    engine.dispose()
    return found


def _for(charts: int) -> str:
    return "" if charts == 1 else f", for {charts} charts"


def with_words(columns: CaseColumns) -> CaseColumns:
    """Every case ended with words, one in ten with those of another."""
    chance = np.random.default_rng(1)
    said = chance.integers(2, 2**63, len(columns), dtype=np.uint64)
    again = chance.integers(0, 10, len(columns)) == 0
    said[again] = chance.integers(2, 2_000, int(again.sum()), dtype=np.uint64)
    return replace(columns, said=said)


def a_frame(columns: CaseColumns, context: Any) -> Frame:
    city, last = context.config.city, context.local_day(moment(columns.at))

    def days(end: date) -> Period:
        return Period.days(end - timedelta(days=DAYS - 1), end, city.timezone)

    before = days(last - timedelta(days=DAYS))
    return Frame(columns, city, context.calendars, days(last), before, Filters(), None)


def the_questions(frame: Frame) -> Mapping[str, Callable[[], object]]:
    return {name: lambda ask=ask: ask(frame) for name, ask in QUESTIONS.items()}


def a_sort(frame: Frame) -> Callable[[], object]:
    rows = frame.received()
    lasted = frame.columns.finished[rows] - frame.columns.received[rows]
    return lambda: np.sort(lasted)


def changed_since(store: Store) -> None:
    """What a year does to a past: cases that were open when half of all were known have gone on since."""
    engine = open_engine(store.url)
    context = the_render_context(engine)
    rules, now = Rules(context.config.city, context.calendars), clock.now()
    with writing(engine) as conn:
        asked = select(case).where(case.c.id <= store.number // 2).order_by(case.c.id.desc()).limit(CHANGED)
        for row in conn.execute(asked).mappings().all():
            said = CaseEvent(now, EventKind.NOTE, ActorKind.OPERATOR, text="Sudah dicek.")
            append_events(conn, row["id"], [said], terms_of(rules, row), now)
    engine.dispose()


def of_past(env: Env, store: Store) -> list[Result]:
    """The year before last as it was known when half of all cases were: first, and asked again."""
    house = a_house(env, store)
    engine = open_engine(store.url)
    with reading(engine) as conn:
        half = conn.execute(select(case_event.c.seq).where(case_event.c.case_id == store.number // 2)).scalars().first()
    engine.dispose()
    year = clock.now().year - 1
    with httpx.Client(base_url=house.url, cookies={COOKIE: house.session(Role.SUPERVISOR)}, timeout=120) as client:
        first_s, again_s = (seconds(lambda: ask_all(client, f"?period={year}&as_of={half}")) for _ in range(2))
    rss = largest_mb(house)
    house.close()
    of = f"half of {store.of}"
    return [
        Result(f"/kinerja as of half the changes ago, all charts, first, {of}", first_s, "s", None),
        Result(f"the same again, {of}", again_s, "s", None),
        Result(f"largest process with a past, {of}", rss, "MB", MEMORY_MB),
    ]


def ask_all(client: httpx.Client, search: str) -> None:
    for each in ASKED_BY_PAGE:
        ask(client, *each, search)


def of_crowd(env: Env, store: Store) -> list[Result]:
    """A report a second on fifty screens, without heads and with ten who look at one view after another."""
    number, lasting = env.size(SCREENS, 5), env.size(60, 12)
    house = a_house(env, store, {"server": {"screens": 80}})
    alone, _, _ = ours(house, number, lasting)
    token = house.session(Role.SUPERVISOR)
    with Companion("tests.bench.heads", house.url, token, env.size(HEADS, 2)) as heads:
        time.sleep(REST_S)
        beside, cpu, _ = ours(house, number, lasting)
    rss, views = largest_mb(house), heads.told["views"]
    house.close()
    told = f"{SCREENS} screens, {HEADS} heads, {store.of}"
    late = f"p50 {median(beside):.0f} ms; without heads {p95(alone):.0f} and {median(alone):.0f} ms"
    return [
        Result(f"POST to message beside heads to without, p95, {told}", p95(beside) / p95(alone), "times", 1.3),
        Result(f"POST to message, p95, {told}", p95(beside), "ms", None, note=late),
        Result(f"server CPU a minute, {told}", cpu, "s", None),
        Result(
            f"all charts of a view, p95, {told}",
            p95(views),
            "s",
            None,
            note=f"{len(views)} views",
        ),
        Result(f"largest process, {told}", rss, "MB", MEMORY_MB),
    ]


def a_house(env: Env, store: Store, changes: Mapping[str, Any] | None = None) -> Installation:
    url = None if store.is_sqlite else store.url
    return serving(env, store.number, changes, store.columns, url)


def largest_mb(house: Installation) -> float:
    return max(each.memory_info().rss for each in house.processes()) / 1e6


def of_page(env: Env, store: Store) -> list[Result]:
    """Through the proxy, which compresses; each cold visit by a browser that has never seen it."""
    house, of = a_house(env, store, {"server": {"proxies": 1}}), store.of
    proxy = Proxy(house, env.folder / f"{store.columns.name}-proxy")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, trusted(proxy)])
        first_s, _ = visit(logged_in(browser, house, proxy), proxy.url(f"{house.url}{ASKED}"))
        cold, warm, plain = [], [], []
        for _ in range(env.size(VISITS, 2)):
            context = logged_in(browser, house, proxy)
            cold.append(visit(context, proxy.url(f"{house.url}{ASKED}")))
            warm.append(visit(context, proxy.url(f"{house.url}{ASKED}")))
            plain.append(visit(context, proxy.url(f"{house.url}/definisi"), n=0))
            context.close()
        browser.close()
    rss = largest_mb(house)
    proxy.close()
    house.close()
    bare, told = median([s for s, _ in plain]), f"bare: a page of words; {of}"
    return [
        Result("/kinerja, the first after a start", first_s, "s", None, note=of),
        Result("/kinerja cold, filled", median([s for s, _ in cold]), "s", COLD_S, bare, note=told),
        Result("/kinerja cold, transferred", max(kb for _, kb in cold), "kB", COLD_KB, note=of),
        Result("/kinerja warm, filled", median([s for s, _ in warm]), "s", WARM_S, bare, note=told),
        Result("/kinerja again, transferred", max(kb for _, kb in warm), "kB", AGAIN_KB, note=of),
        Result("largest process of the server, with columns and page", rss, "MB", MEMORY_MB, note=of),
    ]


def trusted(proxy: Proxy) -> str:
    """The browser's flag by which it trusts the proxy's certificate: without that it keeps nothing for a next visit."""
    first = (proxy.folder / "cert.pem").read_bytes().partition(b"-----BEGIN CERTIFICATE")
    key = x509.load_pem_x509_certificate(first[1] + first[2]).public_key()
    told = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"--ignore-certificate-errors-spki-list={b64encode(sha256(told).digest()).decode()}"


def logged_in(browser: Browser, house: Installation, proxy: Proxy) -> BrowserContext:
    context = browser.new_context(viewport={"width": DESK[0], "height": DESK[1]})
    address, token = proxy.url(house.url), house.session(Role.SUPERVISOR)
    context.add_cookies([{"name": f"__Host-{COOKIE}", "value": token, "url": address, "secure": True}])
    return context


def visit(context: BrowserContext, url: str, n: int = len(CHARTS)) -> tuple[float, float]:
    """Seconds until every chart says what it found and those on the screen are drawn, and kB received."""
    page = context.new_page()
    page.set_default_timeout(600_000)
    devtools, size = context.new_cdp_session(page), 0.0
    devtools.send("Network.enable")

    def finished(event: dict[str, Any]) -> None:
        nonlocal size
        size += event["encodedDataLength"]

    devtools.on("Network.loadingFinished", finished)
    start = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.evaluate(FILLED, n)
    taken = time.perf_counter() - start
    page.wait_for_timeout(300)
    assert page.title(), url
    page.close()
    return taken, size / 1000
