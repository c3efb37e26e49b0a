"""The Open311 server: answers by the public schemas, all faults at once, nothing private."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from jsonschema import Draft7Validator
from referencing import Registry, Resource

from dashboard.app import App, create_app
from dashboard.auth import api_keys as keyring
from dashboard.auth.api_keys import ApiKeyCache
from dashboard.config.home import Home
from dashboard.config.load import Config
from data import clock
from data.store.accounts import api_keys
from data.store.accounts.api_keys import Owner
from data.store.db.engine import Engine, writing
from tests.dashboard.api.open311.open311_client import V2, post, rows
from tests.dashboard.conftest import a_render_context
from tests.factories import NOW, a_case, a_history, stored
from tests.real_data import OPEN311, needs_real_data

SCHEMAS = OPEN311 / "georeport_v2_json_schema"
MINUTE = timedelta(minutes=1)


def get(app: App, path: str) -> Any:
    answer = app.flask.test_client().get(f"{V2}/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json


def valid(value: Any, schema: str) -> Any:
    """The value, which must be valid by one of the public schemas; without them what else is asked of it is."""
    if not SCHEMAS.is_dir():
        return value
    texts = {path.name: json.loads(path.read_text()) for path in SCHEMAS.glob("*.json")}
    registry = Registry().with_resources((name, Resource.opaque(text)) for name, text in texts.items())
    Draft7Validator(texts[schema], registry=registry, format_checker=Draft7Validator.FORMAT_CHECKER).validate(value)
    return value


@needs_real_data
def test_services_and_their_definitions_are_valid(app: App):
    services = valid(get(app, "services.json"), "services.json")
    assert {each["service_code"] for each in services} == set(app.config.city.categories)
    for each in services:
        definition = valid(get(app, f"services/{each['service_code']}.json"), "service-definition.json")
        assert [len(attribute["values"]) for attribute in definition["attributes"]] == [24, 1]


def test_discovery_announces_what_is_served_and_no_more(app: App):
    found = get(app, "discovery.json")
    assert found["endpoints"][0]["url"] == "http://localhost/open311/v2"
    assert found["endpoints"][0]["formats"] == ["application/json", "text/xml"]
    assert {"changeset", "contact", "key_service"} <= found.keys()


def test_a_posted_report_is_stored_before_it_is_answered_and_can_be_asked_for(app: App, key: str):
    answer = post(
        app, key, description="Sampah di sungai. Baunya menyengat.", first_name="Siti", phone="0812", email="s@x.id"
    )
    assert answer.status_code == 200
    (given,) = answer.json or []
    assert given["service_request_id"].startswith("AW-")
    (found,) = valid(get(app, f"requests/{given['service_request_id']}.json"), "requests.json")
    assert found["status"] == "open"
    assert found["service_code"] == "sampah"
    assert (found["lat"], found["long"]) == (-7.8712, 112.5268)
    assert found["requested_datetime"].endswith("Z")
    assert "." not in found["requested_datetime"]
    assert "Siti" not in json.dumps(found)
    assert rows(app)[0]["title"] == "Sampah di sungai."


def test_a_report_by_address_and_village_needs_no_position(app: App, key: str):
    answer = post(app, key, lat="", long="", address_string="Jl. Diponegoro 5", **{"attribute[village]": "Temas"})
    assert answer.status_code == 200
    assert rows(app)[0]["village"] == "35.79.01.1001"


def test_a_multipart_report_is_read_and_its_picture_passed_over(app: App, key: str):
    form = {"api_key": key, "service_code": "sampah", "lat": "-7.87", "long": "112.52", "description": "Foto"}
    data = {**form, "media": (io.BytesIO(b"\x89PNG"), "foto.png")}
    answer = app.flask.test_client().post(f"{V2}/requests.json", data=data, content_type="multipart/form-data")
    assert answer.status_code == 200, answer.text


def test_a_revoked_key_opens_no_door(app: App, key: str):
    with writing(app.engine) as conn:
        api_keys.revoke(conn, "uji", NOW)
    assert post(app, key).status_code == 403


def test_what_is_posted_again_with_its_idempotency_key_is_answered_again_and_stored_once(app: App, key: str):
    first, again, other = (post(app, key, {"Idempotency-Key": name}) for name in ("a-1", "a-1", "a-2"))
    assert first.json == again.json
    assert first.json != other.json
    assert len(rows(app)) == 2


def test_the_same_idempotency_key_of_another_client_is_another_report(app: App, key: str):
    with writing(app.engine) as conn:
        other = api_keys.add(conn, "lain", NOW)
    assert post(app, key, {"Idempotency-Key": "1"}).json != post(app, other, {"Idempotency-Key": "1"}).json


def test_private_reports_are_answered_with_a_number_and_never_shown(app: App, key: str):
    (given,) = post(app, key, service_code="narkoba", description="Rumah kosong").json or []
    code = given["service_request_id"]
    client = app.flask.test_client()
    assert client.get(f"{V2}/requests/{code}.json").status_code == 404
    assert get(app, "requests.json") == []
    assert get(app, f"requests.json?service_request_id={code}") == []
    assert get(app, "requests.json?service_code=narkoba") == []


def test_what_is_posted_to_a_demonstration_is_marked_as_one(config: Config, home: Home, engine: Engine):
    app = create_app(a_render_context(replace(config, demo=True)), home, engine)
    with writing(engine) as conn:
        made = api_keys.add(conn, "demo", NOW)
    (given,) = post(app, made).json or []
    (found,) = get(app, f"requests/{given['service_request_id']}.json")
    assert found["service_notice"] == "DEMO"
    assert rows(app)[0]["demo"]


@pytest.fixture
def history(app: App) -> dict[str, str]:
    """Cases of several ages; their codes by age in days."""
    now = clock.now().replace(microsecond=0)
    found = {}
    with writing(app.engine) as conn:
        for days, category, resolved in ((1, "sampah", False), (2, "jalan_rusak", True), (100, "sampah", True)):
            at = now - timedelta(days=days)
            a = a_case(category)
            stored(conn, a, a_history(at, dispatched=MINUTE, **({"resolved": 5 * MINUTE} if resolved else {})), now)
            found[str(days)] = a.code
    return found


@pytest.mark.parametrize(
    ("query", "ages"),
    [
        ("", ["1", "2"]),
        ("status=open", ["1"]),
        ("status=closed", ["2"]),
        ("status=open,closed", ["1", "2"]),
        ("service_code=sampah", ["1"]),
        ("service_code=sampah,jalan_rusak", ["1", "2"]),
        ("page=1&page_size=1", ["1"]),
        ("page=2&page_size=1", ["2"]),
        ("page=3&page_size=1", []),
        ("page=0&page_size=1", ["1"]),
        ("start_date={-101}&end_date={-99}", ["100"]),
        ("end_date={-99}", ["100"]),
        ("start_date={-1.5}", ["1"]),
        ("updated_after={-101}", ["100", "2", "1"]),
        ("updated_after={-1.5}", ["1"]),
        ("updated_before={-1.5}", ["100", "2"]),
        ("status=&page=&service_code=", ["1", "2"]),
        ("jurisdiction_id=anything&unknown=1", ["1", "2"]),
    ],
)
def test_requests_are_found_by_window_status_service_and_page(
    app: App, history: dict[str, str], query: str, ages: list[str]
):
    def at(days: re.Match[str]) -> str:
        return (clock.now() + timedelta(days=float(days[1]))).strftime("%Y-%m-%dT%H:%M:%SZ")

    found = valid(get(app, "requests.json?" + re.sub(r"\{(.*?)\}", at, query)), "requests.json")
    assert [each["service_request_id"] for each in found] == [history[age] for age in ages]


def test_codes_given_override_everything_else(app: App, history: dict[str, str]):
    codes = ",".join(history.values())
    found = get(app, f"requests.json?service_request_id={codes}&status=open&start_date=2001-01-01T00:00:00Z")
    assert len(found) == 3


def test_a_closed_requests_update_is_when_it_was_closed(app: App, history: dict[str, str]):
    (found,) = get(app, f"requests/{history['2']}.json")
    closed = found["updated_datetime"]
    assert found["status"] == "closed"
    assert closed > found["requested_datetime"]


def test_a_key_that_was_just_used_is_not_looked_up_again_but_soon_is(app: App, key: str):
    at = [1000.0]
    ring = ApiKeyCache(app.engine, monotonic=lambda: at[0])
    assert ring.owner(key) == Owner("uji")
    with writing(app.engine) as conn:
        api_keys.revoke(conn, "uji", NOW)
    assert ring.owner(key) == Owner("uji")
    at[0] += keyring.CACHED_S
    assert ring.owner(key) is None
