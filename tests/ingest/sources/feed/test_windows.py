"""Windows of time: they overlap, they catch up after an outage, nothing between them is lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.store.db.engine import Engine
from ingest.source import SourceDown
from ingest.sources.feed.settings import WindowSettings
from ingest.sources.feed.windows import Span, spans
from tests.ingest.doors import NOW, WIB, Hand, all_cases, pipeline
from tests.ingest.sources.feed.feed_server import Asked, Reply, serving
from tests.ingest.sources.feed.feed_sources import a_feed, item

HOUR = timedelta(hours=1)
WINDOW = {"since": "dari", "until": "sampai", "overlap_s": 600, "span_s": 3600, "back_s": 7200}


def all_spans(window: dict[str, Any], cursor: dict[str, Any], now: datetime = NOW) -> list[Span]:
    return list(spans(WindowSettings.model_validate(window), cursor, now, ZoneInfo("Asia/Jakarta")))


def test_the_first_window_reaches_back_and_is_cut_into_spans():
    found = all_spans(WINDOW, {})
    assert found[0].begin == NOW - 2 * HOUR
    assert found[-1].end == NOW
    assert all(a.end - b.begin == timedelta(minutes=10) for a, b in pairwise(found))


def test_the_next_one_overlaps_the_last():
    (span,) = all_spans(WINDOW, {"until": NOW.isoformat()}, NOW + timedelta(minutes=5))
    assert (span.begin, span.end) == (NOW - timedelta(minutes=10), NOW + timedelta(minutes=5))


def test_a_clock_that_was_set_back_asks_from_where_it_stands():
    (span,) = all_spans(WINDOW, {"until": (NOW + 24 * HOUR).isoformat()})
    assert span.begin == NOW - timedelta(minutes=10)


@pytest.mark.parametrize("cursor", [{"until": "kemarin"}, {"until": 7}, {"place": "x"}])
def test_a_cursor_of_another_shape_counts_as_none(cursor: dict[str, Any]):
    assert all_spans(WINDOW, cursor)[0].begin == NOW - 2 * HOUR


def test_without_an_end_to_give_there_is_one_span():
    window = {**WINDOW, "until": None}
    assert [(s.begin, s.end) for s in all_spans(window, {})] == [(NOW - 2 * HOUR, NOW)]


def test_once_a_night_the_look_is_wider():
    window = {**WINDOW, "nightly_s": 3 * 86_400, "span_s": 86_400}
    two = datetime(2026, 11, 25, 2, 5, tzinfo=WIB).astimezone(UTC)
    cursor = {"until": (two - HOUR).isoformat(), "night": "2026-11-23"}
    wide = all_spans(window, cursor, two)
    assert wide[0].begin == two - timedelta(days=3)
    after = all_spans(window, dict(wide[-1].cursor), two + HOUR)
    assert [span.begin for span in after] == [two - timedelta(minutes=10)]


def test_a_wide_look_that_was_broken_off_is_taken_up_again():
    window = {**WINDOW, "nightly_s": 3 * 86_400, "span_s": 86_400}
    two = datetime(2026, 11, 25, 2, 5, tzinfo=WIB).astimezone(UTC)
    first, *_ = all_spans(window, {"until": (two - HOUR).isoformat(), "night": "2026-11-23"}, two)
    assert all_spans(window, dict(first.cursor), two)[0].begin == two - timedelta(days=3)


@given(st.integers(0, 5_000_000), st.integers(60, 200_000), st.integers(0, 100_000))
def test_no_moment_since_the_cursor_is_left_out(outage: int, span: int, overlap: int):
    window = {**WINDOW, "span_s": span, "overlap_s": overlap}
    until = NOW - timedelta(seconds=outage)
    found = all_spans(window, {"until": until.isoformat()})
    assert found[0].begin <= until
    assert found[-1].end == NOW
    assert all(later.begin <= earlier.end for earlier, later in pairwise(found))
    assert len(found) <= outage / span + 2


@pytest.mark.parametrize(
    ("form", "zone", "written"),
    [
        ("%Y-%m-%dT%H:%M:%SZ", "UTC", "2026-11-24T04:00:00Z"),
        ("%d/%m/%Y %H:%M", "Asia/Jakarta", "24/11/2026 11:00"),
        ("epoch", "UTC", "1795492800"),
        ("epoch_ms", "UTC", "1795492800000"),
        ("%Y-%m-%dT%H:%M:%S%z", "Asia/Jakarta", "2026-11-24T11:00:00+0700"),
    ],
)
def test_moments_are_written_as_the_server_wants_them(form: str, zone: str, written: str):
    assert WindowSettings.model_validate({**WINDOW, "format": form, "zone": zone}).written(NOW) == written


def changed(n: int) -> datetime:
    return NOW - 3 * HOUR + n * timedelta(minutes=20)


def by_window(asked: Asked) -> Any:
    """Items that changed in the window, newest first, two a page."""
    begin, end = (datetime.fromisoformat(asked.params[name]) for name in ("dari", "sampai"))
    found = [
        item(n, dibuat=changed(n).isoformat(), diubah=changed(n).isoformat())
        for n in range(20)
        if begin <= changed(n) <= end
    ]
    page = int(asked.params["page"])
    return {"data": found[::-1][(page - 1) * 2 : page * 2]}


def test_after_an_outage_of_hours_nothing_is_missing(engine: Engine, tmp_path: Path):
    with serving(by_window) as server:
        feed = a_feed(server.url, engine, tmp_path, window=WINDOW, pages={"number": {"size": 2}})
        hand = Hand(feed, pipeline(engine))
        hand.take(NOW - 3 * HOUR)
        cursor = hand.cursor
        server.answer = lambda asked: Reply({}, 503)
        for minutes in range(0, 170, 20):
            with pytest.raises(SourceDown, match="503"):
                hand.take(NOW - 3 * HOUR + timedelta(minutes=minutes))
        assert hand.cursor == cursor
        server.answer = by_window
        hand.take(NOW)
        assert sorted(int(each["external_id"]) for each in all_cases(engine)) == list(range(10))
        before = all_cases(engine)
        hand.take(NOW)
    assert all_cases(engine) == before


def test_a_span_that_breaks_leaves_the_spans_before_it_done(sqlite_engine: Engine, tmp_path: Path):
    with serving(lambda asked: by_window(asked) if len(server.asked) < 3 else Reply(b"{")) as server:
        feed = a_feed(server.url, sqlite_engine, tmp_path, window=WINDOW, pages={"number": {"size": 2}})
        hand = Hand(feed, pipeline(sqlite_engine))
        with pytest.raises(SourceDown):
            hand.take(NOW)
        assert hand.cursor is None or datetime.fromisoformat(json.loads(hand.cursor)["until"]) < NOW
        server.answer = by_window
        hand.take(NOW)
    assert {int(each["external_id"]) for each in all_cases(sqlite_engine)} == set(range(3, 10))


def paged(asked: Asked, items: list[Any]) -> Any:
    """Of them what changed in the window, oldest first, two a page."""
    begin, end = (datetime.fromisoformat(asked.params[name]) for name in ("dari", "sampai"))
    found = [each for each in items if begin <= datetime.fromisoformat(each["diubah"]) <= end]
    page = int(asked.params["page"])
    return {"data": sorted(found, key=lambda each: str(each["diubah"]))[(page - 1) * 2 : page * 2]}


def test_what_leaves_a_span_while_its_pages_are_read_hides_no_other(engine: Engine, tmp_path: Path):
    """One item that is changed or deleted moves all behind it onto pages that were read already."""
    items = [item(n, diubah=(NOW - HOUR + timedelta(minutes=n)).isoformat()) for n in range(9)]
    moves = {1: items[0], 4: items[3]}

    def shrinking(asked: Asked) -> Any:
        told = paged(asked, items)
        if (gone := moves.get(len(server.asked))) is not None:
            items.remove(gone)
        return told

    window = {**WINDOW, "back_s": 3600, "span_s": 7200}
    with serving(shrinking) as server:
        feed = a_feed(server.url, engine, tmp_path, window=window, pages={"number": {"size": 2}})
        hand = Hand(feed, pipeline(engine))
        assert hand.take(NOW) == {"new": 9}
        assert hand.take(NOW + 2 * HOUR) == {}


def test_a_last_page_that_empties_while_it_is_asked_for_hides_nothing(sqlite_engine: Engine, tmp_path: Path):
    items = [item(n, diubah=(NOW - timedelta(minutes=5 - n)).isoformat()) for n in range(3)]

    def emptying(asked: Asked) -> Any:
        told = paged(asked, items)
        if len(server.asked) == 1:
            items.pop(0)
        return told

    with serving(emptying) as server:
        window = {**WINDOW, "back_s": 600}
        feed = a_feed(server.url, sqlite_engine, tmp_path, window=window, pages={"number": {"size": 2}})
        assert Hand(feed, pipeline(sqlite_engine)).take(NOW) == {"new": 3}


@pytest.mark.parametrize(
    ("pages", "asked"), [({"number": {"size": 2}}, 3), ({"url": {"next": "lanjut"}}, 1), (None, 1)]
)
def test_what_fits_on_one_page_costs_one_question_more_at_most(
    pages: dict[str, Any] | None, asked: int, sqlite_engine: Engine, tmp_path: Path
):
    with serving(lambda asked: {"data": [item(1)], "lanjut": None}) as server:
        feed = a_feed(server.url, sqlite_engine, tmp_path, window={**WINDOW, "back_s": 600}, pages=pages)
        assert Hand(feed, pipeline(sqlite_engine)).take(NOW) == {"new": 1}
    assert len(server.asked) == asked


@pytest.mark.parametrize("behind", [timedelta(minutes=40), timedelta(days=400)], ids=["a while", "beyond belief"])
def test_what_a_server_stamps_by_a_clock_that_is_behind_is_found(
    behind: timedelta, sqlite_engine: Engine, tmp_path: Path
):
    items: list[Any] = []
    clock = [NOW]

    def late(asked: Asked) -> Any:
        return Reply(paged(asked, items), headers={"Date": format_datetime(clock[0] - behind, usegmt=True)})

    with serving(late) as server:
        feed = a_feed(server.url, sqlite_engine, tmp_path, window=WINDOW, pages={"number": {"size": 2}})
        hand = Hand(feed, pipeline(sqlite_engine))
        hand.take(clock[0])
        clock[0] += timedelta(minutes=1)
        items.append(item(1, diubah=(clock[0] - min(behind, timedelta(minutes=40))).isoformat()))
        clock[0] += timedelta(minutes=1)
        assert hand.take(clock[0]) == ({"new": 1} if behind < timedelta(days=1) else {})
        assert hand.cursor is not None
        assert datetime.fromisoformat(json.loads(hand.cursor)["until"]) >= NOW - HOUR


def test_the_replay_of_an_old_window_changes_nothing(engine: Engine, tmp_path: Path):
    with serving(by_window) as server:
        feed = a_feed(server.url, engine, tmp_path, window=WINDOW, pages={"number": {"size": 2}})
        hand = Hand(feed, pipeline(engine))
        hand.take(NOW)
        before = all_cases(engine)
        hand.cursor = None
        assert set(hand.take(NOW)) == {"same"}
    assert all_cases(engine) == before
