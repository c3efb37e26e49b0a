"""What real servers do to GeoReport, one endpoint each: the same rows as from the clean one, and nothing twice."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from data.store.db.engine import Engine, open_engine, reading
from data.store.intake.rejected import waiting
from data.texts import texts
from tests.ingest.doors import NOW, Hand, all_cases, pipeline
from tests.ingest.sources.open311.server import (
    DAY,
    CityServer,
    Said,
    a_request,
    a_source,
    as_json,
    as_xml,
    closed,
    errors,
    serving,
    xml_of,
)

Found = list[dict[str, Any]]
Say = Mapping[str, Callable[[str, Found], Said]]
WIB = ZoneInfo("Asia/Jakarta")


def the_city() -> list[dict[str, Any]]:
    """Open ones and closed ones."""
    return [*(a_request(n) for n in range(1, 6)), *(closed(n) for n in range(6, 12))]


@dataclass(frozen=True)
class Deviation:
    """How one endpoint differs from the clean one."""

    say: Say = field(default_factory=dict)
    change: Callable[[dict[str, Any]], dict[str, Any]] = lambda one: one
    settings: Mapping[str, Any] = field(default_factory=dict)
    server: Mapping[str, Any] = field(default_factory=dict)


def written(write: Callable[[Found], str], kind: str = "application/json") -> Say:
    return {"requests": lambda resource, found: Said(write(found).encode(), kind=kind)}


def with_xml(change: Callable[[str], str], kind: str = "text/xml") -> Say:
    return written(lambda found: change(xml_of("requests", found)), kind)


def renamed(one: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    return {new if name == old else name: value for name, value in one.items()}


def dated(change: Callable[[datetime], str]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def changed(one: dict[str, Any]) -> dict[str, Any]:
        names = ("requested_datetime", "updated_datetime")
        return one | {name: change(datetime.fromisoformat(one[name])) for name in names}

    return changed


def doubled(found: Found) -> str:
    """The same key twice in one object: empty first, and empty last."""
    text = json.dumps(found)
    text = text.replace('"status": "', '"status": null, "status": "')
    return text.replace('"service_code": "007",', '"service_code": "007", "service_code": "",')


def collapsed(found: Found) -> str:
    """A list of one is the one."""
    return json.dumps({"service_requests": {"request": found[0] if len(found) == 1 else found}})


HTML = Said(b"<!DOCTYPE html>\n<html><head><title>Not here</title></head></html>", 404, "text/html")

KNOWN_RESOURCES = {"discovery", "services", "requests", "servicerequestupdates"}


def discovered(found: Mapping[str, Any]) -> Callable[[str], Said | None]:
    """A server that has a discovery."""
    body = json.dumps(found).encode()
    return lambda path: Said(body) if path == "discovery.json" else None


NO_KEY_SERVICE = {"changeset": "2026-01-01", "endpoints": [{"url": "/v2", "formats": ["application/json"]}]}

DEVIATIONS: Mapping[str, Deviation] = {
    "XML": Deviation(settings={"format": "xml"}),
    "XML only, JSON is not found": Deviation(say={"requests.json": lambda resource, found: HTML}),
    "XML only, JSON is an HTML page that says all is well": Deviation(
        say={"requests.json": lambda resource, found: HTML._replace(status=200)}
    ),
    "XML whatever is asked for": Deviation(say={"requests": as_xml}),
    "JSON in a wrapper": Deviation(say=written(lambda found: json.dumps({"service_requests": found}))),
    "JSON in two wrappers": Deviation(
        say=written(lambda found: json.dumps({"response": {"service_requests": {"request": found}}}))
    ),
    "each request in a wrapper": Deviation(say=written(lambda found: json.dumps([{"request": one} for one in found]))),
    "JSON called XML": Deviation(say=written(json.dumps, "text/xml")),
    "XML called JSON": Deviation(settings={"format": "xml"}, say=with_xml(str, "application/json")),
    "a BOM before JSON": Deviation(say=written(lambda found: "\ufeff\r\n" + json.dumps(found))),
    "discovery without key_service": Deviation(server={"before": discovered(NO_KEY_SERVICE)}),
    "discovery that says nothing": Deviation(server={"before": discovered({})}),
    "no services": Deviation(say={"services": lambda resource, found: HTML}),
    "services as an error page that says all is well": Deviation(
        say={"services": lambda resource, found: HTML._replace(status=200)}
    ),
    "errors in GeoReport's words for services": Deviation(say={"services": lambda *_: errors(500, "broken")}),
    "ids as numbers": Deviation(change=lambda one: one | {"service_request_id": int(one["service_request_id"][2:])}),
    "lng for long": Deviation(change=lambda one: renamed(one, "long", "lng")),
    "lon for long": Deviation(change=lambda one: renamed(one, "long", "lon")),
    "positions as texts": Deviation(change=lambda one: one | {n: str(one[n]) for n in ("lat", "long")}),
    "positions with a comma": Deviation(
        change=lambda one: one | {n: str(one[n]).replace(".", ",") for n in ("lat", "long")}
    ),
    "latitude and longitude exchanged": Deviation(change=lambda one: one | {"lat": one["long"], "long": one["lat"]}),
    "a single one instead of a list, one a page": Deviation(say=written(collapsed), server={"cap": 1}),
    "namespaces": Deviation(
        settings={"format": "xml"},
        say=with_xml(lambda text: text.replace("<service_requests>", '<service_requests xmlns="urn:x">')),
    ),
    "text before the declaration": Deviation(
        settings={"format": "xml"}, say=with_xml(lambda text: "\n\n<br />\n<b>Notice</b>: x in y\n" + text)
    ),
    "a declaration of another encoding": Deviation(
        settings={"format": "xml"}, say=with_xml(lambda text: text.replace('"utf-8"', '"utf-16"'))
    ),
    "characters that XML does not allow": Deviation(
        settings={"format": "xml"}, say=with_xml(lambda text: text.replace("Mohon", "Mo\x0bho&#x1F;n&#0;"))
    ),
    "dates with a blank": Deviation(change=dated(lambda at: f"{at:%Y-%m-%d %H:%M:%S%z}")),
    "dates with a blank before the zone": Deviation(change=dated(lambda at: f"{at:%Y-%m-%d %H:%M:%S %z}")),
    "dates without a zone": Deviation(change=dated(lambda at: f"{at.astimezone(WIB):%Y-%m-%dT%H:%M:%S}")),
    "dates with a blank and without a zone": Deviation(
        change=dated(lambda at: f"{at.astimezone(WIB):%Y-%m-%d %H:%M:%S}")
    ),
    "dates with fractions": Deviation(change=dated(lambda at: f"{at:%Y-%m-%dT%H:%M:%S}.000Z")),
    "expected_datetime is the word null": Deviation(change=lambda one: one | {"expected_datetime": "null"}),
    "the same key twice": Deviation(say=written(doubled)),
    "media_url as a list": Deviation(change=lambda one: one | {"media_url": [one["media_url"], "https://b.example/2"]}),
    "media_url as an object": Deviation(change=lambda one: one | {"media_url": {"size": 3, "url": one["media_url"]}}),
    "media_url as a list of objects": Deviation(
        change=lambda one: one | {"media_url": [{"media": {"path": one["media_url"]}}]}
    ),
    "media_url with blanks": Deviation(change=lambda one: one | {"media_url": f" {one['media_url']}\n"}),
    "media_url with its data before it": Deviation(
        change=lambda one: one | {"media_url": ["data:image/png;base64,AAAA", one["media_url"]]}
    ),
    "more than GeoReport has": Deviation(change=lambda one: one | {"extended_attributes": {"a": [1]}, "tag": None}),
    "numbers that are none": Deviation(change=lambda one: one | {"zipcode": float("nan")}),
    "no pages": Deviation(server={"first_page": None}),
    "pages from 0": Deviation(server={"first_page": 0, "cap": 4}),
    "pages from 1": Deviation(server={"first_page": 1, "cap": 4}),
    "no updated_after": Deviation(server={"knows_changes": False}),
    "updated_after is an error": Deviation(server={"minds": ("updated_after",)}),
    "updates unknown, as an error page": Deviation(say={"servicerequestupdates": lambda *_: HTML}),
    "windows are ignored": Deviation(
        say={"requests": lambda resource, found: as_json(resource, [*found, a_request(99, NOW - 500 * DAY)])}
    ),
}


def rows(engine: Engine) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if k != "id"} for row in all_cases(engine)]


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Any) -> list[dict[str, Any]]:
    """The rows that the well-behaved endpoint leads to."""
    path = tmp_path_factory.mktemp("clean") / "batt.db"
    shutil.copyfile(sqlite_template, path)
    engine = open_engine(f"sqlite:///{path}")
    with serving(CityServer(the_city())) as city:
        assert Hand(a_source(city, engine), pipeline(engine)).take() == {"new": 11}
    found = rows(engine)
    engine.dispose()
    return found


@pytest.mark.parametrize("name", DEVIATIONS)
def test_a_deviation_yields_the_same_rows_and_a_second_run_changes_nothing(
    name: str, clean: list[dict[str, Any]], sqlite_engine: Engine
):
    how = DEVIATIONS[name]
    server = CityServer([how.change(one) for one in the_city()], say=dict(how.say), **how.server)
    with serving(server) as city:
        hand = Hand(a_source(city, sqlite_engine, **how.settings), pipeline(sqlite_engine))
        assert hand.take() == {"new": 11}
        found = rows(sqlite_engine)
        if name == "ids as numbers":
            found = sorted(
                (row | {"external_id": f"R-{row['external_id']}"} for row in found), key=lambda row: row["external_id"]
            )
        assert found == clean
        before = rows(sqlite_engine)
        counted = hand.take(NOW + DAY)
        assert counted["same"] >= 11
        assert set(counted) == {"same"}
        assert rows(sqlite_engine) == before
    with reading(sqlite_engine) as conn:
        assert not waiting(conn)


@pytest.mark.parametrize("missing", [None, "", "null", "true", "0000-00-00T00:00:00Z"])
def test_without_updated_datetime_a_closed_one_is_closed_when_it_was_noticed(sqlite_engine: Engine, missing: Any):
    found = [one | {"updated_datetime": missing} for one in the_city()]
    with serving(CityServer(found)) as city:
        hand = Hand(a_source(city, sqlite_engine), pipeline(sqlite_engine))
        assert hand.take() == {"new": 11}
        before = rows(sqlite_engine)
        assert {row["ended_at"] for row in before} == {None, NOW}
        assert hand.take(NOW + DAY)["updated"] == 0
        assert rows(sqlite_engine) == before


@pytest.mark.parametrize(
    ("lat", "long"), [(0, 0), ("0", "0.0"), (None, None), ("", ""), ("null", "null"), (-7.8, None)]
)
def test_without_a_position_a_case_has_none(sqlite_engine: Engine, lat: Any, long: Any):
    with serving(CityServer([a_request(1, lat=lat, long=long)])) as city:
        assert Hand(a_source(city, sqlite_engine), pipeline(sqlite_engine)).take() == {"new": 1}
    assert (all_cases(sqlite_engine)[0]["lat"], all_cases(sqlite_engine)[0]["lon"]) == (None, None)


def test_a_photo_inside_of_its_address_alone_is_left_out(sqlite_engine: Engine):
    with serving(CityServer([a_request(1, media_url="data:image/png;base64,AAAA")])) as city:
        assert Hand(a_source(city, sqlite_engine), pipeline(sqlite_engine)).take() == {"new": 1}
    assert all_cases(sqlite_engine)[0]["media_url"] is None


def test_a_position_outside_the_city_is_kept_and_called_so(sqlite_engine: Engine):
    with serving(CityServer([a_request(1, lat=43.69, long=-79.27)])) as city:
        assert Hand(a_source(city, sqlite_engine), pipeline(sqlite_engine)).take() == {"new": 1}
    assert all_cases(sqlite_engine)[0]["precision"] == "outside"


BROKEN: Mapping[str, tuple[dict[str, Any], str]] = {
    "no place on earth": ({"lat": 112.5, "long": 400}, "lat"),
    "no degrees": ({"lat": "utara"}, "lat: 'utara' bukan derajat"),
    "NaN": ({"lat": float("nan")}, "bukan derajat"),
    "infinite": ({"long": float("inf")}, "bukan derajat"),
    "no id": ({"service_request_id": None}, "service_request_id"),
    "no receipt": ({"requested_datetime": None}, "requested_datetime: tidak ada"),
    "31 February": ({"requested_datetime": "2026-02-31T10:00:00Z"}, "requested_datetime"),
    "the year 1900": ({"requested_datetime": "1900-01-01T00:00:00Z"}, "hari pertama kalender"),
    "changed in the year 3020": ({"updated_datetime": "3020-01-01T00:00:00Z"}, "masa depan"),
    "no status": ({"status": ""}, "status"),
    "an id with NUL": ({"service_request_id": "a\x00b"}, "NUL"),
    "an id that is half a character": ({"service_request_id": "a\ud800"}, "UTF-8"),
    "an endless id": ({"service_request_id": "9" * 5000}, "terlalu panjang"),
    "deep": ({"extended_attributes": json.loads("[" * 300 + "]" * 300)}, "terlalu dalam"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_one_that_cannot_be_read_is_kept_with_its_reason_and_the_rest_goes_on(engine: Engine, name: str):
    changes, reason = BROKEN[name]
    outside = "requested_datetime" in changes and "1900" in str(changes)
    found = [a_request(1), a_request(2, **changes), a_request(3)]
    with serving(CityServer(found, knows_changes=False)) as city:
        hand = Hand(a_source(city, engine), pipeline(engine))
        counted = hand.take()
        if outside:  # far outside of what was asked for
            assert counted == {"new": 2}
            return
        assert counted == {"new": 2, "rejected": 1}
        (refused,) = (one for one in hand.outcomes if one.kind == "rejected")
        assert reason in texts("id").stored_sentence(refused.reason)
        hand.take(NOW + DAY)
    with reading(engine) as conn:
        assert len(waiting(conn)) == 1


@pytest.mark.parametrize("item", [None, 5, "teks", [], [[1]], {}])
def test_what_is_no_request_at_all_is_kept_once(sqlite_engine: Engine, item: Any):
    say = {"requests": lambda resource, found: Said(json.dumps([*found, item]).encode())}
    with serving(CityServer([a_request(1)], say=say)) as city:
        hand = Hand(a_source(city, sqlite_engine), pipeline(sqlite_engine))
        assert hand.take() == {"new": 1, "rejected": 1}
        hand.take(NOW + DAY)
    with reading(sqlite_engine) as conn:
        assert len(waiting(conn)) == 1


def test_a_mended_one_leaves_the_rejected(sqlite_engine: Engine):
    with serving(CityServer([a_request(1, lat="utara")])) as city:
        hand = Hand(a_source(city, sqlite_engine), pipeline(sqlite_engine))
        assert hand.take() == {"rejected": 1}
        city.requests = [a_request(1)]
        assert hand.take(NOW + timedelta(days=1))["new"] == 1
    with reading(sqlite_engine) as conn:
        assert not waiting(conn)


def test_neither_definitions_of_services_nor_a_status_are_asked_for(sqlite_engine: Engine):
    """So a server that has none, or that ignores the filter, is like any other."""
    with serving(CityServer(the_city())) as city:
        hand = Hand(a_source(city, sqlite_engine), pipeline(sqlite_engine))
        assert hand.take() == {"new": 11}
        hand.take(NOW + DAY)
    assert {path.partition(".")[0] for path, _ in city.asked} <= KNOWN_RESOURCES
    assert not [given for _, given in city.asked if "status" in given]
