"""BMKG's forecast by village: null fields, spellings of a zone, unknown codes, marks, and not too many questions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from data.domain.reasons import Reason, decode_reason
from data.store.db.engine import Engine, reading
from data.store.guide import forecasts
from ingest.source import RetryLater, SourceDown
from ingest.sources.bmkg_forecast.source import BmkgForecast, BmkgForecastSettings
from tests.factories import DAY, HOUR, SISIR
from tests.ingest.doors import Hand, around, config, pipeline
from tests.ingest.sources.feed.feed_server import Asked, Reply, Server, serving
from tests.real_data import REAL_DATA, needs_real_data

NOW = datetime(2026, 9, 24, 6, 0, tzinfo=UTC)


def a_step(hour: int, **changes: Any) -> dict[str, Any]:
    plain = {
        "datetime": f"2026-09-24T{hour:02}:00:00Z",
        "utc_datetime": f"2026-09-24 {hour:02}:00:00",
        "t": 22, "tcc": 64, "tp": 0, "weather": 2, "wd": "NW", "ws": 1.4, "hu": 52, "vs": None, "vs_text": None,
        "weather_desc": "Cerah Berawan",
        "weather_desc_en": "Partly Cloudy",
        "analysis_date": "2026-09-24T00:00:00",
        "image": "https://api-apps.bmkg.go.id/storage/icon/cuaca/cerah berawan-am.svg",
    }  # fmt: skip
    return {**plain, **changes}


def an_answer(village: str, *steps: dict[str, Any]) -> dict[str, Any]:
    place = {"adm4": village, "timezone": "Asia/Jakarta"}
    days = [[step] for step in steps] or [[a_step(7)], [a_step(10)]]
    return {"lokasi": place, "data": [{"lokasi": {**place, "timezone": "+0700"}, "cuaca": days}]}


class Bmkg:
    """Answers as a test tells it."""

    def __init__(self) -> None:
        self.special: dict[str, Any] = {}
        self.marked = False

    def __call__(self, asked: Asked) -> Any:
        village = asked.params["adm4"]
        if village in self.special:
            return self.special[village]
        if self.marked and asked.headers.get("if-none-match") == f'"{village}"':
            return Reply(b"", 304)
        return Reply(an_answer(village), headers={"ETag": f'"{village}"'})


@pytest.fixture
def bmkg() -> Bmkg:
    return Bmkg()


@pytest.fixture
def server(bmkg: Bmkg) -> Iterator[Server]:
    with serving(bmkg) as server:
        yield server


@pytest.fixture
def rests() -> list[float]:
    return []


@pytest.fixture
def hand(engine: Engine, tmp_path: Path, server: Server, rests: list[float]) -> Hand:
    plain = config().sources["prakiraan_bmkg"].model_dump()
    settings = BmkgForecastSettings.model_validate({**plain, "url": server.url, "inner": True})
    return Hand(BmkgForecast("bmkg", settings, around(engine, tmp_path), rest=rests.append), pipeline(engine))


def steps_of(engine: Engine, village: str = SISIR, now: datetime = NOW) -> list[Any]:
    with reading(engine) as conn:
        return forecasts.forecast(conn, village, now)


def test_every_village_is_asked_for_in_turn_with_pauses(hand: Hand, engine: Engine, server: Server, rests: list[float]):
    for minutes in (0, 10, 20):
        assert hand.take(NOW + minutes * HOUR / 60) == {"new": 8}
    assert hand.take(NOW + HOUR) == {}
    assert len(set(server.params("adm4"))) == 24
    assert rests == [2.0] * 21
    with reading(engine) as conn:
        found = forecasts.forecasts(conn, NOW)
    assert len(found) == 24
    (first, second) = found[SISIR]
    assert (first.weather, first.temperature_c, first.humidity_percent, first.cloud_percent) == (
        {"id": "Cerah Berawan", "en": "Partly Cloudy"},
        22,
        52,
        64,
    )
    assert (first.at, first.analysed_at) == (NOW.replace(hour=7), NOW.replace(hour=0))
    assert second.wind_from == "NW"


def test_what_has_not_changed_is_not_sent_again(hand: Hand, engine: Engine, bmkg: Bmkg, server: Server):
    hand.take(NOW)
    bmkg.marked = True
    assert hand.take(NOW + 5 * HOUR) == {"new": 8}  # those not asked for yet come first
    assert hand.take(NOW + 5 * HOUR) == {"new": 8}
    assert hand.take(NOW + 5 * HOUR) == {}
    last = server.asked[-1]
    assert last.headers["if-none-match"] == f'"{last.params["adm4"]}"'


def test_null_and_missing_fields_are_not_known(hand: Hand, engine: Engine, bmkg: Bmkg):
    bare = dict.fromkeys(("t", "hu", "tcc", "ws", "wd", "tp", "weather_desc_en"))
    bmkg.special[SISIR] = an_answer(SISIR, a_step(7, **bare), a_step(10, weather_desc=None))
    while hand.take(NOW):
        pass
    (one,) = steps_of(engine)
    assert (one.weather, one.temperature_c, one.rain_mm) == ({"id": "Cerah Berawan"}, None, None)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Reply({"message": "Data not found", "error": "Not Found", "statusCode": 404}, 404), "guide.forecast_refused"),
        (an_answer("32.73.01.1001"), "guide.unknown_village"),
        ({"data": []}, "record.unreadable"),
        ({"data": [{"cuaca": "hujan"}]}, "record.unreadable"),
        ([], "record.unreadable"),
        (an_answer(SISIR, a_step(7, t=900)), "record.field"),
        (an_answer(SISIR, a_step(7, weather_desc=None)), "guide.forecast_empty"),
        (an_answer(SISIR, a_step(7, analysis_date="2030-01-01T00:00:00")), "record.in_future"),
    ],
)
def test_an_answer_that_says_nothing_is_kept_and_the_others_go_on(hand: Hand, bmkg: Bmkg, answer: Any, why: str):
    bmkg.special[SISIR] = answer
    for _ in range(3):
        hand.take(NOW)
    (refused,) = [each for each in hand.outcomes if each.reason]
    found = decode_reason(refused.reason)
    assert isinstance(found, Reason)
    assert (refused.external_id, found.code, len(hand.outcomes)) == (SISIR, why, 24)


def test_a_server_that_is_busy_or_talks_html_is_an_outage(hand: Hand, bmkg: Bmkg):
    bmkg.special["35.79.01.1001"] = Reply(b"", 429, {"Retry-After": "60"})
    with pytest.raises(RetryLater):
        hand.take()
    bmkg.special["35.79.01.1001"] = Reply(b"<html>")
    with pytest.raises(SourceDown, match="BMKG"):
        hand.take()
    assert len(hand.outcomes) == 7  # the others of this turn came all the same


@needs_real_data
def test_the_recorded_answer_is_understood(hand: Hand, engine: Engine, bmkg: Bmkg):
    text = (REAL_DATA / "bmkg" / "prakiraan-32.73.01.1001.json").read_text(encoding="utf-8")
    bmkg.special[SISIR] = json.loads(text.replace("32.73.01.1001", SISIR))
    bmkg.special["35.79.01.1001"] = Reply(json.loads((REAL_DATA / "bmkg" / "prakiraan-404.json").read_text()), 404)
    for _ in range(3):
        hand.take(NOW)
    steps = steps_of(engine)
    assert len(steps) == 20
    assert {step.analysed_at for step in steps} == {NOW.replace(hour=0)}
    assert {step.weather["id"] for step in steps} <= {
        "Cerah", "Cerah Berawan", "Berawan", "Udara Kabur", "Hujan Ringan", "Hujan Sedang",
    }  # fmt: skip
    assert steps_of(engine, now=NOW + 9 * DAY) == []
