"""Servers that keep something back, or fail first: but for what is not told, the rows are those of the clean one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from data.store.db.engine import Engine, open_engine, reading
from data.store.intake.rejected import waiting
from ingest.source import SourceDown
from tests.factories import new_store
from tests.ingest.doors import NOW, Hand, all_cases, pipeline
from tests.ingest.sources.open311.server import (
    DAY,
    HOUR,
    CityServer,
    Said,
    a_request,
    a_source,
    as_json,
    closed,
    serving,
)

Found = list[dict[str, Any]]
WHEN_IT_ENDED = {"resolved_at", "first_resolved_at", "ended_at", "acknowledged_at", "undated"}
WHEN_IT_CHANGED = {"told_at", "updated_at"}
WHERE = {"lat", "lon", "precision", "village"}


@dataclass(frozen=True)
class Silence:
    """What each request says instead, and which columns it costs; of open ones, when these are others."""

    change: Mapping[str, Any]
    costs: set[str]
    costs_open: set[str] | None = None


def undated(word: Any) -> Silence:
    return Silence({"updated_datetime": word}, WHEN_IT_ENDED | WHEN_IT_CHANGED, set())


SILENCES: Mapping[str, Silence] = {
    "updated_datetime is null": undated(None),
    "updated_datetime is empty": undated(""),
    "updated_datetime is the word null": undated("null"),
    "updated_datetime is the word true": undated("true"),
    "updated_datetime is true": undated(True),
    "coordinates 0,0": Silence({"lat": 0, "long": 0}, WHERE),
    "coordinates 0,0 as texts": Silence({"lat": "0.0", "long": "0"}, WHERE),
    "coordinates are the word null": Silence({"lat": "null", "long": "null"}, WHERE),
    "coordinates outside the city": Silence({"lat": 43.69, "long": -79.27}, WHERE),
    "a photo inside of its address": Silence({"media_url": "data:image/png;base64,AAAA"}, {"media_url"}),
    "a photo that is an empty list": Silence({"media_url": []}, {"media_url"}),
    "a photo that is no address": Silence({"media_url": {"path": "/foto/1.jpg"}}, {"media_url"}),
    "an address_id of its own": Silence({"address_id": "1004"}, set()),
    "the code of a village, beside a position": Silence({"address_id": "35.79.01.1001"}, set()),
    "a notice of its own": Silence({"service_notice": "Selesai dalam 3 hari kerja."}, set()),
}


@pytest.fixture
def store(tmp_path: Path, sqlite_template: Path) -> Iterator[Callable[[], Engine]]:
    """Makes empty stores."""
    made: list[Engine] = []

    def make() -> Engine:
        made.append(open_engine(new_store(sqlite_template, tmp_path / f"{len(made)}.db")))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()


def the_city(**changes: Any) -> Found:
    """Open ones and closed ones."""
    return [*(a_request(n, **changes) for n in range(1, 4)), *(closed(n) | changes for n in range(4, 7))]


def rows(engine: Engine) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if k != "id"} for row in all_cases(engine)]


def clean(store: Callable[[], Engine], found: Found, at: datetime = NOW) -> list[dict[str, Any]]:
    """The rows that the well-behaved endpoint leads to."""
    engine = store()
    with serving(CityServer(found)) as city:
        Hand(a_source(city, engine), pipeline(engine)).take(at)
    return rows(engine)


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize("name", SILENCES)
def test_what_is_kept_back_costs_that_and_nothing_else(name: str, form: str, store: Callable[[], Engine]):
    silence, engine = SILENCES[name], store()
    if form == "xml" and any(isinstance(value, list | dict) for value in silence.change.values()):
        return  # lists and objects are JSON's
    with serving(CityServer(the_city(**silence.change))) as city:
        hand = Hand(a_source(city, engine, format=form), pipeline(engine))
        assert hand.take() == {"new": 6}
        found = rows(engine)
        hand.take(NOW + DAY)
        assert rows(engine) == found
    for row, right in zip(found, clean(store, the_city()), strict=True):
        differs = {column for column in right if row[column] != right[column]}
        costs = silence.costs_open if row["open"] and silence.costs_open is not None else silence.costs
        assert differs <= costs
        assert bool(differs) == bool(costs)
    with reading(engine) as conn:
        assert not waiting(conn)


def cut(resource: str, found: Found) -> Said:
    return Said(as_json(resource, found).body[:-40])


FAILS: Mapping[str, Callable[[str, Found], Said]] = {
    "a body that is cut off": cut,
    "an HTML page with an error": lambda *_: Said(b"<html><title>Galat</title></html>", 500, "text/html"),
    "an HTML page that says all is well": lambda *_: Said(b"<!DOCTYPE html><html></html>", 200, "text/html"),
    "an error in GeoReport's words": lambda *_: Said(b'[{"code": 500, "description": "sibuk"}]', 500),
    "nothing at all": lambda *_: Said(b""),
}


@pytest.mark.parametrize("name", FAILS)
def test_a_server_that_failed_for_three_hours_leads_to_the_same_rows(name: str, store: Callable[[], Engine]):
    engine = store()
    with serving(CityServer(the_city())) as city:
        hand = Hand(a_source(city, engine, overlap_s=60), pipeline(engine))
        hand.take(NOW)
        city.say["requests"] = FAILS[name]
        for minutes in range(10, 190, 30):
            city.requests.append(a_request(100 + minutes, NOW + minutes * HOUR / 60))
            with pytest.raises(SourceDown, match="dinas"):
                hand.take(NOW + minutes * HOUR / 60)
        city.say.clear()
        hand.take(NOW + 4 * HOUR)
        found = rows(engine)
        hand.take(NOW + DAY)
        assert rows(engine) == found
    right = clean(store, city.requests, NOW + 4 * HOUR)
    assert [as_told(row) for row in found] == [as_told(row) for row in right]


def as_told(row: Mapping[str, Any]) -> dict[str, Any]:
    """Without what tells when it came: codes are given in the order of arrival, and the first look at its silence is
    after it."""
    return {name: value for name, value in row.items() if name not in ("code", "stored_at", "escalate_at")}
