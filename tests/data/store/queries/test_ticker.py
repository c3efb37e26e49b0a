"""What just happened."""

from __future__ import annotations

from datetime import datetime, timedelta

from data.domain.cases.model import EventKind
from data.domain.figures.boards import TickerItem
from data.store.cases import cases
from data.store.db.change_feed import record_change
from data.store.db.engine import Engine, reading, writing
from data.store.queries import ticker
from tests.factories import (
    BEJI,
    HOUR,
    MINUTE,
    NOW,
    a_case,
    a_city,
    a_history,
    calendars,
    event,
    received,
    stored,
    terms_for,
)


def given(engine: Engine, at: datetime, category: str = "pohon_tumbang", **changes: object) -> int:
    with writing(engine) as conn:
        return stored(conn, a_case(category, **changes), [received(at)])


def items(engine: Engine, limit: int = 8, now: datetime = NOW) -> tuple[TickerItem, ...]:
    with reading(engine) as conn:
        return ticker.ask(conn, a_city(), calendars(), now, limit).items


def test_the_newest_stands_first(engine: Engine):
    given(engine, NOW - 2 * MINUTE, "sampah", title="Sampah menumpuk")
    given(engine, NOW - MINUTE, "jalan_rusak", title="Jalan berlubang")
    assert [(one.kind, one.title, one.village, one.at, one.count) for one in items(engine)] == [
        ("received", "Jalan berlubang", "Sisir", NOW - MINUTE, 1),
        ("received", "Sampah menumpuk", "Sisir", NOW - 2 * MINUTE, 1),
    ]


def test_old_news_that_are_written_down_late_do_not_stand_above_new_ones(engine: Engine):
    given(engine, NOW, "sampah")
    for days in (1, 9, 30):
        given(engine, NOW - timedelta(days=days), "jalan_rusak")
    assert [one.category for one in items(engine)] == ["sampah", "jalan_rusak"]
    assert items(engine, 1)[0].at == NOW


def test_seven_who_report_one_fallen_tree_are_one_item(engine: Engine):
    for minute in range(7):
        given(engine, NOW + minute * MINUTE)
    given(engine, NOW + 7 * MINUTE, village=BEJI)
    found = items(engine, now=NOW + 10 * MINUTE)
    assert [(one.village, one.count) for one in found] == [("Beji", 1), ("Sisir", 7)]
    assert found[1].at == NOW + 6 * MINUTE


def test_after_a_clock_was_set_back_what_happens_now_stands_first(engine: Engine):
    given(engine, NOW - 5 * MINUTE, "longsor")
    for _ in range(20):
        given(engine, NOW + HOUR, "sampah")
    given(engine, NOW - MINUTE, "jalan_rusak")
    given(engine, NOW, "pohon_tumbang")
    found = items(engine)
    assert [one.category for one in found] == ["pohon_tumbang", "jalan_rusak", "sampah", "longsor"]
    assert found[2].at == NOW - 5 * MINUTE, "after the landslide and before the road, more is not known"
    assert all(one.at <= NOW for one in found)


def test_when_everything_is_of_the_future_the_order_of_writing_is_kept(engine: Engine):
    for minute, category in enumerate(("sampah", "longsor", "jalan_rusak")):
        given(engine, NOW + HOUR - minute * MINUTE, category)
    assert [one.category for one in items(engine)] == ["jalan_rusak", "longsor", "sampah"]
    given(engine, NOW, "pohon_tumbang")
    assert items(engine)[0].category == "pohon_tumbang"


def test_a_report_of_a_source_whose_clock_runs_ahead_is_news_when_it_comes(engine: Engine):
    given(engine, NOW - MINUTE, "sampah")
    given(engine, NOW + HOUR / 2, "jalan_rusak")
    assert items(engine)[0].category == "jalan_rusak"


def test_alike_with_something_between_stays_two(engine: Engine):
    for village in (None, BEJI, None):
        given(engine, NOW, village=village)
    assert [one.count for one in items(engine)] == [1, 1, 1]


def test_no_more_than_fit_are_told_and_folding_looks_further_back(engine: Engine):
    for _ in range(12):
        given(engine, NOW)
    given(engine, NOW, village=BEJI)
    assert [one.count for one in items(engine, 2)] == [1, 12]
    assert [one.count for one in items(engine, 1)] == [1]


def test_what_is_no_news_is_left_out(engine: Engine):
    new = a_case()
    with writing(engine) as conn:
        case_id = stored(conn, new, a_history(NOW - MINUTE, dispatched=timedelta(seconds=1)))
        more = [event(EventKind.NOTE, NOW), event(EventKind.RATED, NOW, score=5), event(EventKind.RESOLVED, NOW)]
        cases.append_events(conn, case_id, more, terms_for(new), NOW)
        record_change(conn, "source", NOW, source="api")
    assert [one.kind for one in items(engine)] == ["resolved", "dispatched", "received"]


def test_a_private_case_tells_its_category_only(engine: Engine):
    given(engine, NOW, "narkoba", title="Transaksi di gang", text="Rumah nomor 4")
    (one,) = items(engine)
    assert one == TickerItem(NOW, "received", "", None, "bnn" if one.agency == "bnn" else "triase", "narkoba", True, 1)


def test_an_import_tells_how_many_came_from_where(engine: Engine):
    with writing(engine) as conn:
        record_change(conn, "imported", NOW, source="lapor", count=240)
    assert items(engine) == (TickerItem(NOW, "imported", "lapor", None, "", "", False, 240),)
