"""/kinerja at a million cases: the CPU of each chart's figures, and the page in a browser, first and again.

Beside each figure stands what the bare machine does in the same run: one sort of the same durations; a page of plain
words from the same server through the same proxy.
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

import numpy as np
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from callbacks.kinerja import QUESTIONS, TABLE
from dashboard.auth.visitor import COOKIE
from data import clock
from data.domain.access.roles import Role
from data.domain.figures.selection import Filters, Period
from data.domain.history.columns import CaseColumns
from data.domain.performance.frame import Frame
from data.domain.sla.worktime import moment
from data.store.db.engine import open_engine
from layouts.pages.kinerja import CHARTS
from tests.bench import stock
from tests.bench.bench_figures import CHART_MS, FIVE_MS, MEMORY_MB, TIMES, a_history, append, cpu_ms
from tests.bench.measure import Env, Result, median, p95
from tests.bench.stock import LARGE, serving, the_render_context
from tests.e2e.helpers.proxy import Proxy
from tests.e2e.helpers.server import Installation
from tests.e2e.helpers.wall import CHROMIUM, FLAGS

WARM_S, COLD_S, COLD_KB, AGAIN_KB = 1.2, 2.5, 900.0, 60.0
DAYS, VISITS = 730, 7
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


def measure(env: Env) -> list[Result]:
    """SQLite with a million."""
    number = env.size(LARGE, 20_000)
    return [*of_figures(env, number), *of_page(env, number)]


def of_figures(env: Env, number: int) -> list[Result]:
    """Of 24 months, the largest view that the page is made for."""
    path = stock.stock(env, number)
    engine = open_engine(f"sqlite:///{path}")
    history = a_history(engine, env.folder / "columns")
    columns = with_words(history.as_known(at=clock.now()))
    frame, of = a_frame(columns, the_render_context(engine)), f"{number:,} cases"
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


def of_page(env: Env, number: int) -> list[Result]:
    """Through the proxy, which compresses; each cold visit by a browser that has never seen it."""
    house = serving(env, number, {"server": {"proxies": 1}}, env.folder / "columns")
    proxy, of = Proxy(house, env.folder / "kinerja-proxy"), f"{number:,} cases"
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
    rss = max(each.memory_info().rss for each in house.processes()) / 1e6
    proxy.close()
    house.close()
    bare, told = median([s for s, _ in plain]), f"bare: a page of words; {of}"
    return [
        Result("/kinerja, the first after a start", first_s, "s", None, note=of),
        Result("/kinerja cold, filled", median([s for s, _ in cold]), "s", COLD_S, bare, note=told),
        Result("/kinerja cold, transferred", max(kb for _, kb in cold), "kB", COLD_KB),
        Result("/kinerja warm, filled", median([s for s, _ in warm]), "s", WARM_S, bare, note=told),
        Result("/kinerja again, transferred", max(kb for _, kb in warm), "kB", AGAIN_KB),
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
