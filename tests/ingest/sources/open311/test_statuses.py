"""Closed, opened again, updated: each told once, at its own time, in whatever order it comes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from data.domain.cases.model import ActorKind, CaseEvent, EventKind
from data.domain.sla.terms import terms
from data.store.cases import cases
from data.store.cases.snapshots import snapshots
from data.store.db.engine import Engine, reading, writing
from data.store.intake.rejected import waiting
from data.texts import texts
from ingest.sources.open311.statuses import event_of
from tests.ingest.doors import NOW, Hand, all_cases, config, long_calendars, pipeline
from tests.ingest.sources.open311.server import DAY, HOUR, CityServer, a_request, a_source, serving, zulu

BEGAN = NOW - 2 * DAY


@pytest.fixture
def city() -> Iterator[CityServer]:
    with serving(CityServer([a_request(1, BEGAN, agency_responsible="DLH")])) as opened:
        yield opened


@pytest.fixture
def hand(city: CityServer, sqlite_engine: Engine) -> Hand:
    hand = Hand(a_source(city, sqlite_engine), pipeline(sqlite_engine))
    hand.take(BEGAN + HOUR)
    return hand


def told(engine: Engine, external_id: str = "R-1") -> list[tuple[str, datetime, str | None]]:
    """Kind, moment and reason of everything after receipt and dispatch, in order of time."""
    with reading(engine) as conn:
        events = snapshots(conn, "dinas", [external_id])[external_id].events
    later = [e for e in events if e.kind not in (EventKind.RECEIVED, EventKind.DISPATCHED)]
    return [(str(e.kind), e.at, e.reason) for e in sorted(later, key=lambda e: e.at)]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("Closed (Duplicate)", "duplicate"),
        ("Open (Duplicate)", "duplicate"),
        ("Referred", "not_ours"),
        ("invalid", None),
    ],
)
def test_a_status_that_refuses_a_request_ends_it_without_a_resolution(
    city: CityServer, hand: Hand, sqlite_engine: Engine, status: str, reason: str | None
):
    change(city, NOW - DAY, status=status)
    hand.take(NOW)
    assert told(sqlite_engine) == [("rejected", NOW - DAY, reason)]
    hand.cursor = None
    assert hand.take(NOW + HOUR) == {"same": 1}


@pytest.mark.parametrize(
    ("notes", "dispatched"),
    [("Belum terverifikasi", False), ("Dalam proses: diteruskan", True), (None, True)],
)
def test_the_agency_that_is_to_get_an_unverified_report_of_a_server_like_ours_has_not_got_it(
    sqlite_engine: Engine, notes: str | None, dispatched: bool
):
    request = a_request(1, BEGAN, agency_responsible="Dinas Lingkungan Hidup", status_notes=notes)
    with serving(CityServer([request])) as opened:
        Hand(a_source(opened, sqlite_engine), pipeline(sqlite_engine)).take(BEGAN + HOUR)
    [case] = all_cases(sqlite_engine)
    assert (case["dispatched_at"] is not None, case["agency"]) == (dispatched, "dlh")


def test_what_a_server_expects_is_its_promise(sqlite_engine: Engine):
    told = {1: zulu(NOW), 2: None, 3: "true", 4: zulu(BEGAN - HOUR), 5: "soon"}
    requests = [a_request(number, BEGAN, expected_datetime=value) for number, value in told.items()]
    with serving(CityServer(requests)) as opened:
        Hand(a_source(opened, sqlite_engine), pipeline(sqlite_engine)).take(BEGAN + HOUR)
    assert [case["promised_at"] for case in all_cases(sqlite_engine)] == [NOW, None, None, None, None]


def change(city: CityServer, at: datetime | None, **changes: Any) -> None:
    city.requests[0] |= {"updated_datetime": None if at is None else zulu(at), **changes}


def update(city: CityServer, number: int, at: datetime, status: str, text: str = "", request: str = "R-1") -> None:
    city.updates = [
        *(city.updates or []),
        {
            "update_id": number,
            "service_request_id": request,
            "updated_datetime": zulu(at),
            "status": status,
            "description": text,
        },
    ]


def test_closed_without_an_update_is_resolved_and_closed_at_its_time(
    city: CityServer, hand: Hand, sqlite_engine: Engine
):
    at = BEGAN + 5 * HOUR
    change(city, at, status="closed", status_notes="Sudah diangkut.")
    assert hand.take(BEGAN + 6 * HOUR) == {"updated": 1}
    assert told(sqlite_engine) == [("resolved", at, None), ("closed", at, None)]
    assert all_cases(sqlite_engine)[0]["state"] == "closed"
    assert hand.take(BEGAN + 7 * HOUR)["updated"] == 0


def test_closed_without_a_time_is_closed_when_noticed_and_says_so(city: CityServer, hand: Hand, sqlite_engine: Engine):
    change(city, None, status="Closed")
    assert hand.take(NOW)["updated"] == 1
    assert told(sqlite_engine) == [("resolved", NOW, "undated"), ("closed", NOW, "undated")]
    assert hand.take(NOW + DAY)["updated"] == 0


def test_closed_before_it_was_opened_is_closed_when_noticed(city: CityServer, hand: Hand, sqlite_engine: Engine):
    change(city, BEGAN - HOUR, status="closed")
    assert hand.take(NOW)["updated"] == 1
    assert told(sqlite_engine)[0] == ("resolved", NOW, "undated")


def test_open_again_is_reopened_and_closed_again_closed_again(city: CityServer, hand: Hand, sqlite_engine: Engine):
    steps = [("closed", 5), ("open", 7), ("closed", 9)]
    for status, hours in steps:
        change(city, BEGAN + hours * HOUR, status=status)
        assert hand.take(BEGAN + (hours + 1) * HOUR)["updated"] == 1
    assert [kind for kind, _, _ in told(sqlite_engine)] == ["resolved", "closed", "reopened", "resolved", "closed"]
    assert [at for _, at, _ in told(sqlite_engine)][2] == BEGAN + 7 * HOUR
    assert (all_cases(sqlite_engine)[0]["state"], all_cases(sqlite_engine)[0]["cycle"]) == ("closed", 2)
    assert hand.take(NOW + DAY)["updated"] == 0


@pytest.mark.parametrize("notes", ["", "Selesai: ditutup"])
def test_closed_and_changed_once_more_stays_closed(city: CityServer, hand: Hand, sqlite_engine: Engine, notes: str):
    change(city, BEGAN + 2 * HOUR, status="closed", status_notes="Selesai")
    hand.take(BEGAN + 3 * HOUR)
    ended = told(sqlite_engine)
    for hours in (4, 6, 40):
        change(city, BEGAN + hours * HOUR, status="closed", status_notes=notes)
        hand.take(BEGAN + (hours + 1) * HOUR)
    assert told(sqlite_engine) == ended


def test_open_again_without_a_time_is_reopened_when_noticed(city: CityServer, hand: Hand, sqlite_engine: Engine):
    change(city, None, status="closed")
    hand.take(NOW)
    change(city, None, status="open")
    assert hand.take(NOW + DAY)["updated"] == 1
    assert told(sqlite_engine)[-1] == ("reopened", NOW + DAY, "undated")
    assert hand.take(NOW + 2 * DAY)["updated"] == 0


def test_an_older_answer_opens_nothing_again(city: CityServer, hand: Hand, sqlite_engine: Engine):
    before = dict(city.requests[0])
    change(city, BEGAN + 5 * HOUR, status="closed")
    hand.take(BEGAN + 6 * HOUR)
    city.requests[0] = before
    assert hand.take(NOW)["updated"] == 0
    assert all_cases(sqlite_engine)[0]["state"] == "closed"


def test_what_people_here_decided_stays_while_the_server_says_the_same(
    city: CityServer, hand: Hand, sqlite_engine: Engine
):
    with writing(sqlite_engine) as conn:
        found = cases.find(conn, "dinas", "R-1")
        assert found is not None
        case_terms = cases.terms_for(found, lambda *a: terms(config().city, long_calendars(), *a))
        done = CaseEvent(BEGAN + 2 * HOUR, EventKind.CLOSED, ActorKind.OPERATOR, "Rina")
        cases.append_events(conn, found.id, [done], case_terms, BEGAN + 2 * HOUR)
    assert hand.take(NOW)["updated"] == 0
    assert all_cases(sqlite_engine)[0]["state"] == "closed"


def test_another_service_is_another_category(city: CityServer, hand: Hand, sqlite_engine: Engine):
    change(city, BEGAN + 5 * HOUR, service_code="001", service_name="Jalan rusak")
    assert hand.take(BEGAN + 6 * HOUR) == {"updated": 1}
    assert all_cases(sqlite_engine)[0]["category"] == "jalan_rusak"


def test_a_request_that_vanishes_at_its_server_stays(city: CityServer, hand: Hand, sqlite_engine: Engine):
    before = all_cases(sqlite_engine)
    city.requests = []
    hand.take(NOW)
    assert all_cases(sqlite_engine) == before


def test_notes_on_an_open_request_are_noted_once(city: CityServer, hand: Hand, sqlite_engine: Engine):
    change(city, BEGAN + 5 * HOUR, status_notes="Dijadwalkan besok.")
    assert hand.take(BEGAN + 6 * HOUR) == {"updated": 1}
    assert told(sqlite_engine) == [("note", BEGAN + 5 * HOUR, None)]
    change(city, None)
    assert hand.take(NOW)["updated"] == 0


@pytest.mark.parametrize("notes", ["Belum terverifikasi", "Open", "Dijadwalkan besok."])
def test_where_a_request_stands_is_no_word_of_its_agency(
    city: CityServer, hand: Hand, sqlite_engine: Engine, notes: str
):
    """An update of it is: from then on the agency has seen it."""
    change(city, BEGAN + 5 * HOUR, status_notes=notes)
    hand.take(BEGAN + 6 * HOUR)
    (row,) = all_cases(sqlite_engine)
    assert (row["state"], row["acknowledged_at"]) == ("dispatched", None)
    update(city, 1, BEGAN + 7 * HOUR, "FOR_TRIAGE")
    update(city, 2, BEGAN + 8 * HOUR, "ACTION_SCHEDULED", notes)
    Hand(a_source(city, sqlite_engine), pipeline(sqlite_engine)).take(BEGAN + 9 * HOUR)
    (row,) = all_cases(sqlite_engine)
    assert (row["state"], row["acknowledged_at"]) == ("in_progress", BEGAN + 8 * HOUR)


def test_updates_are_events_at_their_own_times(city: CityServer, sqlite_engine: Engine):
    update(city, 1, BEGAN + HOUR, "INVESTIGATING", "Kami periksa.")
    update(city, 2, BEGAN + 2 * HOUR, "ACTION_SCHEDULED", "Besok pagi.")
    update(city, 3, BEGAN + 3 * HOUR, "FIXED", "Selesai.")
    update(city, 4, BEGAN + 4 * HOUR, "CLOSED")
    change(city, BEGAN + 4 * HOUR, status="closed")
    hand = Hand(a_source(city, sqlite_engine), pipeline(sqlite_engine))
    assert hand.take() == {"new": 1}
    kinds = ["acknowledged", "note", "resolved", "closed"]
    assert told(sqlite_engine) == [(kind, BEGAN + n * HOUR, None) for n, kind in enumerate(kinds, 1)]
    assert hand.take(NOW + DAY) == {"same": 1}
    assert len(told(sqlite_engine)) == 4


def test_updates_of_requests_outside_the_window_bring_their_request(city: CityServer, sqlite_engine: Engine):
    city.knows_changes = False
    hand = Hand(a_source(city, sqlite_engine, overlap_s=60, nightly_days=1), pipeline(sqlite_engine))
    city.updates = []
    hand.take()
    update(city, 1, NOW + HOUR, "IN_PROGRESS", "Petugas di lokasi.")
    assert hand.take(NOW + 2 * HOUR) == {"updated": 1}
    assert told(sqlite_engine) == [("acknowledged", NOW + HOUR, None)]
    assert city.questions()[-1]["service_request_id"] == "R-1"
    assert hand.take(NOW + 2 * HOUR + HOUR / 60) == {}


def test_an_update_that_opens_again_does(city: CityServer, sqlite_engine: Engine):
    city.updates = []
    change(city, BEGAN + 3 * HOUR, status="closed")
    hand = Hand(a_source(city, sqlite_engine), pipeline(sqlite_engine))
    hand.take(BEGAN + 4 * HOUR)
    update(city, 1, BEGAN + 5 * HOUR, "REOPEN")
    change(city, BEGAN + 5 * HOUR, status="open")
    assert hand.take(BEGAN + 6 * HOUR) == {"updated": 1}
    assert [kind for kind, _, _ in told(sqlite_engine)] == ["resolved", "closed", "reopened"]
    assert hand.take(BEGAN + 6 * HOUR + HOUR / 2) == {"same": 1}


@pytest.mark.parametrize("request_id", ["R-404", ""])
def test_an_update_without_its_request_is_kept_once(sqlite_engine: Engine, city: CityServer, request_id: str):
    update(city, 1, BEGAN + HOUR, "FIXED", request=request_id)
    hand = Hand(a_source(city, sqlite_engine), pipeline(sqlite_engine))
    assert hand.take() == {"new": 1, "rejected": 1}
    hand.take(NOW + DAY)
    with reading(sqlite_engine) as conn:
        (kept,) = waiting(conn)
    assert "pembaruan" in texts("id").stored_sentence(kept.record.reason)


def test_an_update_that_cannot_be_read_is_kept_and_its_request_goes_on(sqlite_engine: Engine, city: CityServer):
    update(city, 1, BEGAN + HOUR, "FIXED")
    assert city.updates is not None
    city.updates[0]["updated_datetime"] = "kemarin"
    hand = Hand(a_source(city, sqlite_engine), pipeline(sqlite_engine))
    assert hand.take() == {"new": 1, "rejected": 1}
    assert told(sqlite_engine) == []


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        ("FIXED", "resolved", None),
        ("closed", "closed", None),
        ("NO_FURTHER_ACTION", "closed", None),
        ("In progress", "acknowledged", None),
        ("investigating", "acknowledged", None),
        ("ACTION_SCHEDULED", "note", None),
        ("DUPLICATE", "rejected", "duplicate"),
        ("NOT_COUNCILS_RESPONSIBILITY", "rejected", "not_ours"),
        ("CANCELLED", "rejected", "cancelled"),
        ("REOPEN", "reopened", None),
        ("INTERNAL_REFERRAL", "note", None),
        ("FOR_TRIAGE", "note", None),
        ("something else", "note", None),
    ],
)
def test_every_status_of_an_update_means_something(status: str, kind: str, reason: str | None):
    event = event_of(NOW, status, "")
    assert event is not None
    assert (event.kind, event.reason, event.at) == (kind, reason, NOW)


def test_open_alone_says_nothing():
    assert event_of(NOW, "OPEN", "") is None
    assert event_of(NOW + timedelta(0), "OPEN", "Diterima.") is not None
