"""Windows, pages, overlap, night, outage and restart: nothing is missing and nothing comes twice."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from data.store.db.engine import Engine
from ingest.source import SourceDown
from ingest.sources.open311.cursor import read_cursor
from tests.ingest.doors import NOW, Hand, all_cases, all_events, pipeline
from tests.ingest.sources.open311.server import (
    DAY,
    HOUR,
    CityServer,
    Said,
    a_request,
    a_service,
    a_source,
    closed,
    serving,
    zulu,
)


@pytest.fixture
def city() -> Iterator[CityServer]:
    with serving(CityServer()) as opened:
        yield opened


def a_hand(city: CityServer, engine: Engine, **changes: object) -> Hand:
    return Hand(a_source(city, engine, **changes), pipeline(engine))


def json_of(items: object) -> bytes:
    return json.dumps(items).encode()


def ids(engine: Engine) -> set[str]:
    return {row["external_id"] for row in all_cases(engine)}


def test_a_first_pull_brings_everything_and_a_second_changes_nothing(engine: Engine, city: CityServer):
    city.requests = [*(a_request(n) for n in range(30)), *(closed(n) for n in range(30, 60))]
    hand = a_hand(city, engine)
    assert hand.take() == {"new": 60}
    before = all_cases(engine)
    assert hand.take(NOW + HOUR / 4) == {}
    assert hand.take(NOW + DAY) == {"same": 60}
    assert all_cases(engine) == before
    assert {row["state"] for row in before} == {"dispatched", "closed"}


@pytest.mark.parametrize("first_page", [0, 1, None])
@pytest.mark.parametrize("cap", [7, 40, 100])
def test_all_pages_are_found_however_they_are_counted(sqlite_engine: Engine, cap: int, first_page: int | None):
    many = [a_request(n, NOW - 80 * DAY + n * 9 * HOUR) for n in range(200)]
    with serving(CityServer(many, cap=cap, first_page=first_page)) as city:
        hand = a_hand(city, sqlite_engine)
        if first_page is None and cap == 7:
            return  # of a server without pages and without a round limit nobody can know that there is more
        assert hand.take()["new"] == 200
        asked = len(city.asked)
        hand.take(NOW + 2 * HOUR)
        assert len(city.asked) - asked <= 3


def test_pages_may_be_minded(sqlite_engine: Engine, city: CityServer):
    city.requests, city.minds = [a_request(n) for n in range(5)], ("page_size",)
    assert a_hand(city, sqlite_engine).take() == {"new": 5}


def test_after_the_clock_was_set_back_it_is_asked_again_at_once(sqlite_engine: Engine, city: CityServer):
    hand = a_hand(city, sqlite_engine)
    hand.take(NOW + 30 * DAY)
    city.requests = [a_request(1, NOW - HOUR / 60)]
    assert hand.take(NOW)["new"] == 1
    assert read_cursor(hand.cursor).until == NOW
    assert read_cursor(hand.cursor).nightly == "2026-11-24", "the nightly one was made up for"


def test_windows_are_at_most_ninety_days_long(sqlite_engine: Engine, city: CityServer):
    city.requests = [a_request(n, NOW - n * 30 * DAY) for n in range(1, 24)]
    assert a_hand(city, sqlite_engine, history_days=730).take() == {"new": 23}
    windows = {(q["start_date"], q["end_date"]) for q in city.questions() if "start_date" in q}
    assert len(windows) == 9
    assert min(windows)[0] == zulu(NOW - 730 * DAY)


def test_what_changed_is_asked_for_where_the_server_knows_it(sqlite_engine: Engine, city: CityServer):
    city.requests = [a_request(n, NOW - 40 * DAY) for n in range(20)]
    hand = a_hand(city, sqlite_engine)
    hand.take()
    city.requests[3] |= {"status": "closed", "updated_datetime": zulu(NOW + HOUR / 2)}
    assert hand.take(NOW + HOUR) == {"updated": 1}
    assert city.questions()[-1]["updated_after"] == zulu(NOW - HOUR)


@pytest.mark.parametrize("minds", [(), ("updated_after",)])
def test_where_it_does_not_the_night_finds_what_changed(
    sqlite_engine: Engine, city: CityServer, minds: tuple[str, ...]
):
    city.knows_changes, city.minds = False, minds
    city.requests = [a_request(n, NOW - 40 * DAY) for n in range(20)]
    hand = a_hand(city, sqlite_engine)
    hand.take()
    city.requests[3] |= {"status": "closed", "updated_datetime": zulu(NOW + HOUR / 2)}
    city.requests.append(a_request(99, NOW + HOUR / 2))
    assert hand.take(NOW + HOUR) == {"new": 1}
    assert hand.take(NOW + DAY) == {"updated": 1, "same": 20}
    assert hand.take(NOW + DAY + HOUR) == {}


def test_the_night_comes_once_a_local_day_and_not_before_its_hour(sqlite_engine: Engine, city: CityServer):
    city.requests = [a_request(n, NOW - 40 * DAY) for n in range(3)]
    hand = a_hand(city, sqlite_engine, nightly_hour=5)
    hand.take()
    at_four, at_six = NOW + 17 * HOUR, NOW + 19 * HOUR  # local, of the next day
    assert [hand.take(at)["same"] for at in (at_four, at_six, at_six + HOUR)] == [0, 3, 0]
    assert read_cursor(hand.cursor).nightly == "2026-11-25"


def test_a_server_that_ignores_what_it_is_asked_for_is_noticed(sqlite_engine: Engine, city: CityServer):
    city.requests = [a_request(n, NOW - n * DAY) for n in range(1, 41)]
    hand = a_hand(city, sqlite_engine, updated_after="auto")
    hand.take()
    hand.take(NOW + HOUR)
    assert read_cursor(hand.cursor).capabilities.updated_after is True
    city.knows_changes = False
    city.requests.append(a_request(99, NOW + HOUR))
    assert hand.take(NOW + 2 * HOUR)["new"] == 1
    assert read_cursor(hand.cursor).capabilities.updated_after is False


def test_a_closed_one_that_changed_since_it_closed_is_taken_and_proves_nothing(sqlite_engine: Engine, city: CityServer):
    city.requests = [closed(1, NOW - 30 * DAY), a_request(2)]
    hand = a_hand(city, sqlite_engine, updated_after="auto")
    hand.take()
    hand.take(NOW + HOUR)
    corrected = {**city.requests[0], "description": "Diperbaiki."}
    city.say["requests"] = lambda resource, found: Said(json_of([*found, corrected]))
    assert hand.take(NOW + 2 * HOUR)["updated"] == 1
    assert read_cursor(hand.cursor).capabilities.updated_after is True


def test_what_lies_outside_the_asked_window_is_dropped(sqlite_engine: Engine, city: CityServer):
    stray = [a_request(50, NOW - 300 * DAY), a_request(51, NOW - 200 * DAY)]
    city.say["requests"] = lambda resource, found: Said(json_of([*found, *stray]))
    city.requests = [a_request(n) for n in range(4)]
    assert a_hand(city, sqlite_engine).take() == {"new": 4}


def test_after_three_hours_of_outage_nothing_is_missing(engine: Engine, city: CityServer):
    city.requests = [a_request(n) for n in range(5)]
    hand = a_hand(city, engine, overlap_s=600)
    hand.take()
    cursor = hand.cursor
    for minutes in range(10, 190, 10):
        at = NOW + minutes * HOUR / 60
        city.requests.append(a_request(100 + minutes, at))
        city.before = lambda path: Said(b"<html>maintenance", 503, "text/html")
        with pytest.raises(SourceDown, match=r"dinas.*503"):
            hand.take(at)
    city.requests[0] |= {"status": "closed", "updated_datetime": zulu(NOW + HOUR)}
    assert hand.cursor == cursor
    city.before = lambda path: None
    assert hand.take(NOW + 4 * HOUR) == {"new": 18, "updated": 1}
    assert ids(engine) == {one["service_request_id"] for one in city.requests}


def test_a_restart_goes_on_from_the_stored_cursor(sqlite_engine: Engine, city: CityServer):
    city.requests = [a_request(n, NOW - 60 * DAY + n * HOUR / 2) for n in range(2500)]
    city.cap = 500
    hand = a_hand(city, sqlite_engine)
    hand.take_and_die(1)
    assert len(ids(sqlite_engine)) == 1000
    again = a_hand(city, sqlite_engine)
    again.cursor, city.asked = hand.cursor, []
    assert again.take(NOW + HOUR) == {"new": 1500, "same": 500}
    assert city.questions()[0]["page"] == "2"
    assert len(ids(sqlite_engine)) == 2500


def test_a_restart_with_another_page_size_begins_the_window_anew(sqlite_engine: Engine, city: CityServer):
    city.requests = [a_request(n, NOW - 60 * DAY + n * HOUR / 2) for n in range(2500)]
    city.cap = 500
    hand = a_hand(city, sqlite_engine)
    hand.take_and_die(1)
    again = a_hand(city, sqlite_engine, page_size=250)
    again.cursor = hand.cursor
    assert again.take(NOW + HOUR)["new"] == 1500


def test_a_body_that_cannot_be_read_moves_no_cursor(sqlite_engine: Engine, city: CityServer):
    city.requests = [a_request(n) for n in range(10)]
    hand = a_hand(city, sqlite_engine)
    city.say["requests"] = lambda resource, found: Said(json_of(found)[:-40])
    with pytest.raises(SourceDown, match=r"dinas \(http://127\.0\.0\.1:\d+/requests.*terpotong"):
        hand.take()
    assert hand.cursor is None
    city.say.clear()
    assert hand.take(NOW + HOUR) == {"new": 10}


def test_a_dead_server_is_told_with_source_and_address(sqlite_engine: Engine):
    with serving(CityServer()) as city:
        pass
    with pytest.raises(SourceDown, match=rf"dinas \({city.url}.*tidak dapat dihubungi"):
        a_hand(city, sqlite_engine).take()


def test_a_cursor_that_nobody_understands_is_a_first_pull(sqlite_engine: Engine, city: CityServer):
    city.requests = [a_request(n) for n in range(3)]
    hand = a_hand(city, sqlite_engine)
    hand.take()
    for cursor in ("", "bukan json", "[]", '{"until": "kemarin"}'):
        hand.cursor = cursor
        assert hand.take(NOW + HOUR) == {"same": 3}


def test_new_services_are_noticed_and_name_requests_without_a_name(
    sqlite_engine: Engine, city: CityServer, capsys: pytest.CaptureFixture[str]
):
    city.requests = [a_request(1, service_name=None)]
    hand = a_hand(city, sqlite_engine)
    hand.take()
    assert all_cases(sqlite_engine)[0]["category"] == "sampah"
    city.services.append(a_service("008", "Lampu jalan padam"))
    hand.take(NOW + DAY)
    told = capsys.readouterr()
    assert "new_service" in told.out + told.err
    assert read_cursor(hand.cursor).services == {"007": "Sampah", "008": "Lampu jalan padam"}


def test_a_pull_that_breaks_in_the_middle_loses_nothing(sqlite_engine: Engine, city: CityServer):
    city.requests = [a_request(n, NOW - 60 * DAY + n * HOUR / 2) for n in range(2500)]
    city.cap = 500
    pages = iter(range(100))
    city.before = lambda path: (
        Said(b"oops", 500, "text/plain") if path.startswith("requests") and next(pages) == 3 else None
    )
    hand = a_hand(city, sqlite_engine)
    with pytest.raises(SourceDown, match="500"):
        hand.take()
    assert len(ids(sqlite_engine)) == 1000
    assert hand.take(NOW + HOUR)["new"] == 1500
    assert len(all_events(sqlite_engine, "received")) == 2500
