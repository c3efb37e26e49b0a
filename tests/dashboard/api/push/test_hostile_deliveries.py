"""What is pushed that cannot be: each record told with its reason and kept, and the good ones beside it taken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.api.push import routes
from dashboard.app import App, create_app
from dashboard.config.home import Home
from dashboard.config.load import Config
from data.store.db.engine import Engine, reading, writing
from data.store.intake.rejected import RejectedEntry, waiting
from data.texts import texts
from ingest.pipeline import rejected_buffer
from tests.conftest import Limit
from tests.dashboard.api.push.test_routes import SECRET, VARIABLE, now_plus, outcomes, send, settings
from tests.dashboard.conftest import a_render_context
from tests.ingest.commits import commits
from tests.ingest.doors import all_cases
from tests.ingest.hostile.values import MAPPING, VALUES, a_row, mended, rows

pytestmark = pytest.mark.both_engines

MOST = 60
"""Records in a delivery, where the volume proves nothing more."""
REFUSED = {f"h-{n}": value for n, value in enumerate(VALUES.values()) if value.said}


@pytest.fixture
def pushed(config: Config, home: Home, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    monkeypatch.setenv(VARIABLE, SECRET)
    sources = {"warga": settings(mapping=MAPPING)}
    made = create_app(a_render_context(replace(config, sources=sources)), home, engine)
    made.flask.testing = True
    yield made
    made.hub.stop()


@pytest.fixture
def client(pushed: App) -> FlaskClient:
    return pushed.flask.test_client()


def kept(app: App) -> list[RejectedEntry]:
    with reading(app.engine) as conn:
        return waiting(conn)


def test_hostile_values_are_told_by_name_or_taken_and_the_good_ones_beside_them_come_in(
    client: FlaskClient, pushed: App
):
    response = send(client, rows())
    assert [outcome for _, outcome in outcomes(response)] == [
        "new",
        *("rejected" if value.said else "new" for value in VALUES.values()),
        "new",
    ]
    assert response.json is not None
    told: list[dict[str, Any]] = response.json["records"]
    for name, record in zip(VALUES, told[1:-1], strict=True):
        assert [part for part in VALUES[name].said if part not in record.get("reason", "")] == [], name
    assert len(all_cases(pushed.engine)) == len(told) - len(REFUSED)
    assert {row.record.external_id: texts("id").stored_sentence(row.record.reason) for row in kept(pushed)} == {
        record["id"]: record["reason"] for record in told if "reason" in record
    }


def test_what_was_refused_is_kept_once_and_comes_in_when_it_is_mended(client: FlaskClient, pushed: App):
    for seconds in range(2):
        send(client, rows(), stamp=now_plus(seconds))
    assert len(kept(pushed)) == len(REFUSED)
    assert {outcome for _, outcome in outcomes(send(client, mended()))} <= {"new", "same", "updated"}
    assert len(kept(pushed)) == sum(value.nameless for value in REFUSED.values())
    assert len(all_cases(pushed.engine)) == len(mended())


def test_as_many_different_bad_records_as_a_delivery_holds_are_kept_in_one_transaction(
    client: FlaskClient, pushed: App, limit: Limit
):
    assert routes.MOST <= rejected_buffer.MAX_RECORDS
    limit(routes, "MOST", MOST)
    limit(rejected_buffer, "MAX_RECORDS", MOST)
    bad = [a_row(str(n), tanggal=f"kemarin {n}") for n in range(MOST)]
    for seconds in range(2):
        with commits(pushed.engine) as seen:
            assert outcomes(send(client, bad, stamp=now_plus(seconds))) == [(str(n), "rejected") for n in range(MOST)]
        assert seen == ["write"]
        assert [row.record.external_id for row in kept(pushed)] == [str(n) for n in range(MOST)]
    with commits(pushed.engine) as seen:
        assert outcomes(send(client, [*bad[:30], a_row("baik"), *bad[31:]]))[30] == ("baik", "new")
    assert seen == ["write"] * 2
    assert {outcome for _, outcome in outcomes(send(client, [a_row(str(n)) for n in range(MOST)]))} == {"new"}
    assert kept(pushed) == []


def test_what_a_busy_store_did_not_keep_is_kept_when_it_is_sent_again(client: FlaskClient, pushed: App, engine: Engine):
    bad = [a_row(str(n), tanggal=f"kemarin {n}") for n in range(3)]
    with writing(engine):
        assert send(client, bad).status_code == 503
    assert kept(pushed) == []
    assert [outcome for _, outcome in outcomes(send(client, bad))] == ["rejected"] * 3
    assert len(kept(pushed)) == 3


def test_as_many_categories_as_a_delivery_holds_are_one_for_triage(client: FlaskClient, pushed: App, limit: Limit):
    limit(routes, "MOST", MOST)
    assert len(outcomes(send(client, [a_row(str(n), kategori=f"jenis {n}") for n in range(MOST)]))) == MOST
    assert {case["category"] for case in all_cases(pushed.engine)} == {"lainnya"}


@pytest.mark.parametrize(
    ("text", "encoding"), [("NUL \x00", "ascii"), ("setengah \ud83d", "ascii"), ("Café", "cp1252")]
)
def test_a_text_that_is_none_is_refused_in_its_record_alone(client: FlaskClient, pushed: App, text: str, encoding: str):
    body = json.dumps([a_row("1"), a_row("2", judul=text), a_row("3")], ensure_ascii=encoding == "ascii")
    response = send(client, body.encode(encoding))
    assert [outcome for _, outcome in outcomes(response)] == ["new", "rejected", "new"]
    (row,) = kept(pushed)
    assert row.record.external_id == "2"
    assert "berisi" in texts("id").stored_sentence(row.record.reason)


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (json.dumps([a_row("1")]).encode()[:-9], 400, "cut off"),
        (b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'ha'>]><x>&a;</x>", 400, "XML, not JSON"),
        (json.dumps([a_row("1")]).encode("utf-16")[:-1], 400, "not UTF-8 text"),
        (b"[" + b"{}," * 300_000 + b"{}]", 413, "300001 records at once; at most 500: send them in parts"),
        (b"[" + b" " * 50_000_000 + b"]", 413, "the body is too large; at most"),
    ],
    ids=["cut", "XML with an entity", "another encoding", "very many tiny records", "fifty megabytes"],
)
def test_a_body_that_cannot_be_taken_is_told_and_the_next_one_is_taken(
    client: FlaskClient, pushed: App, body: bytes, status: int, said: str
):
    response = send(client, body)
    assert response.status_code == status
    assert response.json is not None
    assert said in response.json["error"]
    assert (all_cases(pushed.engine), kept(pushed)) == ([], [])
    assert outcomes(send(client, [a_row("1")])) == [("1", "new")]
