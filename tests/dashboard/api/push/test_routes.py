"""The push door: signed deliveries become cases; everything else is told what would be right."""

from __future__ import annotations

import gzip
import io
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard.api.push import replays
from dashboard.api.push.routes import SIGNATURE, TIMESTAMP, signature
from dashboard.app import App, create_app
from dashboard.config.home import Home
from dashboard.config.load import Config
from dashboard.jobs.runner import Jobs
from data import clock
from data.store.cases.cases import find
from data.store.db.engine import Engine, reading, writing
from data.store.intake.sources import state_of
from ingest.sources.feed.settings import FeedSettings
from tests.conftest import Limit
from tests.dashboard.conftest import a_render_context
from tests.ingest.doors import all_cases

VARIABLE, SECRET = "BATT_UJI_PUSH", "s" * 40
HOUR = timedelta(hours=1)


def settings(**more: Any) -> FeedSettings:
    plain = {
        "kind": "feed",
        "title": {"id": "Dorongan", "en": "Pushed"},
        "enabled": True,
        "every_s": 60,
        "items": "laporan",
        "push": {"secret_env": VARIABLE},
        "mapping": {
            "times": {"zone": "Asia/Jakarta"},
            "id": {"column": "id", "required": True},
            "received": "dibuat",
            "category": {"column": "jenis", "required": True},
            "title": "judul",
        },
    }
    return FeedSettings.model_validate(plain | more)


@pytest.fixture
def sources() -> dict[str, FeedSettings]:
    """As configured."""
    return {
        "warga": settings(),
        "dua_arah": settings(url="http://127.0.0.1:1/x", inner=True),
        "mati": settings(enabled=False),
        "sempit": settings(push={"secret_env": VARIABLE, "per_minute": 2}),
        "tanpa": settings(push={"secret_env": "BATT_UJI_TIADA"}),
    }


@pytest.fixture
def pushed(
    config: Config, home: Home, engine: Engine, sources: dict[str, FeedSettings], monkeypatch: pytest.MonkeyPatch
) -> Iterator[App]:
    monkeypatch.setenv(VARIABLE, SECRET)
    made = create_app(a_render_context(replace(config, sources=sources)), home, engine)
    made.flask.testing = True
    yield made
    made.hub.stop()


@pytest.fixture
def client(pushed: App) -> FlaskClient:
    return pushed.flask.test_client()


def item(external_id: object = "1", **more: Any) -> dict[str, Any]:
    return {
        "id": external_id,
        "dibuat": (clock.now() - HOUR).isoformat(timespec="seconds"),
        "jenis": "sampah",
        "judul": "Menumpuk",
    } | more


def send(client: FlaskClient, body: Any, name: str = "warga", **headers: str) -> TestResponse:
    """A delivery as it should be, some headers changed (`_` for `-`)."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    stamp, secret = headers.pop("stamp", str(int(clock.now().timestamp()))), headers.pop("secret", SECRET)
    signed = {TIMESTAMP: stamp, SIGNATURE: signature(secret, stamp, content)}
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(f"/push/{name}", data=content, headers=signed | changed)


def outcomes(response: TestResponse) -> list[tuple[str, str]]:
    assert response.status_code == 200, response.json
    assert response.json is not None
    return [(each["id"], each["outcome"]) for each in response.json["records"]]


def test_a_signed_delivery_is_committed_before_it_is_answered(client: FlaskClient, pushed: App):
    assert outcomes(send(client, item())) == [("1", "new")]
    with reading(pushed.engine) as conn:
        assert find(conn, "warga", "1") is not None


@pytest.mark.parametrize("shape", ["one", "list", "feed"])
def test_an_object_a_list_and_the_feeds_own_shape_are_taken(shape: str, client: FlaskClient):
    body = {"one": item(1), "list": [item(1)], "feed": {"laporan": [item(1)], "jumlah": 1}}[shape]
    assert outcomes(send(client, body)) == [("1", "new")]


def test_a_replay_changes_nothing_and_says_so(client: FlaskClient):
    body = json.dumps([item(1), item(2, jenis="jalan_rusak")]).encode()
    assert outcomes(send(client, body)) == [("1", "new"), ("2", "new")]
    assert outcomes(send(client, body)) == [("1", "same"), ("2", "same")]


def test_a_replay_after_a_newer_delivery_takes_nothing_back(client: FlaskClient, pushed: App):
    old, stamp = json.dumps([item(1, judul="Lama"), item(2, dibuat="kapan")]).encode(), now_plus(-60)
    assert outcomes(send(client, old, stamp=stamp)) == [("1", "new"), ("2", "rejected")]
    assert outcomes(send(client, [item(1, judul="Baru")])) == [("1", "updated")]
    replayed = send(client, old, stamp=stamp)
    assert outcomes(replayed) == [("1", "same"), ("2", "rejected")]
    assert replayed.json is not None
    assert "'kapan' bukan waktu" in replayed.json["records"][1]["reason"]
    assert [each["title"] for each in all_cases(pushed.engine)] == ["Baru"]


def test_what_a_source_was_told_is_remembered_up_to_a_limit(client: FlaskClient, limit: Limit):
    limit(replays, "MOST", 3)
    stamp, items = now_plus(0), [item(number) for number in range(5)]
    for _ in range(2):
        for each in items:
            send(client, [each], stamp=stamp)
    kept = send(client, [items[4]], stamp=stamp)
    assert outcomes(kept) == [("4", "same")]


def test_while_a_secret_is_exchanged_both_are_taken(
    config: Config, home: Home, engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    new = "b" * 40
    monkeypatch.setenv(VARIABLE, new)
    monkeypatch.setenv("BATT_UJI_LAMA", SECRET)
    push = {"secret_env": VARIABLE, "old_secret_env": "BATT_UJI_LAMA"}
    made = create_app(a_render_context(replace(config, sources={"warga": settings(push=push)})), home, engine)
    client = made.flask.test_client()
    assert outcomes(send(client, item(1))) == [("1", "new")]
    assert outcomes(send(client, item(2), secret=new)) == [("2", "new")]
    for unfit in ("", "pendek"):
        monkeypatch.setenv("BATT_UJI_LAMA", unfit)
        assert outcomes(send(client, item(3), secret=new))[0][0] == "3"
        assert send(client, item(4), secret=unfit).status_code == 401
    made.hub.stop()


def test_the_same_id_twice_in_one_delivery_is_one_case(client: FlaskClient):
    assert outcomes(send(client, [item(1), item(1)])) == [("1", "new"), ("1", "same")]


def test_a_bad_record_is_told_with_its_reason_and_the_others_are_taken(client: FlaskClient):
    response = send(client, [item(1), item(2, dibuat="kapan-kapan"), "teks", item(3)])
    assert [outcome for _, outcome in outcomes(response)] == ["new", "rejected", "rejected", "new"]
    assert response.json is not None
    assert "'kapan-kapan' bukan waktu" in response.json["records"][1]["reason"]
    assert "reason" not in response.json["records"][0]


def test_an_empty_list_is_an_answer_too(client: FlaskClient):
    assert outcomes(send(client, [])) == []


def now_plus(seconds: int) -> str:
    return str(int(clock.now().timestamp()) + seconds)


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({TIMESTAMP: ""}, f"{TIMESTAMP} is missing"),
        ({SIGNATURE: ""}, f"{SIGNATURE} is missing"),
        ({TIMESTAMP: "kemarin"}, "no number"),
        ({TIMESTAMP: "١٢٣"}, "no number"),
        ({TIMESTAMP: "9" * 13}, "no number"),
        ({SIGNATURE: "sha256=" + "0" * 64}, "another than"),
        ({SIGNATURE: "sha1=abc"}, "another than"),
        ({SIGNATURE: "sha256=é"}, "another than"),
        ({"stamp": "-400"}, "400 s behind our clock"),
        ({"stamp": "400"}, "ahead of our clock"),
    ],
    ids=str,
)
def test_a_wrong_signature_is_told_what_is_expected(headers: dict[str, str], said: str, client: FlaskClient):
    if "stamp" in headers:
        headers = {"stamp": now_plus(int(headers["stamp"]))}
        said = said.replace("400 s ", "")
    response = send(client, item(), **headers)
    assert response.status_code == 401
    assert response.json is not None
    assert said in response.json["error"]
    assert "HMAC-SHA256 of TIMESTAMP + '.' + BODY" in response.json["error"]
    assert SECRET not in response.json["error"]


def test_a_body_changed_on_the_way_is_refused(client: FlaskClient):
    stamp = now_plus(0)
    signed = {TIMESTAMP: stamp, SIGNATURE: signature(SECRET, stamp, json.dumps(item(1)).encode())}
    assert client.post("/push/warga", json=item(2), headers=signed).status_code == 401


def test_a_clock_a_little_off_is_no_matter(client: FlaskClient):
    told = item(1)
    assert outcomes(send(client, told, stamp=now_plus(-290))) == [("1", "new")]
    assert outcomes(send(client, told, stamp=now_plus(290))) == [("1", "same")]


@pytest.mark.parametrize("name", ["tiada", "mati", "open311"])
def test_a_source_that_takes_no_deliveries_is_not_found(name: str, client: FlaskClient):
    assert send(client, item(), name).status_code == 404


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b'{"id": ', b"7", b'"teks"', b"null", b"[" * 100_000, b"\xff\xfe\xff"],
    ids=lambda body: str(body)[:12],
)
def test_a_body_that_is_no_json_is_a_bad_request(body: bytes, client: FlaskClient):
    response = send(client, body)
    assert response.status_code == 400
    assert response.json is not None
    assert response.json["error"].startswith("the body is")


def test_a_packed_body_is_told_to_come_as_it_is(client: FlaskClient):
    response = send(client, gzip.compress(json.dumps([item(1)]).encode()), Content_Encoding="gzip")
    assert response.status_code == 400
    assert response.json == {"error": "the body is packed (Content-Encoding: gzip); send it as it is"}
    assert outcomes(send(client, item(1), Content_Encoding="identity")) == [("1", "new")]


def test_chunks_beyond_the_limit_are_told_as_too_large(client: FlaskClient):
    body = json.dumps([item(1, judul="x" * 1_100_000)]).encode()
    stamp = now_plus(0)
    response = client.post(
        "/push/warga",
        input_stream=io.BytesIO(body),
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
        headers={TIMESTAMP: stamp, SIGNATURE: signature(SECRET, stamp, body)},
    )
    assert response.status_code == 413
    assert response.json == {"error": "the body is too large; at most 1,000,000 bytes"}


def test_too_much_at_once_is_refused_whole(client: FlaskClient, pushed: App):
    assert send(client, [item(n) for n in range(501)]).status_code == 413
    assert send(client, b"[" + b" " * 1_100_000 + b"]").status_code == 413
    with reading(pushed.engine) as conn:
        assert find(conn, "warga", "1") is None


def test_too_often_is_told_when_to_come_again(client: FlaskClient):
    assert [send(client, [], "sempit").status_code for _ in range(3)] == [200, 200, 429]
    assert int(send(client, [], "sempit").headers["Retry-After"]) > 0
    assert send(client, []).status_code == 200


def test_who_guesses_is_slowed_down_and_keeps_nobody_out(client: FlaskClient):
    codes = [send(client, item(), X_BATT_Signature="sha256=0").status_code for _ in range(61)]
    assert (codes[0], codes[-1]) == (401, 429)
    assert send(client, item()).status_code == 200


@pytest.mark.parametrize("value", [None, "pendek"])
def test_without_a_proper_secret_nothing_is_taken_and_the_wall_knows(
    value: str | None, client: FlaskClient, pushed: App, monkeypatch: pytest.MonkeyPatch
):
    if value:
        monkeypatch.setenv("BATT_UJI_TIADA", value)
    response = send(client, item(), "tanpa")
    assert response.status_code == 503
    assert "BATT_UJI" not in response.text
    pushed.intake_health.save(clock.now())
    with reading(pushed.engine) as conn:
        assert "BATT_UJI_TIADA" in (state_of(conn, "tanpa").error or "")


def test_the_door_is_heard_of_by_its_beat(client: FlaskClient, pushed: App):
    send(client, [item(1), item(2, jenis="jalan_rusak"), item(3, dibuat="")])
    now = clock.now()
    pushed.intake_health.save(now)
    pushed.intake_health.save(now)
    with reading(pushed.engine) as conn:
        state, other = state_of(conn, "warga"), state_of(conn, "dua_arah")
    assert (state.delivered, state.rejected, state.error) == (2, 1, None)
    assert state.last_success_at is not None
    assert state.lag_s is not None
    assert abs(state.lag_s - 3600) < 60
    assert other.last_success_at is None, "of its health speaks the poller"


def test_a_busy_store_asks_to_come_again(client: FlaskClient, engine: Engine, pushed: App, config: Config, home: Home):
    with writing(engine):
        response = send(client, item())
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert outcomes(send(client, item())) == [("1", "new")]


def test_who_only_brings_is_not_asked(pushed: App):
    jobs = Jobs(pushed.config, pushed.home, pushed.engine, pushed.context, pushed.pipeline)
    jobs.start()
    asked = {thread.name for thread in threading.enumerate() if thread.name.startswith("source ")}
    jobs.stop()
    jobs.wait(60)
    assert asked == {"source dua_arah"}
