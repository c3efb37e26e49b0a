"""What a server refuses is told: its errors whatever their status, both formats, and until when it is not asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest

from data.store.db.engine import Engine, reading
from data.store.intake import sources
from data.texts import texts
from ingest.http.client import Response
from ingest.runtime.poller import LONGEST_WAIT_S, Poller, poll
from ingest.source import RetryLater, SourceDown
from tests.ingest.doors import NOW, Hand, all_cases, pipeline
from tests.ingest.sources.open311.server import DAY, CityServer, Said, a_request, a_source, as_xml, errors, serving

PAGE = Said(b"<!DOCTYPE html><html><title>Not here</title></html>", 404, "text/html")
BUSY = Said(b"busy", 503, "text/plain", "120")


@pytest.fixture
def city() -> Iterator[CityServer]:
    with serving(CityServer([a_request(1)])) as opened:
        yield opened


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize(
    "body", [b"<error>sibuk</error>", b"<errors><error>sibuk</error></errors>", b'{"error": "sibuk"}']
)
def test_errors_with_status_200_are_a_fault_and_move_no_cursor(
    sqlite_engine: Engine, city: CityServer, body: bytes, form: str
):
    city.say["requests"] = lambda *_: Said(body)
    hand = Hand(a_source(city, sqlite_engine, format=form), pipeline(sqlite_engine))
    with pytest.raises(SourceDown, match=r"server menjawab 200: sibuk"):
        hand.take()
    assert hand.cursor is None


def test_updates_that_answer_an_error_are_no_updates(sqlite_engine: Engine, city: CityServer):
    city.say["servicerequestupdates"] = lambda *_: Said(b'{"error": "unknown method"}')
    city.updates = []
    hand = Hand(a_source(city, sqlite_engine), pipeline(sqlite_engine))
    hand.take()
    hand.take(NOW + DAY)
    assert len(city.questions("servicerequestupdates")) == 2  # whether there are any, once a day


def test_when_neither_format_is_read_both_faults_are_told(sqlite_engine: Engine, city: CityServer):
    city.say = {"requests.json": lambda *_: PAGE, "requests.xml": lambda *_: Said(b"<rss/>")}
    with pytest.raises(SourceDown, match=r"JSON: .*requests\.json.*404.*XML: .*requests\.xml.*akar <rss>"):
        Hand(a_source(city, sqlite_engine), pipeline(sqlite_engine)).take()


def test_an_error_in_the_protocols_words_in_the_other_format_is_what_the_server_means(
    sqlite_engine: Engine, city: CityServer
):
    """Here: that it does not take the arguments of pages."""
    city.say["requests.json"] = lambda *_: PAGE

    def answer(resource: str, found: list[dict[str, object]]) -> Said:
        return errors(400, "unknown argument") if "page_size" in city.questions()[-1] else as_xml(resource, found)

    city.say["requests.xml"] = answer
    assert Hand(a_source(city, sqlite_engine), pipeline(sqlite_engine)).take() == {"new": 1}


@pytest.mark.parametrize(
    ("told", "date", "seconds"),
    [
        ("120", None, 120),
        (" 120 ", None, 120),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), None, 90),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), NOW + timedelta(seconds=60), 30),
        ("Tue Nov 24 04:01:30 2026", None, 90),
        (format_datetime(NOW - DAY, usegmt=True), None, None),
        ("0", None, None),
        ("-5", None, None),
        ("", None, None),
        ("soon", None, None),
        ("9" * 400, None, None),
        ("Tue, 24 Nov 99999 04:01:30 GMT", None, None),
        ("Tue, 24 Nov 2026 04:01:30 +9999999999", None, None),
    ],
)
def test_retry_after_is_read_as_seconds_and_as_a_date(told: str, date: datetime | None, seconds: float | None):
    headers = {"retry-after": told} | ({"date": format_datetime(date, usegmt=True)} if date else {})
    assert Response(503, headers, b"", "https://x").retry_after_s(NOW) == seconds


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("where", ["requests", "services", "servicerequestupdates", "discovery"])
def test_whatever_is_answered_so_no_other_question_follows(
    sqlite_engine: Engine, city: CityServer, where: str, status: int
):
    city.before = lambda path: BUSY._replace(status=status) if path.startswith(where) else None
    with pytest.raises(RetryLater) as told:
        Hand(a_source(city, sqlite_engine), pipeline(sqlite_engine)).take()
    assert told.value.after_s == 120
    assert city.asked[-1][0].startswith(where)


class Ticking(threading.Event):
    """A stop that waits for nothing: its clock goes on by what it was to wait; it is set after an hour and a half."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW

    def wait(self, timeout: float | None = None) -> bool:
        self.now += timedelta(seconds=timeout or 0)
        if self.now > NOW + timedelta(minutes=90):
            self.set()
        return self.is_set()


def test_a_server_is_not_asked_before_it_wants_to_be_and_its_health_says_when(sqlite_engine: Engine, city: CityServer):
    asked, clock = list[datetime](), Ticking()

    def busy(path: str) -> Said:
        asked.append(clock.now)
        return BUSY._replace(retry_after="1500")

    city.before = busy
    poll(a_source(city, sqlite_engine), pipeline(sqlite_engine), "a:1", clock, now=lambda: clock.now)
    assert [round((at - NOW).total_seconds() / 60) for at in asked] == [0, 25, 50, 75]
    with reading(sqlite_engine) as conn:
        said = sources.state_of(conn, "dinas").error or ""
    assert "503; server minta ditunggu: baru ditanyai lagi 2026-11-24 12:40:00 WIB" in texts("id").stored_sentence(said)
    assert "it is asked again at 2026-11-24 12:40:00 WIB" in texts("en").stored_sentence(said)


def test_another_process_keeps_to_it_and_nobody_is_sent_away_for_more_than_an_hour(
    sqlite_engine: Engine, city: CityServer
):
    city.before = lambda path: BUSY._replace(retry_after="99999999")
    clock = Ticking()
    poll(a_source(city, sqlite_engine), pipeline(sqlite_engine), "a:1", clock, now=lambda: clock.now)
    assert len(city.asked) == 2  # at once, and after an hour
    city.before = lambda path: None
    for minutes, cases in ((100, 0), (119, 0), (121, 1)):
        other = Poller(
            a_source(city, sqlite_engine), pipeline(sqlite_engine), "b:1", threading.Event(),
            now=lambda minutes=minutes: NOW + timedelta(minutes=minutes),
        )  # fmt: skip
        assert 0 < other.poll_once() <= LONGEST_WAIT_S
        assert len(all_cases(sqlite_engine)) == cases


def test_a_clock_that_was_set_back_does_not_make_it_wait(sqlite_engine: Engine, city: CityServer):
    city.before = lambda path: BUSY._replace(retry_after="3000")
    clock = Ticking()
    poll(a_source(city, sqlite_engine), pipeline(sqlite_engine), "a:1", clock, now=lambda: clock.now)
    city.before = lambda path: None
    Poller(
        a_source(city, sqlite_engine), pipeline(sqlite_engine), "a:1", threading.Event(), now=lambda: NOW - DAY
    ).poll_once()
    assert len(all_cases(sqlite_engine)) == 1
