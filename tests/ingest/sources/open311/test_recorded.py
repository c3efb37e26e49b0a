"""The recorded answers of real servers, played by a server on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import pytest

from data.domain.sla.calendars import Calendars, build_calendars
from data.reference.holidays import joint_leave, national
from data.store.db.engine import Engine, reading
from data.store.intake.rejected import waiting
from data.texts import texts
from ingest.pipeline.pipeline import Pipeline
from ingest.source import SourceDown
from ingest.sources.open311.cursor import read_cursor
from tests.ingest.doors import Hand, all_cases, config, ground
from tests.ingest.sources.open311.server import DAY, CityServer, Said, a_source, serving
from tests.real_data import OPEN311, needs_real_data

pytestmark = needs_real_data
MOCKS, FIXTURES, ADAPTER = "node_open311_mocks", "open311status_fixtures", "fixmystreet_open311_adapter"


@cache
def calendars() -> Calendars:
    """From before the oldest recording on."""
    years = range(2009, 2020)
    first, last = date(years[0], 1, 1), date(years[-1], 12, 31)
    return build_calendars(config().city, national(years), joint_leave(years), first, last)


def playing(**answers: str) -> CityServer:
    """By resource and format (`requests_xml`), the recorded file; everything else is an error page."""

    def before(path: str) -> Said | None:
        name = answers.get(path.replace(".", "_"))
        if name is None:
            return Said(b"<html><title>404</title></html>", 404, "text/html")
        return Said((OPEN311 / name).read_bytes(), kind="text/html")

    return CityServer(before=before)


def a_hand(city: CityServer, engine: Engine, **settings: Any) -> Hand:
    return Hand(a_source(city, engine, **settings), Pipeline(engine, config().city, calendars(), ground()))


def test_san_francisco_in_xml_after_a_discovery(engine: Engine):
    city = playing(
        discovery_xml=f"{MOCKS}/discovery-dc.xml",
        requests_xml=f"{MOCKS}/service-requests.xml",
        services_xml=f"{MOCKS}/dc-services.xml",
    )
    now = datetime(2010, 4, 20, tzinfo=UTC)
    with serving(city):
        hand = a_hand(city, engine, categories={"006": "jalan_rusak"})
        assert hand.take(now) == {"new": 2}
        rows = all_cases(engine)
        assert set(hand.take(now + DAY)) == {"same"}
        assert all_cases(engine) == rows
    assert [(row["external_id"], row["state"], row["category"]) for row in rows] == [
        ("638344", "closed", "jalan_rusak"),
        ("638349", "received", "jalan_rusak"),
    ]
    assert rows[0]["media_url"] == "http://city.gov.s3.amazonaws.com/requests/media/638344.jpg"
    assert {row["precision"] for row in rows} == {"outside"}
    cursor = read_cursor(hand.cursor)
    assert cursor.capabilities.format == "xml"
    assert cursor.services["S0000"] == "Abandoned Vehicle - On Public Property"
    assert len(cursor.services) > 50


def test_a_single_request_in_xml(sqlite_engine: Engine):
    city = playing(requests_xml=f"{MOCKS}/service-request.xml")
    with serving(city):
        assert a_hand(city, sqlite_engine).take(datetime(2010, 4, 20, tzinfo=UTC)) == {"new": 1}


@pytest.mark.parametrize(
    ("name", "count"),
    [("requests_many", 2), ("requests_single", 1), ("requests_toronto_multi", 2), ("requests_toronto_single", 1)],
)
def test_toronto_tells_no_times_of_change(sqlite_engine: Engine, name: str, count: int):
    city = playing(requests_json=f"{FIXTURES}/{name}.xml", services_json=f"{FIXTURES}/services_giessen.xml")
    now = datetime(2018, 7, 31, tzinfo=UTC)
    with serving(city):
        hand = a_hand(city, sqlite_engine, categories={"Road - Pot hole": "jalan_rusak"})
        assert hand.take(now) == {"new": count}
        rows = all_cases(sqlite_engine)
        hand.take(now + DAY)
        assert all_cases(sqlite_engine) == rows
    assert {row["category"] for row in rows} == {"jalan_rusak"}
    assert read_cursor(hand.cursor).services["015"] == "Abwasser und Wasser"


def test_chicago_in_json(engine: Engine):
    city = playing(
        requests_json=f"{FIXTURES}/service_requests.json",
        services_json=f"{FIXTURES}/service_list.json",
        discovery_json=f"{MOCKS}/discovery-boston.json",
    )
    now = datetime(2014, 7, 14, tzinfo=UTC)
    with serving(city):
        hand = a_hand(city, engine, categories={"Alley Light Out": "pju"}, agencies={"DOB - Conservation": "dpkpp"})
        assert hand.take(now) == {"new": 2}
        rows = all_cases(engine)
        hand.take(now + DAY)
        assert all_cases(engine) == rows
    assert [(row["category"], row["agency"]) for row in rows] == [("lainnya", "dpkpp"), ("pju", "dpkpp")]
    assert set(read_cursor(hand.cursor).services) == {"001", "002", "003"}


REFUSED: Mapping[str, str] = {
    f"{MOCKS}/token.xml": "requested_datetime: tidak ada",
    f"{ADAPTER}/merton_token.xml": "requested_datetime: tidak ada",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_request_of_which_only_the_number_is_told_is_kept(sqlite_engine: Engine, name: str):
    city = playing(requests_xml=name, services_xml=f"{ADAPTER}/merton_services.xml")
    with serving(city):
        hand = a_hand(city, sqlite_engine)
        assert hand.take(datetime(2018, 7, 31, tzinfo=UTC)) == {"rejected": 1}
    with reading(sqlite_engine) as conn:
        (kept,) = waiting(conn)
    assert REFUSED[name] in texts("id").stored_sentence(kept.record.reason)
    assert read_cursor(hand.cursor).services == {"GR": "Graffiti"}


@pytest.mark.parametrize("name", [f"{MOCKS}/boston-submitrequest-token.xml", f"{ADAPTER}/merton_requestpost.xml"])
def test_a_token_is_no_request(sqlite_engine: Engine, name: str):
    city = playing(requests_xml=name)
    with serving(city):
        assert a_hand(city, sqlite_engine).take(datetime(2018, 7, 31, tzinfo=UTC)) == {}


def test_an_error_of_boston_is_told(sqlite_engine: Engine):
    city = playing(requests_xml=f"{MOCKS}/boston-err-submitrequest-base_is_duplicate.xml")
    with serving(city), pytest.raises(SourceDown, match="404"):
        a_hand(city, sqlite_engine).take(datetime(2018, 7, 31, tzinfo=UTC))


@pytest.mark.parametrize("name", [f"{MOCKS}/dc-services-S0301.xml", f"{ADAPTER}/merton_service.xml"])
def test_a_service_definition_is_no_list_of_requests(sqlite_engine: Engine, name: str):
    city = playing(requests_xml=name)
    with serving(city), pytest.raises(SourceDown, match="service_definition"):
        a_hand(city, sqlite_engine, format="xml").take(datetime(2018, 7, 31, tzinfo=UTC))
