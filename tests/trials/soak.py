"""A day's work in minutes: what a running server holds must not grow. Memory, descriptors, threads, store and logs.

Reports, polls of a folder and connections of screens come as fast as the day is compressed. Heartbeats, sweeps and the
other jobs that go by the clock keep their own pace, so that of these a soak sees only its minutes.
After a quarter as warm-up, the last quarter is compared with the second.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import httpx

from data.store.db.wal import MOST_BYTES
from tests.bench.stock import filled, settle
from tests.e2e.helpers.drop import NAME
from tests.e2e.helpers.server import Installation
from tests.trials.soak_load import POLLS, STEPS, Day, Screens, changes
from tests.trials.verdicts import TrialResult, check_kept, judged

STOCK = 3_000
"""Cases at the start, 1,500 of them open."""
SAMPLE_S = 2.0
MOST = 0.10
"""By so much the last quarter may exceed the second."""
DONE = 0.8
"""The share of the planned polls below which the load was too small to say anything."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What the server holds at one moment, in bytes and numbers."""

    memory: float
    descriptors: float
    threads: float
    wal: float
    store: float
    """Bytes in use on the pages of the database, whether they are in its file yet or in the -wal."""
    log: float
    cases: float
    open: float


@dataclass(frozen=True, slots=True)
class Row:
    """A quantity in the four quarters."""

    name: str
    quarters: Sequence[float]
    most: float
    """The most that the last quarter may be."""

    @property
    def is_within(self) -> bool:
        return self.quarters[3] <= self.most

    @property
    def line(self) -> str:
        """Of a Markdown table."""
        told = [f"{value:,.1f}" for value in (*self.quarters, self.most)]
        change = self.quarters[3] / self.quarters[1] - 1 if self.quarters[1] else 0.0
        return "| " + " | ".join((self.name, *told[:4], f"{change:+.1%}", told[4])) + " |"


HEAD = "| in each quarter | 1 (warm-up) | 2 | 3 | 4 | 4 against 2 | at most |\n|---|---|---|---|---|---|---|"


@dataclass(frozen=True, slots=True)
class Soak:
    """The trial; tried once."""

    name: str = "soak"

    def run(self, folder: Path, seconds: float) -> TrialResult:
        """A day in so many seconds, and the quarters as the result's details."""
        result, began = TrialResult(self.name, 1), time.monotonic()
        with judged(result), closing(Installation(folder / "home", changes(seconds))) as house:
            filled(f"sqlite:///{house.database}", STOCK)
            house.start()
            assert house.key
            settle(house)
            self._measure(house, seconds, result)
        result.seconds = time.monotonic() - began
        return result

    def _measure(self, house: Installation, seconds: float, result: TrialResult) -> None:
        day = Day(house)
        with closing(Screens(house)) as screens:
            samples = a_day(house, day, screens, seconds)
            asked = polls(house)
            load = (
                f"{seconds / 60:.1f} minutes on {os.cpu_count()} cores, load average {os.getloadavg()[1]:.0f},"
                f" {len(samples)} samples; {samples[-1].cases - samples[0].cases:.0f} new"
                f" cases, {asked:,} polls of a folder, {screens.came} connections of screens ({screens.ended} ended by"
                f" the server), {dropped(house):.0f} messages dropped for a slow one"
            )
        rows = compared(samples)
        result.details = "\n".join((load, "", HEAD, *(row.line for row in rows)))
        assert asked >= DONE * POLLS, f"only {asked} polls of {POLLS}: the machine is too busy"
        stored = {code for (code,) in house.rows('SELECT code FROM "case"')}
        result.promises = check_kept(stored, day.promised, None)
        result.lost += [
            f"{row.name}: {row.quarters[3]:,.1f}, at most {row.most:,.1f}" for row in rows if not row.is_within
        ]
        result.lost += [f"{screens.ended} screens were hung up on"] if screens.ended else []
        result.survived += not result.lost


def a_day(house: Installation, day: Day, screens: Screens, seconds: float) -> list[Sample]:
    """Every step of it, and what was held meanwhile."""
    began, samples, steps = time.monotonic(), [], 0
    while (elapsed := time.monotonic() - began) < seconds:
        if elapsed >= steps * seconds / STEPS:
            day.step()
            screens.rotate()
            steps += 1
        if elapsed >= len(samples) * SAMPLE_S:
            samples.append(sample(house))
        screens.listen(0.1)
    return samples


def sample(house: Installation) -> Sample:
    """Now."""
    processes = house.processes()
    ((store, cases, still_open),) = house.rows(
        'SELECT (SELECT sum(pgsize - unused) FROM dbstat), count(*), sum(open) FROM "case"'
    )
    wal = house.database.with_name(f"{house.database.name}-wal")
    return Sample(
        memory=house.memory(),
        descriptors=sum(process.num_fds() for process in processes),
        threads=sum(process.num_threads() for process in processes),
        wal=wal.stat().st_size if wal.exists() else 0,
        store=store,
        log=(house.home / "processes.log").stat().st_size,
        cases=cases,
        open=still_open,
    )


def compared(samples: Sequence[Sample]) -> list[Row]:
    """The quarters of each quantity, and what the last one may be."""
    size = len(samples) // 4
    quarters = [samples[n * size : (n + 1) * size] for n in range(4)]

    def held(name: str, ask: Callable[[Sample], float]) -> Row:
        means = [mean(map(ask, quarter)) for quarter in quarters]
        return Row(name, means, (1 + MOST) * means[1])

    def grown(name: str, ask: Callable[[Sample], float]) -> Row:
        """For each new case."""
        more = [(ask(q[-1]) - ask(q[0])) / max(1, q[-1].cases - q[0].cases) for q in quarters]
        return Row(name, more, (1 + MOST) * more[1])

    return [
        held("resident memory, MB", lambda each: each.memory / 1e6),
        held("file descriptors", lambda each: each.descriptors),
        held("threads", lambda each: each.threads),
        held("open cases", lambda each: each.open),
        grown("store, bytes a new case", lambda each: each.store),
        grown("log, bytes a new case", lambda each: each.log),
        Row("-wal at its longest, MB", [max(each.wal for each in q) / 1e6 for q in quarters], MOST_BYTES / 1e6),
    ]


def polls(house: Installation) -> int:
    """How often the folder was looked at so far."""
    ((asked,),) = house.rows("SELECT coalesce(sum(fetches), 0) FROM source_hour WHERE source = ?", NAME)
    return int(asked)


def dropped(house: Installation) -> float:
    """Messages that a slow screen was not sent."""
    found = re.search(r"^batt_messages_dropped_total (\S+)", httpx.get(f"{house.url}/metrics").text, re.MULTILINE)
    return float(found[1]) if found else 0.0


TRIAL = Soak()
