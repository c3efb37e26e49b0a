"""What is wrong with a request is told: as an array, in JSON, every fault at once, never as a server error."""

from __future__ import annotations

import pytest

from dashboard.app import App
from tests.dashboard.api.open311.open311_client import V2, faults, post, rows


@pytest.fixture
def url(sqlite_url: str) -> str:
    """None of this depends on the kind of database."""
    return sqlite_url


@pytest.mark.parametrize("given", [None, "", "batt_wrong", "x" * 5000])
def test_a_missing_or_wrong_key_is_403_before_anything_else_is_looked_at(app: App, given: str | None):
    answer = post(app, given, service_code="nonsense", lat="north")
    assert answer.status_code == 403
    assert len(faults(answer)) == 1
    assert rows(app) == []


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"service_code": ""}, 400, ["service_code is missing"]),
        ({"service_code": "nonsense"}, 404, ["there is no service 'nonsense'"]),
        ({"lat": "", "long": ""}, 400, ["the place is missing"]),
        ({"lat": "north"}, 400, ["lat is 'north'"]),
        ({"lat": "nan"}, 400, ["lat is 'nan'"]),
        ({"lat": "1e400"}, 400, ["lat is '1e400'"]),
        ({"lat": "-91"}, 400, ["lat is '-91'"]),
        ({"long": ""}, 400, ["long is missing"]),
        ({"lat": "0", "long": "0"}, 400, ["which is no position"]),
        ({"description": "x" * 4001}, 400, ["description has 4001 characters"]),
        ({"email": "x" * 201}, 400, ["email has 201"]),
        ({"attribute[village]": "Atlantis"}, 400, ["no village of this city"]),
        ({"attribute[service_class]": "x"}, 400, ["right would be pengaduan"]),
        ({"lat": "", "long": "", "address_id": "12"}, 400, ["address_id is '12'"]),
        ({"description": "a\0b"}, 400, ["'description' holds characters that are no text"]),
        ({"description": "a\x1bb"}, 400, ["'description' holds characters that are no text"]),
        ({"lat": "1_0"}, 400, ["lat is '1_0'"]),
        ({"lat": "-7,87"}, 400, ["lat is '-7,87'"]),
        (
            {"service_code": "nonsense", "lat": "x", "long": "", "email": "x" * 201},
            400,
            ["no service", "lat is 'x'", "long is missing", "email has 201"],
        ),
    ],
)
def test_every_fault_of_a_report_has_its_own_entry(
    app: App, key: str, changes: dict[str, str], status: int, said: list[str]
):
    answer = post(app, key, **changes)
    assert answer.status_code == status
    told = faults(answer)
    assert len(told) == len(said), told
    assert all(part in line for part, line in zip(said, told, strict=True)), told
    assert rows(app) == []


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b'{"service_code": "sampah"}', "application/json", 400),
        (b"service_code=sampah", "text/plain", 400),
        (b"service_code=sampah", "", 400),
        (b"description=%E9%E8", "application/x-www-form-urlencoded", 400),
        (b"description=\xe9", "application/x-www-form-urlencoded", 400),
        (b"&".join([b"a=1"] * 1000), "application/x-www-form-urlencoded", 400),
        (b"", "multipart/form-data", 403),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x", 403),
        (b"description=" + b"x" * 1_000_001, "application/x-www-form-urlencoded", 413),
    ],
)
def test_a_body_that_cannot_be_read_is_told_and_never_a_server_error(
    app: App, body: bytes, content_type: str, status: int
):
    answer = app.flask.test_client().post(f"{V2}/requests.json", data=body, content_type=content_type)
    assert answer.status_code == status, answer.text
    assert faults(answer)


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("start_date=yesterday&end_date=2026-01-01&status=new&page=x", 400, 4),
        ("start_date=2026-01-01T00:00:00Z&end_date=2026-06-01T00:00:00Z", 400, 1),
        ("start_date=2026-02-01T00:00:00Z&end_date=2026-01-01T00:00:00Z", 400, 1),
        ("start_date=2026-01-01T00:00:00", 400, 1),
        ("service_code=nonsense,sampah", 404, 1),
        ("page=99999999999", 400, 1),
        ("service_request_id=" + ",".join(map(str, range(1001))), 400, 1),
        ("service_request_id=a%00b&status=%FF", 400, 2),
        ("start_date=9999-12-31T23:59:59Z&end_date=0001-01-01T00:00:00%2B14:00", 400, 1),
        ("start_date=2026-02-31T00:00:00Z", 400, 1),
        ("updated_after=2026-02-01T00:00:00Z&updated_before=2026-01-01T00:00:00Z", 400, 1),
        ("bbox=1,2,3", 400, 1),
        ("bbox=112.6,-7.9,112.4,-7.7", 400, 1),
        ("bbox=112.4,-7.7,112.6,-7.9", 400, 1),
        ("bbox=nan,-7.9,112.6,-7.7", 400, 1),
        ("bbox=-181,-7.9,112.6,-7.7", 400, 1),
        ("extensions=perhaps", 400, 1),
    ],
)
def test_wrong_questions_are_told_every_fault(app: App, query: str, status: int, said: int):
    answer = app.flask.test_client().get(f"{V2}/requests.json?{query}")
    assert answer.status_code == status
    assert len(faults(answer)) == said


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "services.csv", 404),
        ("GET", "services/nonsense.json", 404),
        ("GET", "requests/AW-0000-0000.json", 404),
        ("GET", "tokens/1.json", 404),
        ("GET", "", 404),
        ("GET", "tokens/a%00b.json", 404),
        ("GET", "requests/a%00b.json", 404),
        ("DELETE", "requests.json", 405),
        ("PUT", "requests", 405),
    ],
)
def test_what_is_not_here_is_told_as_a_fault(app: App, method: str, path: str, status: int):
    answer = app.flask.test_client().open(f"{V2}/{path}", method=method)
    assert answer.status_code == status
    assert faults(answer)
