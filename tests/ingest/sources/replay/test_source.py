from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.domain.cases.model import Undated
from data.domain.figures.period import Period, figures
from data.domain.figures.values import Share
from data.domain.sla.clocks import ClockKind, clocks
from data.domain.sla.terms import terms
from data.store.cases.cases import events_of
from data.store.db.engine import Engine, reading
from data.store.history.history import History
from data.store.queries.figures.promises import promise_counts
from data.texts import texts
from ingest.source import SourceDown
from ingest.tabular.mapping.projection import into_city, middle
from ingest.tabular.raw_rows import BATCH
from tests.ingest.doors import (
    NOW,
    Hand,
    all_cases,
    all_events,
    around,
    config,
    configured,
    ground,
    long_calendars,
    pipeline,
)
from tests.real_data import needs_real_data

HEADER = "SRRecordID,SRType,MethodReceived,CreatedDate,SRStatus,StatusDate,CloseDate,Agency,Address,Latitude,Longitude"
START = datetime(2018, 4, 12, 15, 0, tzinfo=UTC)


def a_recording(home: Path, *rows: dict[str, str]) -> Path:
    """A table as Baltimore's, with few rows."""
    columns = HEADER.split(",")
    path = home / "recording.csv"
    lines = [",".join(f'"{row.get(column, "")}"' for column in columns) for row in rows]
    path.write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
    return path


def a_row(number: int, opened: str, closed: str = "", **more: str) -> dict[str, str]:
    times = {"CreatedDate": f"04/12/2018 {opened} AM", "CloseDate": closed and f"04/12/2018 {closed} AM"}
    status = {"SRStatus": "Closed" if closed else "New", "Agency": "Solid Waste", "SRType": "SW-Dirty Street"}
    return {"SRRecordID": f"R{number}", **times, **status, **more}


def hand(engine: Engine, home: Path, name: str = "baltimore", **changes: Any) -> Hand:
    return Hand(configured(name, around(engine, home), **changes), pipeline(engine))


@needs_real_data
@pytest.mark.timeout(300)
def test_baltimores_ten_thousand_rows_import_and_again_change_nothing(sqlite_engine: Engine, tmp_path: Path):
    baltimore = hand(sqlite_engine, tmp_path)
    assert baltimore.take() == Counter(new=10_000)
    assert baltimore.take() == Counter()
    stored = all_cases(sqlite_engine)
    assert Counter(case["state"] for case in stored) == Counter(
        closed=9_567, rejected=235, acknowledged=131, dispatched=67
    )
    with reading(sqlite_engine) as conn:  # the file's own due date: 1,567 late of 9,555 that ended
        assert promise_counts(conn, "baltimore", NOW) == Counter(kept=7_988, missed=1_567, overdue=153, undated=6)
    history = History(sqlite_engine, tmp_path / "history", config().city, long_calendars())
    columns = history.as_known(at=datetime(2028, 1, 1, tzinfo=UTC))  # by then every promise has fallen due
    told = figures(columns, Period.days(date(2010, 1, 1), date(2027, 12, 31)), codes=("promise_kept",)).total
    assert told["promise_kept"] == Share(7_988, 7_988 + 1_567 + 153 + 6)
    duplicates = [event for event in all_events(sqlite_engine, "rejected") if event["reason"] == "undated"]
    assert len(duplicates) == 10  # `Open (Duplicate)` and `New (Duplicate)`: not open, and nobody says since when
    assert Counter(case["precision"] for case in stored) == Counter(exact=8_518, none=1_482)
    assert all(case["demo"] for case in stored)
    assert len({case["village"] for case in stored}) >= 20
    first = next(case for case in stored if case["external_id"] == "18-00269879")
    assert first["received_at"] == datetime(2018, 4, 12, 15, 11, 26, tzinfo=UTC)
    assert (first["resolved_at"] - first["received_at"]).total_seconds() == 5661
    assert (first["category"], first["agency"], first["lat"]) == ("lampu_lalu_lintas", "dishub", None)
    baltimore.cursor = None
    assert baltimore.take() == Counter(same=10_000)


@needs_real_data
def test_lapors_240_rows_import_with_statuses_classes_and_pauses_and_none_is_dropped(engine: Engine, tmp_path: Path):
    assert hand(engine, tmp_path, "lapor").take() == Counter(new=240)
    stored = all_cases(engine)
    assert Counter(case["sp4n_status"] for case in stored)["Menunggu Kelengkapan Informasi"] == 18
    assert Counter(case["service_class"] for case in stored) == Counter(
        pengawasan=159, aspirasi=56, pengaduan=18, informasi=7
    )
    assert Counter(case["private"] for case in stored) == Counter({False: 150, True: 90})
    assert Counter(case["precision"] for case in stored) == Counter(none=240)
    assert next(case for case in stored if case["external_id"] == "3")["address"] == (
        "LOA JANAN, Kutai Kartanegara, Kalimantan Timur"
    )
    assert {event["reason"] for event in all_events(engine, "paused")} == {"citizen"}
    assert [len(all_events(engine, kind)) for kind in ("paused", "closed", "rejected")] == [18, 175, 47]


@needs_real_data
def test_a_recording_without_closing_times_claims_no_answer_and_no_resolution(engine: Engine, tmp_path: Path):
    hand(engine, tmp_path, "lapor").take()
    stored = all_cases(engine)
    assert {case["answered_at"] for case in stored} == {case["resolved_at"] for case in stored} == {None}
    ends = all_events(engine, "closed") + all_events(engine, "rejected") + all_events(engine, "dispatched")
    assert {event["reason"] for event in ends} == {"undated"}


@needs_real_data
def test_an_end_that_has_no_date_is_neither_met_nor_missed(sqlite_engine: Engine, tmp_path: Path):
    hand(sqlite_engine, tmp_path, "lapor").take()
    states, durations = Counter[str](), Counter[bool]()
    with reading(sqlite_engine) as conn:
        for row in all_cases(sqlite_engine):
            policy = (row["policy"], row["policy_version"])
            under = terms(config().city, long_calendars(), row["category"], policy, row["service_class"])
            for clock in clocks(events_of(conn, row["id"]), under, NOW):
                if clock.kind in (ClockKind.VERIFY, ClockKind.RESOLVE, ClockKind.LEGAL) and clock.stopped_at:
                    states[clock.state] += not row["open"]
                    durations[clock.elapsed_s is None] += not row["open"]
    assert states == Counter(undated=3 * 222, met=0)
    assert durations == Counter({True: 3 * 222})
    assert sum(bool(Undated(row["undated"]) & Undated.END) for row in all_cases(sqlite_engine)) == 222


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"CreatedDate": ""}, "CreatedDate: kosong"),
        ({"CreatedDate": "13/40/2018 10:00:00 AM"}, "CreatedDate: '13/40/2018 10:00:00 AM'"),
        ({"CloseDate": "04/12/2018 10:59:59 AM"}, "CloseDate: 2018-04-12 14:59:59Z mendahului"),
        ({"CloseDate": ""}, "CloseDate: kosong"),
        ({"SRStatus": "Lost"}, "SRStatus: 'Lost' tidak dikenal; yang benar: Closed"),
        ({"SRType": ""}, "SRType: kosong"),
        ({"Agency": "Coast Guard"}, "Agency: 'Coast Guard' tidak dikenal"),
        ({"Latitude": "north"}, "Latitude: 'north'"),
        ({"SRRecordID": ""}, "SRRecordID: kosong"),
    ],
)
def test_a_row_that_cannot_be_is_rejected_with_the_reason(
    sqlite_engine: Engine, tmp_path: Path, changes: dict[str, str], said: str
):
    path = a_recording(tmp_path, a_row(1, "11:00:00", "11:30:00", **changes), a_row(2, "11:00:00"))
    it = hand(sqlite_engine, tmp_path, path=str(path))
    assert it.take() == Counter(new=1, rejected=1)
    assert said in texts("id").stored_sentence(it.outcomes[0].reason)


def test_a_recording_is_played_from_the_moment_it_was_started(engine: Engine, tmp_path: Path):
    path = a_recording(tmp_path, a_row(1, "11:00:00", "11:30:00"), a_row(2, "11:10:00"), a_row(3, "11:40:00"))
    it = hand(engine, tmp_path, path=str(path), mode="live", speed=60)
    assert it.take(NOW) == Counter(new=1)
    assert it.take(NOW + timedelta(seconds=9)) == Counter()
    assert it.take(NOW + timedelta(seconds=10)) == Counter(new=1)
    assert [case["state"] for case in all_cases(engine)] == ["dispatched", "dispatched"]
    assert it.take(NOW + timedelta(seconds=35)) == Counter(updated=1)
    assert it.take(NOW + timedelta(hours=2)) == Counter(new=1)
    assert it.take(NOW + timedelta(hours=9)) == Counter()
    one, two, three = all_cases(engine)
    assert (one["state"], one["received_at"], one["resolved_at"]) == ("closed", NOW, NOW + timedelta(seconds=30))
    assert two["received_at"] == NOW + timedelta(seconds=10)
    assert three["received_at"] == NOW + timedelta(seconds=40)


def test_a_recording_that_plays_keeps_its_times_after_a_new_start_and_another_speed(engine: Engine, tmp_path: Path):
    path = a_recording(tmp_path, a_row(1, "11:00:00"), a_row(2, "11:10:00"))
    first = hand(engine, tmp_path, path=str(path), mode="live", speed=60)
    first.take(NOW)
    again = hand(engine, tmp_path, path=str(path), mode="live", speed=1)
    again.cursor = first.cursor
    assert again.take(NOW + timedelta(seconds=10)) == Counter(new=1)


def test_what_cannot_be_read_is_rejected_while_playing_too(engine: Engine, tmp_path: Path):
    path = a_recording(tmp_path, a_row(1, "11:00:00"), a_row(2, "11:10:00", "11:05:00"))
    it = hand(engine, tmp_path, path=str(path), mode="live")
    assert it.take(NOW) == Counter(new=1, rejected=1)


@needs_real_data
def test_baltimore_plays_in_order_of_time(sqlite_engine: Engine, tmp_path: Path):
    it = hand(sqlite_engine, tmp_path, mode="live", speed=600)
    it.take(NOW)
    counted = it.take(NOW + timedelta(hours=1))
    assert counted["new"] > 100
    assert counted["rejected"] == 0
    stored = all_cases(sqlite_engine)
    assert {NOW <= case["received_at"] <= NOW + timedelta(hours=1) for case in stored} == {True}
    assert max(case["updated_at"] for case in stored) <= NOW + timedelta(hours=1)


def test_an_import_goes_on_where_it_was_stopped(sqlite_engine: Engine, tmp_path: Path):
    it = hand(
        sqlite_engine,
        tmp_path,
        path=str(a_recording(tmp_path, *(a_row(n, "11:00:00") for n in range(2 * BATCH + 100)))),
    )
    it.take_and_die(1)
    assert it.cursor is not None
    assert json.loads(it.cursor)["rows"] == BATCH
    assert it.take() == Counter(new=BATCH + 100)


def test_a_missing_recording_says_how_to_give_its_place(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    it = hand(sqlite_engine, tmp_path, path="../gone.csv")
    with pytest.raises(SourceDown, match=r"gone\.csv .*BATT_BALTIMORE_FILE.*sources\.baltimore"):
        it.take()
    monkeypatch.setenv("BATT_BALTIMORE_FILE", str(a_recording(tmp_path, a_row(1, "11:00:00"))))
    assert it.take() == Counter(new=1)


def test_a_recording_that_is_no_table_is_told(sqlite_engine: Engine, tmp_path: Path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(SourceDown, match="tidak ada baris judul"):
        hand(sqlite_engine, tmp_path, path=str(tmp_path / "x.csv")).take()


def test_a_projected_position_is_inside_the_city_and_always_the_same():
    place = into_city(ground())
    chance = np.random.default_rng(1)
    spots = [place(*at) for at in zip(chance.uniform(-8.1, -7.6, 500), chance.uniform(112.3, 112.8, 500), strict=True)]
    assert [spot for spot in spots if not ground().place(*spot).inside_city] == []
    assert ground().place(*middle()).inside_city
    assert place(*middle()) == tuple(round(each, 6) for each in middle())
