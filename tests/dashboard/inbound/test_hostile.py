"""What is no delivery of a gateway is refused, says what would be right, and leaves nothing behind."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dashboard.app import App
from dashboard.inbound.reading import READERS, NotUnderstood
from data import clock
from data.store.db.engine import reading
from data.store.db.schema.cases import case, rejected
from data.store.intake.sources import state_of
from ingest.sources.feed.body import InvalidJson
from tests.dashboard.inbound.conftest import Gateways

TEXT = {"type": "message.received", "data": {"from": "081234567890", "text": "Sampah menumpuk di Sisir"}}


def stored(app: App) -> int:
    with reading(app.engine) as conn:
        return sum(len(conn.execute(table.select()).all()) for table in (case, rejected))


def test_a_wrong_signature_or_an_old_one_is_refused_by_every_gateway(app: App, gateways: Gateways):
    for answer in (
        gateways.signed(TEXT, "a", key=b"x" * 32),
        gateways.signed(TEXT, "a", away_s=-301),
        gateways.signed(TEXT, "a", away_s=301),
        gateways.signed(TEXT, ""),
        gateways.client.post("/pesan/sms", json=TEXT),
        gateways.meta({"id": "1", "from": "081234567890", "type": "text", "text": {"body": "x"}}, key="n" * 32),
        gateways.client.post("/pesan/wa", json={}, headers={"X-Hub-Signature-256": "sha256="}),
        gateways.twilio(key="u" * 32, MessageSid="1", From="+6281234567890", Body="x"),
        gateways.client.post("/pesan/tw", data=b"\xff\xfe", headers={"X-Twilio-Signature": "\x80"}),
    ):
        assert answer.status_code == 401, answer.text
        assert answer.json is not None
        assert answer.json["error"]
    assert stored(app) == 0


def test_a_signature_does_not_count_for_another_body_or_id(app: App, gateways: Gateways):
    good = gateways.signed(TEXT, "msg_1")
    assert good.status_code == 200
    headers = {name: good.request.headers[f"webhook-{name}"] for name in ("id", "timestamp", "signature")}
    for body, changed in ((b"{}", {}), (json.dumps(TEXT).encode(), {"id": "msg_2"})):
        sent = {f"webhook-{name}": value for name, value in (headers | changed).items()}
        assert gateways.client.post("/pesan/sms", data=body, headers=sent).status_code == 401
    sent = {f"webhook-{name}": value for name, value in headers.items()}
    again = gateways.client.post("/pesan/sms", data=json.dumps(TEXT).encode(), headers=sent)
    assert again.json == {"messages": [{"id": "msg_1", "became": "same"}]}


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"x" * 300_000, 413),
        (b"{", 400),
        (b"[" * 5000, 400),
        (b"\xff", 400),
        ({"type": "contact.created"}, 200),
        ([], 200),
        ({"type": 7, "data": {"from": ["x"], "text": {"a": 1}, "lat": "NaN", "lon": 1e400, "media": "x"}}, 200),
    ],
)
def test_a_body_that_is_too_large_or_broken_or_of_an_unknown_type_never_fails(
    app: App, gateways: Gateways, content: Any, status: int
):
    answer = gateways.signed(content, "msg_odd")
    assert answer.status_code == status, answer.text
    if status == 200:
        assert answer.json == {"messages": [{"id": "msg_odd", "became": "rejected"}]}


def test_too_many_messages_at_once_are_refused_whole(app: App, gateways: Gateways):
    one = {"from": "081234567890", "type": "text", "text": {"body": "Sampah di Sisir"}}
    assert gateways.meta(*({**one, "id": str(n)} for n in range(101))).status_code == 413
    assert stored(app) == 0


def test_meta_is_answered_its_challenge_when_it_knows_the_token(gateways: Gateways):
    asked = {"hub.mode": "subscribe", "hub.verify_token": "kata-sandi-uji", "hub.challenge": "1158201444"}
    answer = gateways.client.get("/pesan/wa", query_string=asked)
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "1158201444", "text/plain")
    for wrong in ({"hub.verify_token": "x"}, {"hub.mode": "x"}, {"hub.challenge": "<script>"}, {"hub.challenge": ""}):
        assert gateways.client.get("/pesan/wa", query_string=asked | wrong).status_code == 403
    assert gateways.client.get("/pesan/sms", query_string=asked).status_code == 403
    assert gateways.client.get("/pesan/tiada", query_string=asked).status_code == 404


def test_twilio_gets_the_answer_that_it_wants(app: App, gateways: Gateways):
    form = {"MessageSid": "SM1", "From": "whatsapp:+6281234567890", "Body": "Sampah menumpuk di Sisir", "NumMedia": "0"}
    for _ in range(2):
        answer = gateways.twilio(**form)
        assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    assert stored(app) == 1


def test_a_gateway_without_its_secret_is_down_and_the_others_are_well(app: App, gateways: Gateways):
    assert gateways.client.post("/pesan/tanpa", json=TEXT).status_code == 503
    app.intake_health.save(clock.now())
    with reading(app.engine) as conn:
        missing, fine = state_of(conn, "tanpa"), state_of(conn, "sms")
    assert "BATT_UJI_TIADA" in (missing.error or "")
    assert fine.last_success_at is not None


@pytest.mark.parametrize("kind", READERS)
def test_no_reader_fails_at_any_bytes(kind: str):
    for body in (
        b"",
        b"null",
        b'{"entry": [1, {"changes": [[], {"value": {"messages": [0, {"type": []}]}}]}]}',
        b"=&=%",
        b"\x00",
    ):
        try:
            found = READERS[kind](body, "1")
        except (NotUnderstood, InvalidJson):
            continue
        assert all(isinstance(message.text, str) for message in found)
