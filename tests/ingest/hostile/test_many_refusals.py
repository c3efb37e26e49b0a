"""Very many bad records, each with its own number and another value: a transaction a portion, not one a record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from data.store.db.engine import Engine, reading
from data.store.intake import hours
from data.store.intake.rejected import waiting
from data.store.intake.sources import states
from ingest.pipeline import rejected_buffer
from tests.conftest import Limit
from tests.ingest.commits import commits
from tests.ingest.doors import NOW, Hand, all_cases, pipeline
from tests.ingest.hostile.inputs import json_feed, sql
from tests.ingest.hostile.values import a_row
from tests.ingest.sources.feed.feed_server import Asked
from tests.ingest.sources.feed.feed_server import serving as serving_feed
from tests.ingest.sources.feed.feed_sources import a_feed, item
from tests.ingest.sources.open311.server import CityServer, a_request, a_source, serving

pytestmark = pytest.mark.both_engines

MANY, PAGE, SMALL = 220, 100, 10
"""Records, on a page of the client's server, on a small page of a feed."""


@pytest.fixture(autouse=True)
def _small_portions(limit: Limit) -> None:
    limit(rejected_buffer, "MAX_RECORDS", PAGE)


Bring = Callable[[Sequence[int], frozenset[int]], object]
"""Brings the records of these numbers, some of them bad."""


@contextmanager
def feed(engine: Engine, home: Path) -> Iterator[Bring]:
    """All on one page."""
    with json_feed(engine, home) as bring:
        yield lambda numbers, bad: bring([_row(n, n in bad) for n in numbers])


@contextmanager
def database(engine: Engine, home: Path) -> Iterator[Bring]:
    with sql(engine, home) as bring:
        yield lambda numbers, bad: bring([_row(n, n in bad) for n in numbers])


def _row(number: int, is_bad: bool) -> dict[str, Any]:
    return a_row(str(number), **({"tanggal": f"kemarin {number}"} if is_bad else {}))


@contextmanager
def small_pages(engine: Engine, home: Path) -> Iterator[Bring]:
    """Pages so small that their records are taken live."""
    lying: list[dict[str, Any]] = []

    def page(asked: Asked) -> dict[str, Any]:
        first = (int(asked.params["page"]) - 1) * SMALL
        return {"data": lying[first : first + SMALL]}

    with serving_feed(page) as server:
        hand = Hand(a_feed(server.url, engine, home, pages={"number": {"page": "page"}}), pipeline(engine))

        def bring(numbers: Sequence[int], bad: frozenset[int]) -> None:
            lying[:] = [item(n, **({"dibuat": f"kemarin {n}"} if n in bad else {})) for n in numbers]
            hand.take()

        yield bring


@contextmanager
def client(engine: Engine, home: Path) -> Iterator[Bring]:
    """Another Open311 server."""
    with serving(CityServer(cap=PAGE)) as city:
        hand = Hand(a_source(city, engine, history_days=3, page_size=PAGE), pipeline(engine))

        def bring(numbers: Sequence[int], bad: frozenset[int]) -> None:
            city.requests = [a_request(n, **(_undated(n) if n in bad else {})) for n in numbers]
            hand.cursor = None
            hand.take()

        yield bring


def _undated(number: int) -> dict[str, Any]:
    return {"requested_datetime": f"kemarin {number}", "updated_datetime": None}


INPUTS = {"feed": (feed, MANY, PAGE), "client": (client, MANY, PAGE), "SQL": (database, MANY, PAGE)}
INPUTS["small pages"] = (small_pages, 10 * SMALL, SMALL)
"""How many records an input is tried with, and how many of them come in one delivery."""


def kept(engine: Engine) -> list[int]:
    """The numbers of what is kept, in its order; what is counted is as many."""
    with reading(engine) as conn:
        found = waiting(conn, limit=MANY)
        assert sum(state.rejected for state in states(conn).values()) == len(found)
    return [int(row.record.external_id.removeprefix("R-")) for row in found]


def refused_in_hours(engine: Engine) -> int:
    with reading(engine) as conn:
        return sum(hour.rejected for name in states(conn) for hour in hours.of(conn, name, NOW - timedelta(days=1)))


@pytest.mark.parametrize("input_name", INPUTS)
def test_very_many_different_bad_records_cost_a_transaction_a_portion(input_name: str, engine: Engine, tmp_path: Path):
    opened, many, portion = INPUTS[input_name]
    deliveries = many // portion + 2
    numbers = range(many)
    good = frozenset({0, many // 2, many - 1})
    bad = frozenset(numbers) - good
    with opened(engine, tmp_path) as bring, commits(engine) as seen:
        bring(numbers, bad)
        assert seen.count("write") <= deliveries + len(good)
        assert len(seen) <= 4 * deliveries + len(good)
        assert kept(engine) == sorted(bad)
        assert refused_in_hours(engine) == len(bad)
        assert len(all_cases(engine)) == len(good)
        seen.clear()
        bring(numbers, bad)
        assert seen.count("write") <= deliveries + len(good)
        assert kept(engine) == sorted(bad)
        assert refused_in_hours(engine) == len(bad)


@pytest.mark.parametrize("input_name", INPUTS)
def test_very_many_that_come_mended_are_kept_no_longer(input_name: str, engine: Engine, tmp_path: Path):
    opened, many, _ = INPUTS[input_name]
    numbers = range(0, many, 4)
    with opened(engine, tmp_path) as bring:
        bring(numbers, frozenset(numbers))
        assert kept(engine) == list(numbers)
        still = frozenset(numbers[::10])
        bring(numbers, still)
        assert kept(engine) == sorted(still)
        assert len(all_cases(engine)) == len(numbers) - len(still)
