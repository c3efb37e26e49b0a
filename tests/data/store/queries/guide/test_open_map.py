"""The open map shows no private case, none that was ever private, nothing unchecked, and no exact place."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from data.domain.cases.model import EventKind, Precision
from data.domain.city.open_map import OpenMapRule
from data.domain.guide.open_map import OpenMap, VillageCount, square_of
from data.store.db.engine import Engine, reading, writing
from data.store.queries.guide import open_map
from tests.factories import DAY, HOUR, MINUTE, NOW, SISIR, a_case, a_city, a_history, event, stored

RULE = OpenMapRule(("jalan_rusak", "narkoba", "gone"), ("sampah",), timedelta(days=30))


def asked(engine: Engine) -> OpenMap:
    with reading(engine) as conn:
        return open_map.ask(conn, a_city(), RULE, NOW)


def given(engine: Engine, category: str = "jalan_rusak", age=DAY, then=None, **changes: object):  # noqa: ANN001
    with writing(engine) as conn:
        agency = a_city().categories[category].agency
        later = {"dispatched": MINUTE} if then is None else then
        stored(conn, a_case(category, **changes), a_history(NOW - age, agency, **later), NOW)


def test_a_checked_report_is_in_its_square_with_its_day(engine: Engine):
    given(engine)
    (case,) = asked(engine).cases
    assert (case.category, case.state, case.received, case.solved) == (
        "jalan_rusak",
        "forwarded",
        date(2026, 11, 23),
        None,
    )
    assert case.square == square_of(-7.8696, 112.5276) != (-7.8696, 112.5276)


def test_a_solved_one_stays_for_its_days(engine: Engine):
    given(engine, then={"dispatched": MINUTE, "resolved": HOUR})
    given(engine, age=40 * DAY, then={"dispatched": MINUTE, "resolved": HOUR})
    assert [(it.state, it.solved) for it in asked(engine).cases] == [("done", date(2026, 11, 23))]


@pytest.mark.parametrize(
    "changes",
    [
        {"category": "narkoba"},
        {"private": True},
        {"category": "longsor"},
        {"then": {}},
        {"then": {"rejected": MINUTE}},
        {"precision": Precision.OUTSIDE, "village": None},
        {"precision": Precision.NONE, "village": None, "lat": None, "lon": None},
    ],
)
def test_what_is_not_shown(engine: Engine, changes: dict[str, object]):
    given(engine, **changes)  # type: ignore[arg-type]
    assert asked(engine) == OpenMap()


def test_what_was_once_of_a_private_category_is_not_shown(engine: Engine):
    moved = event(EventKind.RECLASSIFIED, NOW - HOUR, category="jalan_rusak", agency="dpupr")
    first = event(EventKind.RECLASSIFIED, NOW - 2 * HOUR, category="narkoba", agency="bnn")
    with writing(engine) as conn:
        stored(conn, a_case(), [*a_history(NOW - DAY, dispatched=MINUTE), first, moved], NOW)
    assert asked(engine).cases == ()


def test_what_may_stand_before_a_home_is_only_counted(engine: Engine):
    for _ in range(4):
        given(engine, "sampah")
    assert asked(engine) == OpenMap((), (VillageCount(SISIR, "sampah", "open", None),))
    given(engine, "sampah")
    assert asked(engine).villages == (VillageCount(SISIR, "sampah", "open", 5),)


def test_of_which_only_the_village_is_known_is_counted_there(engine: Engine):
    given(engine, precision=Precision.VILLAGE, lat=None, lon=None)
    assert asked(engine) == OpenMap((), (VillageCount(SISIR, "jalan_rusak", "open", None),))
