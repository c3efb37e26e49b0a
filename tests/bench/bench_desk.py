"""The desk: from a key stroke to the responder's screen and the wall, commands, paints, searches; walls in a flood."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import uuid
from datetime import timedelta
from functools import partial

import httpx
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from dashboard.auth.forms import Seals
from dashboard.auth.visitor import COOKIE
from dashboard.config.home import home_of
from data import clock
from data.domain.access.roles import Role
from data.domain.cases.commands.model import Actor, Command, CommandKind
from data.domain.cases.model import ActorKind
from data.domain.sla.terms import terms
from data.store.cases.cases import by_id, open_ids
from data.store.cases.commands import CommandRules, Order, apply
from data.store.db.engine import open_engine, reading, writing
from tests.bench.bench_post_to_wall import GAP_S
from tests.bench.bench_screens import auths
from tests.bench.frame_watcher import FrameWatcher
from tests.bench.measure import Env, Result, median, p95, timed
from tests.bench.screens import Crowd, delays
from tests.bench.stock import LARGE, OPEN, STOCK, serving, stock, the_render_context
from tests.e2e.helpers.server import ROOT, Installation, spot
from tests.e2e.helpers.wall import CHROMIUM, FLAGS, hang

STROKE_MS, COMMAND_MS, PAINT_MS, SEARCH_MS = 150, 15, 100, 100
FLOOD_MS = STROKE_MS
"""In a flood walls are drawn ten times a second at most: less than that and a drawing cannot be promised."""
OPEN_AT_DESK = 5_000
FLOOD, WATCHING = 50, 50
"""Reports a second, and walls."""
FLOODERS = 4
LIMITS = {"portal": {"per_device": 1_000_000, "per_address": 10_000_000}}
NEXT_CASE = """() => new Promise(done => addEventListener('keydown', () => {
  const start = performance.now();
  new MutationObserver((_, seen) => {
    if (!document.querySelector('.desk > .case')) return;
    seen.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
  }).observe(document.querySelector('.desk'), {childList: true});
}, {once: true, capture: true}))"""
NEXT_FRAME = """() => new Promise(done => addEventListener('keydown', () => {
  const start = performance.now();
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
}, {once: true, capture: true}))"""
SEARCHES = (
    "kata=laporan",
    "kata=lampu",
    "kata=segera+ditangani",
    "kata=nomor+{n}",
    "kata={n}",
    "kata=sampah&opd=dlh",
    "kata=pohon&keadaan=open",
    "kata=jalan+rusak&keadaan=overdue",
    "kata=warga&tempat=35.79.02",
    "kata=lap",
    "kata=pju&dari=2026-01-01&sampai=2026-03-31",
    "kata=AW-2611",
    "kata=tidakada",
    "kata=laporan&opd=diskumdag",
    "kata=laporan&keadaan=rejected",
    "kategori=longsor&keadaan=rejected",
    "opd=dlh&tempat=35.79.03.2006&keadaan=dispatched",
)


def measure(env: Env) -> list[Result]:
    """Each on a store of its own size."""
    return [*strokes(env), *commands(env), *paints(env), *searches(env), *flood(env)]


def opened(browser: Browser, house: Installation, role: Role, path: str) -> tuple[BrowserContext, Page]:
    """A browser of somebody with this role."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    house.log_in(context, role)
    page = context.new_page()
    page.goto(f"{house.url}{path}")
    return context, page


def strokes(env: Env) -> list[Result]:
    """V is pressed, then Enter: from there to the frame with the case on the other two screens."""
    number = env.size(60, 6)
    house = serving(env, env.size(STOCK, 5_000), LIMITS)
    late: dict[str, list[float]] = {"responder": [], "wall": []}
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        _, desk = opened(browser, house, Role.OPERATOR, "/meja")
        _, responder = opened(browser, house, Role.RESPONDER, "/respon")
        _, wall = hang(browser)
        wall.open(house.wall("antrean"))
        seen = {"responder": FrameWatcher(responder, "respond_queue--list")}
        seen["wall"] = FrameWatcher(wall.page, "ticker--items")
        for n in range(number + 2):
            code = house.accepted(f"Sampah menumpuk {n}", service_code="sampah", **spot(n))
            desk.goto(f"{house.url}/meja/{code}")
            desk.keyboard.press("v")
            time.sleep(GAP_S)
            start = time.time() * 1000
            desk.keyboard.press("Enter")
            time.sleep(GAP_S)  # asked meanwhile, browsers and driver take the processor from what is measured
            for name, watcher in seen.items():
                late[name].append(watcher.saw_after(start) - start)
        browser.close()
    house.close()
    return [
        Result(
            f"key at the desk to the {name}, p95", p95(found[2:]), "ms", STROKE_MS, note=f"p50 {median(found[2:]):.0f}"
        )
        for name, found in late.items()
    ]


def commands(env: Env) -> list[Result]:
    """Notes and transfers on open cases, each committed and on disk."""
    engine = open_engine(f"sqlite:///{stock(env, env.size(STOCK, 5_000))}")
    context, now = the_render_context(engine), clock.now()
    city = context.config.city
    rules = CommandRules(city, partial(terms, city, context.calendars))
    actor = Actor("ukur", ActorKind.OPERATOR)
    with reading(engine) as conn:
        cases = [found for each in open_ids(conn)[: env.size(300, 30)] if (found := by_id(conn, each)) is not None]

    def give(found: object, place: int) -> None:
        kind = CommandKind.NOTE if place % 2 else CommandKind.PRIORITISE
        wanted = "low" if found.facts.priority != "low" else "normal"  # type: ignore[attr-defined]
        command = Command(kind, text="Sudah dilihat di lapangan.", priority="" if place % 2 else wanted)
        with writing(engine) as conn:
            apply(conn, Order(found.facts.code, found.version, command, actor), rules, now)  # type: ignore[attr-defined]

    taken = [timed(partial(give, found, place), 1)[0] for place, found in enumerate(cases)]
    engine.dispose()
    return [Result("a command, committed, p50", median(taken), "ms", COMMAND_MS, note=f"p95 {p95(taken):.1f}")]


def paints(env: Env) -> list[Result]:
    """J brings the next case, V the cursor to its first button; 5,000 cases are open."""
    number = env.size(60, 6)
    house = serving(env, env.size(STOCK, 6_000), open_cases=env.size(OPEN_AT_DESK, OPEN))
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for n in range(number + 4):
            house.accepted(f"Sampah menumpuk {n}", service_code="sampah", **spot(n))
        _, page = opened(browser, house, Role.OPERATOR, "/meja")
        found: dict[str, list[float]] = {"J": [], "V": []}

        def frame_after(key: str, awaited: str) -> float:
            """Milliseconds from the key to the frame after what is awaited."""
            page.evaluate(f"() => {{ window.__frame = ({awaited})(); }}")
            page.keyboard.press(key)
            return float(page.evaluate("() => window.__frame"))

        for n in range(number + 2):
            here = page.url
            found["J"].append(frame_after("j" if n % 40 < 30 else "k", NEXT_CASE))
            assert page.url != here
            found["V"].append(frame_after("v", NEXT_FRAME))
            page.keyboard.press("Escape")
        browser.close()
    house.close()
    return [
        Result(
            f"{key} at the desk to its frame, p95", p95(late[2:]), "ms", PAINT_MS, note=f"p50 {median(late[2:]):.0f}"
        )
        for key, late in found.items()
    ]


def searches(env: Env) -> list[Result]:
    """Words that stand everywhere, nowhere and once, alone and with what else may be asked for, and what hardly occurs;
    whole answers."""
    cases = env.size(LARGE, 5_000)
    house = serving(env, cases)
    client = httpx.Client(base_url=house.url, cookies={COOKIE: house.session(Role.OPERATOR)}, timeout=60)
    by_query: dict[str, list[float]] = {}
    for n in range(env.size(12, 3)):
        for query in SEARCHES:
            asked = f"/meja/cari?{query.format(n=cases // 3 + n)}"
            start = time.perf_counter()
            answer = client.get(asked)
            took = (time.perf_counter() - start) * 1000
            assert answer.status_code == 200, asked
            if n:
                by_query.setdefault(query, []).append(took)
    client.close()
    house.close()
    slowest = max(by_query, key=lambda query: median(by_query[query]))
    note = f"p50 {median([one for each in by_query.values() for one in each]):.0f}; slowest {slowest}: "
    note += f"p50 {median(by_query[slowest]):.0f}"
    every = [one for each in by_query.values() for one in each]
    return [Result(f"a search among {cases:,} cases, p95", p95(every), "ms", SEARCH_MS, note=note)]


def flood(env: Env) -> list[Result]:
    """50 citizens' reports a second, while 50 walls watch: from a report's answer to the message on each wall."""
    seconds = env.size(30, 6)
    house = serving(env, env.size(STOCK, 5_000), {**LIMITS, "server": {"screens": WATCHING + 10}})
    secret = home_of(house.environment()).secret()
    moment = str(int((clock.now() - timedelta(seconds=30)).timestamp()))
    stamp = f"{moment}.{Seals(secret).sign('lapor', moment)}"
    crowd = Crowd("127.0.0.1", house.port, WATCHING, auths(house))
    command = [
        sys.executable,
        "-m",
        "tests.bench.bench_desk",
        house.url,
        stamp,
        str(FLOOD / FLOODERS),
        str(seconds + 2),
    ]
    with crowd:
        time.sleep(2)
        flooders = [
            subprocess.Popen([*command, str(place)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
            for place in range(FLOODERS)
        ]
        time.sleep(2)
        posts, start = [], time.monotonic()
        for count in range(seconds):
            at = time.time()
            house.accepted(f"Pohon roboh {count}", **spot(count))
            posts.append((at, house.rows("SELECT max(seq) FROM change")[0][0]))
            time.sleep(max(0.0, start + count + 1 - time.monotonic()))
        told = [json.loads(process.communicate()[0]) for process in flooders]
        time.sleep(1)
    house.close()
    late = delays(crowd.told["arrivals"], posts)
    accepted = sum(each["accepted"] for each in told) / (seconds + 2)
    answers = [one for each in told for one in each["ms"]]
    return [
        Result(
            "public reports a second",
            accepted,
            "1/s",
            FLOOD * 0.95,
            at_least=True,
            note=f"answered p95 {p95(answers):.0f} ms",
        ),
        Result(
            f"meanwhile POST to message on {WATCHING} walls, p95",
            p95(late),
            "ms",
            FLOOD_MS,
            note=f"p50 {median(late):.0f}",
        ),
    ]


def flooder(url: str, stamp: str, rate: float, seconds: float, place: int) -> dict[str, object]:
    """Sends citizens' reports at that rate; how many were taken, and how long each answer took."""
    client, taken, accepted = httpx.Client(base_url=url, timeout=30), list[float](), 0
    start = time.monotonic()
    for n in range(round(rate * seconds)):
        time.sleep(max(0.0, start + n / rate - time.monotonic()))
        at = spot(n * FLOODERS + place)
        form = {"key": str(uuid.uuid4()), "stamp": stamp, "lat": at["lat"], "lon": at["long"], "category": "sampah"}
        form["text"] = f"Sampah menumpuk di tepi jalan, laporan {place}-{n}"
        began = time.perf_counter()
        answer = client.post("/lapor/semua", data=form, headers={"Sec-Fetch-Site": "same-origin"})
        taken.append((time.perf_counter() - began) * 1000)
        accepted += answer.status_code == 200
    return {"accepted": accepted, "ms": taken}


if __name__ == "__main__":
    print(json.dumps(flooder(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]))))
