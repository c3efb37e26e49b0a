"""What just happened."""

from __future__ import annotations

from datetime import datetime, timedelta

from data.domain.cases.model import EventKind
from data.domain.figures.boards import TickerItem
from data.store.cases import cases
from data.store.db.change_feed import record_change
from data.store.db.engine import Engine, reading, writing
from data.store.queries import ticker
from tests.factories import BEJI, MINUTE, NOW, a_case, a_city, a_history, calendars, event, received, stored, terms_for


def given(engine: Engine, at: datetime, category: str = "pohon_tumbang", **changes: object) -> int:
    with writing(engine) as conn:
        return stored(conn, a_case(category, **changes), [received(at)])


def items(engine: Engine, limit: int = 8) -> tuple[TickerItem, ...]:
    with reading(engine) as conn:
        return ticker.ask(conn, a_city(), calendars(), NOW, limit).items


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
    assert [(one.village, one.count) for one in items(engine)] == [("Beji", 1), ("Sisir", 7)]
    assert items(engine)[1].at == NOW + 6 * MINUTE


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
