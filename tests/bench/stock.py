"""A city's memory to measure on: histories made up evenly and brought in by the real pipeline.

About 274 cases a day however many there are (the history only reaches further back), the same 1,500 of them open.
Run as `python -m tests.bench.stock ADDRESS NUMBER [OPEN]` it fills that store and prints one JSON object:
{"cases": n, "seconds": in the pipeline, "rss": [[cases, resident bytes], ...]}.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from dashboard.config.load import load
from dashboard.realtime.render_context import RenderContext, calendars_of
from data import clock
from data.store.db import word_index
from data.store.db.engine import Engine, open_engine, reading, writing
from data.store.db.migrate import migrate
from data.store.geo import boundaries
from data.store.history.history import FOLDER
from ingest.pipeline.pipeline import Pipeline
from ingest.source import Delivery, Raw, Record
from tests.bench.measure import Env
from tests.e2e.helpers.server import ROOT, Installation

STOCK, LARGE = 100_000, 1_000_000
OPEN = 1_500
A_DAY = 274
BATCH = 2_000
CATEGORIES = (
    *("sampah", "jalan_rusak", "pju") * 4,
    *("pkl_liar", "iklan_liar", "kemacetan", "lampu_lalu_lintas", "pohon_tumbang") * 2,
    *("kebakaran", "longsor", "narkoba", "pertanian", "lainnya"),
)
STEPS = ("dispatched", "acknowledged", "answered", "resolved", "closed")
DAY_S = 86_400
QUIET_S = 7
"""Longer than from one sweep to the next."""
BUSY_S = 0.15
"""More processor time within half a second than a server uses at rest."""


class History:
    """Recorded cases as a source."""

    name = "riwayat"
    every_s = 3600.0

    def __init__(self, number: int, now: datetime, open_cases: int = OPEN) -> None:
        self._number, self._now, self._open = number, now.replace(microsecond=0), open_cases
        self._chance = random.Random(number)

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        """Oldest first; the open ones last."""
        for first in range(0, self._number, BATCH):
            last = min(first + BATCH, self._number)
            yield Delivery(
                tuple(self._raw(n) for n in range(first, last)), str(last), last < self._number, history=True
            )

    def read(self, raw: Raw, now: datetime) -> Record:
        """A record from its payload."""
        return Record.model_validate(raw.payload)

    def _raw(self, number: int) -> Raw:
        chance = self._chance
        is_open = number >= self._number - self._open
        back = chance.uniform(0.01, 4) if is_open else (self._number - number) / A_DAY
        received = self._now - timedelta(seconds=int(back * DAY_S))
        category = chance.choice(CATEGORIES)
        payload = {
            "external_id": f"R{number:08d}",
            "received_at": received,
            "category": category,
            "title": f"{category.replace('_', ' ')} nomor {number}",
            "text": f"Laporan warga nomor {number}: mohon segera ditangani.",
            "lat": chance.uniform(-7.92, -7.80),
            "lon": chance.uniform(112.48, 112.58),
            "reporter_name": f"Warga {number % 5000}",
            "events": self._events(received, back, chance.choice((1, 1, 2, 3)) if is_open else len(STEPS)),
        }
        return Raw(f"R{number:08d}", payload)

    def _events(self, received: datetime, back: float, steps: int) -> list[dict[str, Any]]:
        """The first steps of a case's life, spread over what it has had of it."""
        whole = min(back * 0.95, self._chance.uniform(0.1, 9)) * DAY_S
        shares = (0.005, 0.03, 0.1, 0.9, 1.0)
        return [
            {
                "at": received + timedelta(seconds=int(whole * share)),
                "kind": kind,
                "actor_kind": "system" if kind == "dispatched" else "agency",
            }
            for kind, share in zip(STEPS[:steps], shares, strict=False)
        ]


def the_render_context(engine: Engine) -> RenderContext:
    """The city as shipped, on the ground of this store."""
    today = clock.now().date()
    config = load(ROOT / "config.yaml", today)
    with reading(engine) as conn:
        ground = boundaries.current(conn)
    return RenderContext(config, calendars_of(config.city, today), ground, demo=False)


def the_pipeline(engine: Engine) -> Pipeline:
    """As every process makes it."""
    context = the_render_context(engine)
    return Pipeline(engine, context.config.city, context.calendars, context.boundaries)


def fill(url: str, number: int, open_cases: int = OPEN) -> dict[str, Any]:
    """Bring `number` cases into the store at `url`; only the pipeline's time is counted."""
    engine = open_engine(url)
    migrate(engine)
    pipeline, now = the_pipeline(engine), clock.now()
    source, seconds, done = History(number, now, open_cases), 0.0, 0
    resident = psutil.Process().memory_info
    rss = []
    for delivery in source.fetch(None, now):
        start = time.perf_counter()
        pipeline.write_history(source, delivery, now)
        seconds += time.perf_counter() - start
        done += len(delivery.records)
        if done % 100_000 == 0 or done == number:
            rss.append((done, resident().rss))
    _index(engine)
    engine.dispose()
    return {"cases": done, "seconds": seconds, "rss": rss}


def _index(engine: Engine) -> None:
    """As the jobs do, without their rests."""
    while True:
        with writing(engine) as conn:
            if not word_index.has_work(conn):
                return
            word_index.work_next(conn, 10 * BATCH)


def filled(url: str, number: int, open_cases: int = OPEN) -> dict[str, Any]:
    """`fill` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.stock", url, str(number), str(open_cases)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def stock(env: Env, number: int, open_cases: int = OPEN) -> Path:
    """A SQLite store of that many cases that nobody else writes to: a copy of one that is filled once a run."""
    path = env.shared / f"stock-{number}-{open_cases}.db"
    if not path.exists():
        filled(f"sqlite:///{path}", number, open_cases)
    copies = len(list(env.folder.glob("stock-*.db")))
    return Path(shutil.copyfile(path, env.folder / f"stock-{copies}-{number}.db"))


def serving(
    env: Env,
    number: int,
    changes: Mapping[str, Any] | None = None,
    columns: Path | None = None,
    url: str | None = None,
    open_cases: int = OPEN,
    secrets: Mapping[str, str] | None = None,
) -> Installation:
    """An installation that serves a store of that many cases; columns: a folder with their files, as of a restart;
    url: of a filled PostgreSQL; secrets: what its environment holds besides."""
    homes = len(list(env.folder.glob("home-*")))
    house = Installation(env.folder / f"home-{homes}", changes or {}, database_url=url, env=dict(secrets or {}))
    if number and url is None:
        shutil.move(stock(env, number, open_cases), house.database)
    if columns is not None:
        shutil.copytree(columns, house.home / FOLDER)
    with ExitStack() as unless_ready:
        unless_ready.callback(house.close)
        house.start()
        assert house.key
        settle(house)
        unless_ready.pop_all()
    return house


def settle(house: Installation) -> None:
    """Wait until the sweep has announced what the stock brought along, and nothing changes or computes by itself any
    more: after a start the history is loaded into columns."""
    seq, used, quiet_since = -1, house.cpu_s(), time.monotonic()
    while time.monotonic() - quiet_since < QUIET_S:
        time.sleep(0.5)
        newest, now_used = house.health()["seq"], house.cpu_s()
        if newest != seq or now_used - used > BUSY_S:
            quiet_since = time.monotonic()
        seq, used = newest, now_used


if __name__ == "__main__":
    print(json.dumps(fill(sys.argv[1], *map(int, sys.argv[2:]))))
