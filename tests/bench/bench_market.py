"""Among Tani: from a pushed trade to the wall, the board at a million trades, matching, imports; and what the alarms
find of what was planted in invented seasons, with how often they alarm for nothing."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import shutil
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import httpx
from playwright.sync_api import sync_playwright

from dashboard.boards import BOARDS
from data import clock
from data.domain.market.matching import Supply, Want, propose
from data.reference.commodities import COMMODITIES
from data.reference.places.villages import VILLAGES
from data.store.db.engine import open_engine
from data.store.db.migrate import migrate
from data.store.queries.market.min_cost_flow import min_cost_flow
from ingest.market_record import MarketRecord
from ingest.source import Delivery, Raw, Record
from tests.bench import market_alarms
from tests.bench.bench_boards import WARM_UP, as_served, draw, viewport_of
from tests.bench.frame_watcher import FrameWatcher
from tests.bench.measure import Env, Result, median, p95, timed
from tests.bench.stock import LARGE, STOCK, settle, the_pipeline, the_render_context
from tests.e2e.helpers.server import Installation
from tests.e2e.helpers.wall import CHROMIUM, FLAGS, hang

A_DAY = 274
BATCH = 2_000
GAP_S = 0.7
SECRET, VARIABLE = "s" * 40, "BATT_BENCH_PUSH"
PUSHED = {
    "kind": "feed",
    "title": {"id": "Among Tani", "en": "Among Tani"},
    "enabled": True,
    "every_s": 60,
    "push": {"secret_env": VARIABLE},
    "mapping": {
        "times": {"zone": "Asia/Jakarta"},
        "id": {"column": "id", "required": True},
        "received": "at",
        "market": {
            "kind": "trade",
            "commodity": "commodity",
            "quantity": "quantity",
            "price": "price",
            "village": "village",
            "farmer": "farmer",
            "buyer": "buyer",
        },
    },
}


class TradeHistory:
    """Trades of many years, oldest first, as a source tells them: each price near the usual one."""

    name = "riwayat_pasar"
    every_s = 3600.0

    def __init__(self, number: int, now: datetime) -> None:
        self._number, self._now = number, now.replace(microsecond=0)
        self._chance = random.Random(number)

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        for first in range(0, self._number, BATCH):
            last = min(first + BATCH, self._number)
            raws = tuple(self._raw(n) for n in range(first, last))
            yield Delivery(raws, str(last), last < self._number, history=True)

    def read(self, raw: Raw, now: datetime) -> Record | MarketRecord:
        return MarketRecord.model_validate(raw.payload)

    def _raw(self, number: int) -> Raw:
        chance, commodity = self._chance, self._chance.choice(COMMODITIES)
        back = (self._number - number) / A_DAY
        payload = {
            "kind": "trade",
            "external_id": f"J{number:08d}",
            "at": self._now - timedelta(days=back, seconds=60),
            "commodity": commodity.code,
            "quantity": chance.randint(5, 300),
            "unit": commodity.unit,
            "price": round(commodity.usual * chance.uniform(0.9, 1.15)),
            "farmer": f"petani-{chance.randrange(400)}",
            "buyer": f"pembeli-{chance.randrange(60)}",
            "village": chance.choice(VILLAGES).name,
        }
        return Raw(payload["external_id"], payload)


def measure(env: Env) -> list[Result]:
    """In the order of how long they take."""
    return [
        *matching(env),
        *market_alarms.measure(env),
        *imports(env),
        *boards(env),
        *pushes(env),
    ]


def matching(env: Env) -> list[Result]:
    """Ten commodities, every village, prices that often fit."""
    chance = random.Random(13)
    codes = [each.code for each in COMMODITIES[:10]]

    def side(n: int, low: int, high: int) -> Iterator[tuple[int, str, int, int, int, tuple[float, float], float]]:
        for number in range(n):
            place = chance.choice(VILLAGES)
            spot = (place.office_lat, place.office_lon)
            yield (
                number,
                chance.choice(codes),
                chance.randint(1, 3),
                chance.randint(20, 800) * 1000,
                chance.randint(low, high),
                spot,
                chance.uniform(0.5, 8),
            )

    supplies = [Supply(*each) for each in side(env.size(2_000, 200), 6_000, 10_000)]
    wants = [Want(*each) for each in side(env.size(500, 50), 8_000, 12_000)]
    took = timed(lambda: propose(supplies, wants, min_cost_flow), 5)
    found = propose(supplies, wants, min_cost_flow)
    sold = sum(each.quantity for each in found) / sum(each.quantity for each in wants)
    note = f"{len(found)} proposals fill {sold:.0%} of what is wanted"
    return [Result("match 2,000 offers with 500 demands", median(took) / 1000, "s", 2, note=note)]


def store_of(env: Env, number: int) -> tuple[Path, float]:
    """A store with so many trades, made once a run; seconds in the pipeline."""
    path, told = env.folder / f"market-{number}.db", env.folder / f"market-{number}.json"
    if not told.exists():
        engine = open_engine(f"sqlite:///{path}")
        migrate(engine)
        pipeline, now, seconds = the_pipeline(engine), clock.now(), 0.0
        source = TradeHistory(number, now)
        for delivery in source.fetch(None, now):
            start = time.perf_counter()
            pipeline.write_history(source, delivery, now)
            seconds += time.perf_counter() - start
        engine.dispose()
        told.write_text(json.dumps(seconds))
    return path, float(json.loads(told.read_text()))


def imports(env: Env) -> list[Result]:
    """Read, understood, judged and written."""
    number = env.size(STOCK, 4_000)
    _, seconds = store_of(env, number)
    return [Result(f"import {number:,} trades", number / seconds, "trades/s", 5_000, at_least=True)]


def boards(env: Env) -> list[Result]:
    """Question and drawing after one more trade, turn by turn in both stores."""
    small, large = env.size(STOCK, 4_000), env.size(LARGE, 12_000)
    engines = [open_engine(f"sqlite:///{store_of(env, number)[0]}") for number in (small, large)]
    contexts = [the_render_context(engine) for engine in engines]
    board, found = BOARDS["market_board"], [[], []]  # type: ignore[var-annotated]
    with as_served():
        for place in range(WARM_UP + env.size(100, 20)):
            for engine, context, taken in zip(engines, contexts, found, strict=True):
                (took,) = timed(partial(draw, engine, context, board, viewport_of(context, "market_board")), 1)
                if place >= WARM_UP:
                    taken.append(took)
    for engine in engines:
        engine.dispose()
    return [
        Result(f"market_board at {small:,} trades, p95", p95(found[0]), "ms", 30),
        Result(f"market_board at {large:,} to {small:,}", p95(found[1]) / p95(found[0]), "times", 1.5),
    ]


def pushes(env: Env) -> list[Result]:
    """From before the push until a frame of the wall has another sum."""
    posts = env.size(100, 12)
    house = Installation(env.folder / "market-home", {"sources": {"dorongan": PUSHED}}, env={VARIABLE: SECRET})
    shutil.copyfile(store_of(env, env.size(STOCK, 4_000))[0], house.database)
    house.start()
    settle(house)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context, wall = hang(browser)
        wall.open(house.wall("pasar"))
        watcher = FrameWatcher(wall.page, "market_board--table")
        late = []
        with httpx.Client(base_url=house.url) as client:
            for number in range(posts + 2):
                start = time.time() * 1000
                push(client, number)
                late.append(watcher.saw_after(start) - start)
                time.sleep(GAP_S)
        context.close()
        browser.close()
    house.close()
    note = f"p50 {median(late[2:]):.0f}"
    return [Result("pushed trade to pixel on pasar, p95", p95(late[2:]), "ms", 100, note=note)]


def push(client: httpx.Client, number: int) -> None:
    """One trade of the day's first commodity, signed."""
    now = clock.now()
    item = {
        "id": f"dorong-{number}",
        "at": now.isoformat(timespec="seconds"),
        "commodity": "apel",
        "quantity": 10 + number,
        "price": 10_000 + number,
        "village": "Punten",
        "farmer": "petani-1",
        "buyer": "pembeli-1",
    }
    body, stamp = json.dumps(item).encode(), str(int(now.timestamp()))
    signed = hmac.new(SECRET.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    headers = {"X-BATT-Timestamp": stamp, "X-BATT-Signature": f"sha256={signed}"}
    client.post("/push/dorongan", content=body, headers=headers).raise_for_status()
