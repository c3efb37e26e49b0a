"""What is posted that cannot be: told to the sender, stored as nothing, and the next report comes in."""

from __future__ import annotations

import pytest

from dashboard.app import App
from data.store.db.engine import reading
from data.store.intake.rejected import waiting
from tests.dashboard.api.open311.open311_client import V2, faults, post, rows

BOMB = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><request><description>&b;</description></request>'


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ({"lat": "0", "long": "0.0"}, "lat and long are 0, 0, which is no position: leave them out"),
        ({"lat": "112.5268", "long": "-7.8712"}, "lat is '112.5268'"),
        ({"lat": "-7,8712", "long": "112,5268"}, "lat is '-7,8712'"),
        ({"lat": "selatan"}, "lat is 'selatan'"),
        ({"lat": "1e400"}, "lat is '1e400'"),
    ],
)
def test_a_position_that_cannot_be_is_told_and_stored_as_nothing(app: App, key: str, place: dict[str, str], said: str):
    answer = post(app, key, **place)
    assert answer.status_code == 400
    assert faults(answer)[0].startswith(said)
    assert rows(app) == []
    assert post(app, key).status_code == 200
    assert len(rows(app)) == 1


def test_a_position_outside_the_city_is_taken_and_called_so(app: App, key: str):
    assert post(app, key, lat="-6.2", long="106.8").status_code == 200
    (case,) = rows(app)
    assert (case["lat"], case["precision"], case["village"]) == (-6.2, "outside", None)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"service_code": "sampah"', "application/json"),
        (b"<request><service_code>sampah</serv", "text/xml"),
        (BOMB, "application/xml"),
        (b"PK\x03\x04", "application/zip"),
        (b"\x1f\x8b\x08\x00", "application/gzip"),
        (b"service_code=sampah&lat=-7.87&long=112.52&description=%00", "application/x-www-form-urlencoded"),
        (b"service_code=sampah&lat=-7.87&long=112.52&description=\xff\xfe", "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_that_is_no_form_is_told_in_both_formats_and_the_next_one_is_taken(
    app: App, key: str, body: bytes, kind: str
):
    client = app.flask.test_client()
    assert faults(client.post(f"{V2}/requests.json?api_key={key}", data=body, content_type=kind))
    answer = client.post(f"{V2}/requests.xml?api_key={key}", data=body, content_type=kind)
    assert answer.status_code == 400
    assert answer.text.count("<error>") == 1
    assert rows(app) == []
    assert post(app, key).status_code == 200
    assert len(rows(app)) == 1
    with reading(app.engine) as conn:
        assert waiting(conn) == [], "the sender was told; nothing is kept of it"
