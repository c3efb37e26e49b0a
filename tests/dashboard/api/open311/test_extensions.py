"""bbox and extensions=true: places and histories, as far as they are everybody's business."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from dashboard.api.open311.masking import masked
from dashboard.app import App
from data import clock
from data.domain.cases.model import TELLING, ActorKind, CaseEvent, EventKind, Precision
from data.store.db.engine import writing
from data.store.queries.open311_requests import Box
from tests.dashboard.api.open311.open311_client import V2
from tests.factories import DAY, SISIR, a_case, event, received, stored

HERE: Box = (112.52, -7.88, 112.53, -7.86)
WHOLE = "112.4,-8,112.7,-7.7"


def get(app: App, path: str) -> Any:
    answer = app.flask.test_client().get(f"{V2}/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json


def keep(app: App, *later: CaseEvent, **changes: object) -> str:
    """A case of an hour ago; its code."""
    now = clock.now().replace(microsecond=0)
    case = a_case(**changes)
    with writing(app.engine) as conn:
        stored(conn, case, [received(now - timedelta(hours=1)), *later], now)
    return case.code


def box(*edges: float) -> str:
    return "bbox=" + ",".join(map(str, edges))


def codes(app: App, query: str) -> list[str]:
    return [each["service_request_id"] for each in get(app, f"requests.json?{query}")]


def test_a_box_holds_what_lies_in_it_and_on_its_edges(app: App):
    inside = keep(app, lat=-7.87, lon=112.525)
    edge = keep(app, lat=-7.88, lon=112.53)
    keep(app, lat=-7.881, lon=112.525)
    keep(app, lat=-7.87, lon=112.5301)
    assert set(codes(app, box(*HERE))) == {inside, edge}
    assert codes(app, box(112.525, -7.87, 112.525, -7.87)) == [inside]


@pytest.mark.parametrize("precision", [Precision.VILLAGE, Precision.DISTRICT, Precision.NONE])
def test_a_place_that_is_not_known_is_in_no_box_and_has_no_position(app: App, precision: Precision):
    code = keep(app, precision=precision, lat=-7.87, lon=112.525)
    assert codes(app, f"bbox={WHOLE}") == []
    for path in (f"requests/{code}.json?extensions=true", "requests.json"):
        (found,) = get(app, path)
        assert (found["lat"], found["long"]) == (None, None)
    assert "112.525" not in app.flask.test_client().get(f"{V2}/requests.csv").text


def test_a_private_case_is_in_no_box_no_history_and_no_file(app: App):
    code = keep(app, category="narkoba")
    confidential = keep(app, category="sampah", private=True)
    client = app.flask.test_client()
    for query in (f"bbox={WHOLE}", "extensions=true", f"service_request_id={code},{confidential}&extensions=true"):
        assert get(app, f"requests.json?{query}") == []
    assert code not in client.get(f"{V2}/requests.csv?service_request_id={code}").text
    assert [client.get(f"{V2}/tokens/{each}.json").status_code for each in (code, confidential)] == [404, 404]


def test_a_token_is_a_requests_own_id(app: App):
    code = keep(app)
    assert get(app, f"tokens/{code}.json") == [{"service_request_id": code, "token": code}]


def history(minute: timedelta = timedelta(minutes=1)) -> list[CaseEvent]:
    """Everything that can happen, each with something in it that is nobody's business."""
    at = clock.now().replace(microsecond=0) - timedelta(minutes=50)
    kinds = [kind for kind in EventKind if kind is not EventKind.RECEIVED]
    return [
        event(
            kind,
            at + n * minute,
            actor="Petugas Rahasia",
            agency="dlh",
            reason="citizen" if kind is EventKind.PAUSED else None,
            category="sampah" if kind is EventKind.RECLASSIFIED else None,
            text=f"ucapan {kind}",
            score=1 if kind is EventKind.RATED else None,
        )
        for n, kind in enumerate(kinds)
    ]


def test_notes_tell_what_was_done_and_what_was_said_to_the_citizen_and_nothing_else(app: App):
    code = keep(app, *history())
    (found,) = get(app, f"requests/{code}.json?extensions=true")
    notes = found["notes"]
    kinds = [note["type"] for note in notes]
    nobody_else = TELLING | {EventKind.NOTE, EventKind.RATED, EventKind.UNDONE}
    assert kinds == [kind for kind in EventKind if kind not in nobody_else]
    assert all(note.keys() == {"datetime", "description", "type"} and note["datetime"].endswith("Z") for note in notes)
    assert [note["description"] for note in notes if "ucapan" in note["description"]] == [
        "Dijawab oleh Dinas DLH. ucapan answered",
        "Selesai ditangani oleh Dinas DLH. ucapan resolved",
    ]
    assert {"Ditunda: Menunggu warga.", "Kategori: Sampah."} <= {note["description"] for note in notes}
    for secret in ("Petugas Rahasia", "Ibu Warga", "0812000111"):
        assert secret not in json.dumps(found)


def test_what_a_citizen_or_a_machine_said_is_no_note(app: App):
    at = clock.now() - timedelta(minutes=30)
    said = [
        event(EventKind.ANSWERED, at, actor_kind=who, text="ucapan") for who in (ActorKind.CITIZEN, ActorKind.SYSTEM)
    ]
    (found,) = get(app, f"requests/{keep(app, *said)}.json?extensions=true")
    assert "ucapan" not in json.dumps(found)


def test_a_case_that_was_private_once_has_no_notes(app: App):
    at = clock.now() - timedelta(minutes=30)
    moved = [event(EventKind.RECLASSIFIED, at, category=to) for to in ("narkoba", "sampah")]
    (found,) = get(app, f"requests/{keep(app, *moved, category='sampah')}.json?extensions=true")
    assert found["notes"] == []


def test_attributes_tell_state_village_and_how_well_the_place_is_known(app: App):
    keep(app)
    (found,) = get(app, "requests.json?extensions=1")
    assert found["extended_attributes"] == {
        "state": "received",
        "village_code": SISIR,
        "village": "Sisir",
        "district": "Batu",
        "location_precision": "exact",
        "service_class": "Pengaduan",
    }


def test_without_being_asked_nothing_is_added(app: App):
    keep(app)
    for query in ("", "extensions=false", "extensions="):
        (found,) = get(app, f"requests.json?{query}")
        assert not {"extended_attributes", "notes"} & found.keys()


def test_pages_of_changes_bring_every_case_once(app: App):
    made = {keep(app) for _ in range(7)}
    since = (clock.now() - DAY).strftime("%Y-%m-%dT%H:%M:%SZ")
    pages = [codes(app, f"updated_after={since}&page={page}&page_size=3") for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert {code for page in pages for code in page} == made


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Hubungi 0812-3456-7890 ya", "Hubungi […] ya"),
        ("WA +62 812 3456 7890.", "WA […]."),
        ("628123456789", "[…]"),
        ("surel: siti.a@contoh.co.id!", "surel: […]!"),
        ("NIK 3579014405900001", "NIK […]"),
        ("Di -7.8712345, 112.5268123 jam 08.12", "Di -7.8712345, 112.5268123 jam 08.12"),
        ("Laporan AW-2611-0812 dan 0341-592146", "Laporan AW-2611-0812 dan 0341-592146"),
        ("Rp 08123456789012345", "Rp 08123456789012345"),
        ("jalan rusak 2026-11-24 sampai 25.000 orang", "jalan rusak 2026-11-24 sampai 25.000 orang"),
    ],
)
def test_how_to_reach_somebody_is_left_out_of_a_text_and_nothing_else_is(text: str, told: str):
    assert masked(text) == told
