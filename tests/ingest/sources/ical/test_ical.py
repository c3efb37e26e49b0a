"""Calendars as a source: zones, whole days, endless rules, what vanished, what is broken, what is too large."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.domain.guide.nouns import AgendaState, Occurrence
from data.domain.reasons import Reason
from data.store.db.engine import Engine, reading
from data.store.guide import occurrences
from data.store.intake.rejected import waiting
from ingest.source import RetryLater, SourceDown
from tests.ingest.doors import NOW, Hand, pipeline
from tests.ingest.sources.feed.feed_server import Asked, Reply, Server, serving
from tests.ingest.sources.ical.calendars import a_calendar, a_source, an_event
from tests.real_data import REAL_DATA, needs_real_data

SAMPLES = REAL_DATA / "ical"


class Site:
    """One calendar that a test changes."""

    def __init__(self) -> None:
        self.reply = Reply(a_calendar())

    def __call__(self, asked: Asked) -> Reply:
        etag = self.reply.headers.get("ETag")
        if etag and asked.headers.get("if-none-match") == etag:
            return Reply(b"", 304)
        return self.reply


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def server(site: Site) -> Iterator[Server]:
    with serving(site) as server:
        yield server


@pytest.fixture
def hand(engine: Engine, tmp_path: Path, server: Server) -> Hand:
    return Hand(a_source(engine, tmp_path, url=f"{server.url}/batu.ics"), pipeline(engine))


def shown(engine: Engine, start: datetime = NOW, end: datetime = datetime(2027, 6, 1, tzinfo=UTC)) -> list[Occurrence]:
    with reading(engine) as conn:
        return occurrences.between(conn, start, end)


def code_of(down: pytest.ExceptionInfo[SourceDown]) -> str:
    assert isinstance(down.value.reason, Reason)
    return down.value.reason.code


def test_a_calendar_is_read_once_and_asked_for_by_its_mark(hand: Hand, engine: Engine, site: Site, server: Server):
    site.reply = Reply(a_calendar(an_event("1"), an_event("2")), headers={"ETag": '"a"'})
    assert hand.take() == {"new": 2}
    assert hand.take() == {}
    assert server.asked[-1].headers["if-none-match"] == '"a"'
    site.reply = Reply(a_calendar(an_event("1"), an_event("2")))  # the very same without a mark
    assert hand.take() == {}
    assert len(shown(engine)) == 2


def test_what_vanished_is_withdrawn_but_not_by_what_is_broken(hand: Hand, engine: Engine, site: Site):
    site.reply = Reply(a_calendar(an_event("1"), an_event("2")))
    hand.take()
    whole = a_calendar(an_event("1"))
    for broken, why in (
        (Reply(whole[:-30]), "ical.cut_off"),
        (Reply(b"<html>maintenance</html>"), "ical.cut_off"),
        (Reply(b"x\r\nEND:VCALENDAR"), "ical.broken"),
        (Reply(b"", 200), "ical.cut_off"),
        (Reply(b"no", 503), "ical.refused"),
    ):
        site.reply = broken
        with pytest.raises(SourceDown) as down:
            hand.take()
        assert code_of(down) == why
        assert [each.uid for each in shown(engine)] == ["1", "2"]
    site.reply = Reply(whole)
    hand.take()
    assert [each.uid for each in shown(engine)] == ["1"]
    site.reply = Reply(a_calendar(an_event("1"), an_event("2")))
    assert hand.take() == {"same": 1, "updated": 1}
    assert [each.uid for each in shown(engine)] == ["1", "2"]


def test_a_server_that_says_when_is_asked_then(hand: Hand, site: Site):
    site.reply = Reply(b"", 429, {"Retry-After": "600"})
    with pytest.raises(RetryLater) as later:
        hand.take()
    assert later.value.after_s == 600


def test_fifty_megabytes_are_refused_before_they_are_read(
    engine: Engine, tmp_path: Path, hand: Hand, site: Site, server: Server
):
    big = b"BEGIN:VCALENDAR\r\n" + b"X-FILL:" + b"x" * 50_000_000 + b"\r\nEND:VCALENDAR\r\n"
    site.reply = Reply(big)
    with pytest.raises(SourceDown) as down:
        hand.take()
    assert code_of(down) == "http.too_large"
    folder = tmp_path / "drop"
    folder.mkdir()
    with (folder / "besar.ics").open("wb") as file:
        file.truncate(50_000_000)  # takes no room on the disk
    os.utime(folder / "besar.ics", (0, NOW.timestamp() - 60))
    dropped = Hand(a_source(engine, tmp_path, url=None, folder="drop"), pipeline(engine))
    with pytest.raises(SourceDown) as down:
        dropped.take()
    assert code_of(down) == "ical.too_large"


def test_zones_are_understood_however_they_are_told(hand: Hand, engine: Engine, site: Site):
    zone = "BEGIN:VTIMEZONE\r\nTZID:Kota\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0700\r\n"
    zone += "TZOFFSETTO:+0700\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    site.reply = Reply(
        a_calendar(
            zone,
            an_event("tokyo", starts="DTSTART;TZID=Asia/Tokyo:20261128T080000"),
            an_event("own", starts="DTSTART;TZID=Kota:20261128T060000"),
            an_event("floating", starts="DTSTART:20261128T060000"),
            an_event("utc", starts="DTSTART:20261127T230000Z"),
        )
    )
    assert hand.take() == {"new": 4}
    assert {each.starts_at for each in shown(engine)} == {datetime(2026, 11, 27, 23, tzinfo=UTC)}


def test_a_zone_beside_the_standard_is_the_calendars(hand: Hand, engine: Engine, site: Site):
    head = "X-WR-TIMEZONE:Asia/Jakarta\r\n"
    site.reply = Reply(
        a_calendar(
            an_event("weekly", "RRULE:FREQ=WEEKLY;COUNT=2;BYDAY=SA", starts="DTSTART:20261127T230000Z"), head=head
        )
    )
    hand.take()
    assert [f"{each.starts_at:%d %H}" for each in shown(engine)] == ["27 23", "04 23"]  # Saturdays at 06:00 in Batu


def test_a_rule_without_end_and_one_that_would_never_end_to_be_computed(hand: Hand, engine: Engine, site: Site):
    site.reply = Reply(
        a_calendar(
            an_event("endless", "RRULE:FREQ=WEEKLY"),
            an_event("second", "RRULE:FREQ=SECONDLY"),
            an_event("never", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"),
            an_event("none", starts="DTSTART:soon"),
        )
    )
    assert hand.take() == {"new": 1, "rejected": 3}
    assert len(shown(engine)) == 26
    with reading(engine) as conn:
        assert len(waiting(conn, "agenda_ical")) == 3


def test_texts_are_texts(hand: Hand, engine: Engine, site: Site):
    lines = ('DESCRIPTION:Jam <b>10</b>\\, <a href="x">tiket</a>', "LOCATION:<i>Aula</i>", "URL:javascript:alert(1)")
    site.reply = Reply(a_calendar(an_event("1", *lines, title="<script>x</script>Lomba &amp; Bazar")))
    hand.take()
    (one,) = shown(engine)
    assert (one.text, one.place_name, one.url) == ("Jam 10 , tiket", "Aula", None)
    assert "<" not in one.title


def test_the_newest_file_of_a_folder_is_all_there_is(engine: Engine, tmp_path: Path):
    hand = Hand(a_source(engine, tmp_path, url=None, folder="agenda"), pipeline(engine))
    assert hand.take() == {}
    for name, age, body in (("a.ics", 90, a_calendar(an_event("1"))), ("b.ICS", 60, a_calendar(an_event("2")))):
        path = tmp_path / "agenda" / name
        path.write_bytes(body)
        os.utime(path, (0, NOW.timestamp() - age))
    assert hand.take() == {"new": 1}
    assert [each.uid for each in shown(engine)] == ["2"]
    growing = tmp_path / "agenda" / "c.ics"
    growing.write_bytes(b"BEGIN:VCAL")
    os.utime(growing, (0, NOW.timestamp() - 1))
    assert hand.take() == {}


def test_hundreds_of_entries_come_in_parts_and_an_interruption_loses_none(hand: Hand, engine: Engine, site: Site):
    site.reply = Reply(a_calendar(*(an_event(f"{n:03}") for n in range(120))))
    hand.take_and_die(2)
    assert hand.cursor is None
    assert hand.take() == {"same": 100, "new": 20}
    assert len(shown(engine)) == 120


@needs_real_data
@pytest.mark.parametrize(
    ("name", "now", "begins"),
    [
        (
            "each_week_but_two_deleted.ics",
            datetime(2019, 3, 1, tzinfo=UTC),
            ["0303 2330", "0317 2330", "0331 2230", "0407 2230", "0414 2230", "0421 2230"],
        ),
        ("issue_62_moved_event.ics", datetime(2021, 12, 20, tzinfo=UTC), ["1217 2030", "0128 2030", "0225 2030"]),
        ("issue_18_cancel_status.ics", datetime(2020, 1, 28, tzinfo=UTC), ["0128 2100", "0129 2100", "0130 2100"]),
    ],
)
def test_recorded_calendars_take_place_when_they_say(
    engine: Engine, tmp_path: Path, name: str, now: datetime, begins: list[str]
):
    (tmp_path / "agenda").mkdir()
    shutil.copy(SAMPLES / name, tmp_path / "agenda" / name)
    os.utime(tmp_path / "agenda" / name, (0, now.timestamp() - 60))
    hand = Hand(a_source(engine, tmp_path, url=None, folder="agenda"), pipeline(engine))
    assert set(hand.take(now)) == {"new"}
    found = shown(engine, datetime(2019, 1, 1, tzinfo=UTC), datetime(2022, 3, 1, tzinfo=UTC))
    assert [f"{each.starts_at:%m%d %H%M}" for each in found][: len(begins)] == begins
    cancelled = [f"{each.starts_at:%m%d}" for each in found if each.state is AgendaState.CANCELLED]
    assert cancelled == (["0129"] if "cancel" in name else [])
