"""What a report says too much costs that and never the report: attributes of no service, photos that cannot be had."""

from __future__ import annotations

import pytest

from dashboard.app import App
from data import clock
from data.store.db.engine import reading
from data.store.db.schema.cases import case_event
from data.store.queries import command_map, queue_board, sla_wall, ticker
from ingest.http.network import is_inner
from tests.dashboard.api.open311.open311_client import V2, faults, post, rows
from tests.dashboard.conftest import Unread
from tests.dashboard.jobs.test_photos import a_key
from tests.factories import TEMAS

NOTICE = "Simpan nomor ini untuk menanyakan perkembangannya."


@pytest.fixture
def url(sqlite_url: str) -> str:
    """None of this depends on the kind of database."""
    return sqlite_url


def notes(app: App) -> list[str]:
    """The texts of all notes."""
    with reading(app.engine) as conn:
        return [row.text for row in conn.execute(case_event.select().where(case_event.c.kind == "note"))]


def accepted(app: App, key: str, **changes: str) -> str:
    """Post a report that must be accepted; what its notice says beside the usual."""
    answer = post(app, key, **changes)
    assert answer.status_code == 200, answer.text
    return str((answer.json or [])[0]["service_notice"]).removeprefix(NOTICE).strip()


@pytest.mark.parametrize("name", ["attribute[colour]", "attribute[colour][]", "attribute[village]", "attribute[]"])
@pytest.mark.parametrize("value", ["", "  ", "null"])
def test_an_empty_attribute_is_none(app: App, key: str, name: str, value: str):
    accepted(app, key, **{name: value})
    assert notes(app) == []


def test_attributes_of_no_service_are_kept_in_a_note(app: App, key: str):
    accepted(app, key, **{"attribute[colour]": "red <b>x</b>", "attribute[village]": "Temas", "attribute[depth]": "30"})
    assert notes(app) == ["colour: red x\ndepth: 30"]
    assert rows(app)[0]["state"] == "received"


def test_an_empty_list_beside_a_value_takes_nothing_away(app: App, key: str):
    accepted(
        app, key, lat="", long="", address_string="Pasar", **{"attribute[village]": "Temas", "attribute[village][]": ""}
    )
    assert rows(app)[0]["village"] == TEMAS


def test_a_list_of_values_is_one_attribute(app: App, key: str):
    form = {"service_code": "sampah", "lat": "-7.87", "long": "112.52", "api_key": key}
    form |= {"attribute[kind][]": ["plastic", "paper", "plastic", ""]}  # type: ignore[dict-item]
    assert app.flask.test_client().post(f"{V2}/requests.json", data=form).status_code == 200
    assert notes(app) == ["kind: plastic, paper"]


def test_the_note_is_bounded_in_number_and_length(app: App, key: str):
    accepted(app, key, **{f"attribute[{n:02}{'n' * 500}]": "v" * 5000 for n in range(30)})
    (note,) = notes(app)
    lines = note.split("\n")
    assert (len(lines), lines[-1]) == (21, "… (+10)")
    assert max(map(len, lines)) <= 402


def test_no_wall_and_no_answer_tells_such_a_note(app: App, key: str):
    accepted(app, key, **{"attribute[phone]": "RAHASIA 0812-3456-7890"})
    told = app.flask.test_client().get(f"{V2}/requests.json?extensions=true").text
    query = app.context.query
    with reading(app.engine) as conn:
        asks = (queue_board.ask, sla_wall.ask, ticker.ask, command_map.ask)
        told += repr([ask(conn, app.config.city, query.calendars, clock.now(), 50) for ask in asks])
    assert "Sampah menumpuk" in told
    assert "RAHASIA" not in told


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("javascript:alert(1)", "bukan alamat http(s)"),
        ("ftp://a.example/1.jpg", "bukan alamat http(s)"),
        ("http://", "bukan alamat http(s)"),
        ("http://[::1", "bukan alamat http(s)"),
        ("https://a.example/foto saya.jpg", "bukan alamat http(s)"),
        ("data:image/png;base64,AAAA", "bukan alamat http(s)"),
        ("foto\x00.jpg", "bukan alamat http(s)"),
        ("https://a.example/" + "x" * 2000, "alamatnya lebih panjang dari 2.000 huruf"),
        ("http://192.168.1.7/foto.jpg", "alamatnya di dalam jaringan sendiri"),
        ("http://127.0.0.1:8600/metrics", "alamatnya di dalam jaringan sendiri"),
        ("http://169.254.169.254/latest", "alamatnya di dalam jaringan sendiri"),
        ("http://[::ffff:10.0.0.1]/1.jpg", "alamatnya di dalam jaringan sendiri"),
        ("http://2130706433/1.jpg", "alamatnya di dalam jaringan sendiri"),
        ("http://localhost/1.jpg", "alamatnya di dalam jaringan sendiri"),
    ],
)
def test_a_photo_that_cannot_be_had_never_refuses_the_report(public: App, address: str, why: str):
    said = accepted(public, a_key(public), media_url=address)
    assert said == f"Foto di media_url tidak dipakai: {why}."
    assert rows(public)[0]["media_url"] is None
    assert (public.flask.test_client().get(f"{V2}/requests.json").json or [])[0]["media_url"] is None


def test_of_several_addresses_the_first_counts(app: App, key: str):
    form = {"service_code": "sampah", "lat": "-7.87", "long": "112.52", "api_key": key}
    form |= {"media_url": ["", "https://a.example/1.jpg", "https://a.example/2.jpg"]}  # type: ignore[dict-item]
    assert app.flask.test_client().post(f"{V2}/requests.json", data=form).status_code == 200
    assert rows(app)[0]["media_url"] == "https://a.example/1.jpg"


@pytest.mark.parametrize("form", ["json", "xml", "csv"])
def test_while_photos_are_not_published_no_answer_has_an_address_of_one(app: App, key: str, form: str):
    assert accepted(app, key, media_url="https://a.example/wajah.jpg") == ""
    told = app.flask.test_client().get(f"{V2}/requests.{form}").text
    assert "Sampah menumpuk" in told
    assert "wajah" not in told


def test_other_faults_are_told_as_before(app: App, key: str):
    said = faults(
        post(app, key, lat="x", media_url="x", **{"attribute[colour]": "red", "attribute[village]": "Atlantis"})
    )
    assert said == [
        "lat is 'x'; right would be a number from -90 to 90",
        "attribute[village] is 'Atlantis': no village of this city",
    ]


@pytest.mark.parametrize(
    ("host", "inner"),
    [
        ("8.8.8.8", False),
        ("foto.example", False),
        ("2001:4860:4860::8888", False),
        ("10.1", True),
        ("fe80::1%eth0", True),
        ("pc.local", True),
        ("LOCALHOST.", True),
        ("0x7f.1", True),
        ("", False),
    ],
)
def test_a_host_that_is_an_inner_address_in_any_form_is_known_by_its_name(host: str, inner: bool):
    assert is_inner(host) is inner


def test_a_wrong_key_in_the_query_is_told_before_the_body_is_read(app: App, key: str):
    client, kind = app.flask.test_client(), "multipart/form-data; boundary=x"
    body = Unread(b"")
    answer = client.post(
        f"{V2}/requests.json?api_key=wrong", input_stream=body, content_length=20_000_000, content_type=kind
    )
    assert (answer.status_code, body.reads) == (403, 0)
