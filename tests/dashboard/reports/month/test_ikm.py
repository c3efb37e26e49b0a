from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.reports.archive.gathering import gather, known_at
from dashboard.reports.month.ikm import ikm_class, ikm_value, index_of
from dashboard.reports.month.tables import TOTAL
from data.domain.cases.model import EventKind
from data.domain.cases.satisfaction import ASKED, ELEMENTS, asked_of
from data.store.cases import cases
from data.store.citizens import ratings
from data.store.citizens.ratings import Rating
from data.store.db.engine import Engine, writing
from tests.dashboard.reports.months import MADE_AT, OCTOBER, at_noon, deps_of, given, some_cases
from tests.factories import HOUR, a_case, event, terms_for


@pytest.mark.parametrize(
    ("value", "name"),
    [(25.0, "D"), (64.99, "D"), (65.0, "C"), (76.60, "C"), (76.61, "B"), (88.30, "B"), (88.31, "A"), (100.0, "A")],
)
def test_the_classes_begin_at_their_limits(value: float, name: str):
    assert ikm_class(value) == name


@pytest.mark.parametrize(("mean", "value"), [(1.0, 25.0), (5.0, 100.0), (3.0, 62.5), (3.33, 68.69)])
def test_ratings_of_1_to_5_reach_from_25_to_100(mean: float, value: float):
    assert ikm_value(mean) == value


def test_each_of_the_nine_elements_is_asked_as_often_as_the_others():
    asked = [element for case_id in range(30) for element in asked_of(case_id, 1)]
    assert {element: asked.count(element) for element in ELEMENTS} == dict.fromkeys(ELEMENTS, 30 * ASKED // 9)
    assert asked_of(7, 1) != asked_of(7, 2)


def test_the_index_is_the_mean_of_nine_means_on_25_to_100():
    assert index_of(dict.fromkeys(ELEMENTS, (0, 0, 0, 5))) == 100.0
    assert index_of(dict.fromkeys(ELEMENTS, (5, 0, 0, 0))) == 25.0
    mixed = {**dict.fromkeys(ELEMENTS, (0, 0, 5, 0)), "time": (0, 0, 500, 500)}
    assert index_of(mixed) == 76.39  # (8 x 3 + 3.5) / 9 x 25


def test_without_enough_answers_to_one_element_there_is_no_index():
    points = dict.fromkeys(ELEMENTS, (0, 0, 5, 0))
    assert index_of({**points, "cost": (0, 0, 4, 0)}) is None
    assert index_of({name: points[name] for name in ELEMENTS if name != "cost"}) is None


def test_the_report_tells_the_nine_elements_and_the_index_once_all_have_enough_answers(engine: Engine, tmp_path: Path):
    some_cases(engine)
    deps, case_id = deps_of(engine, tmp_path), given(engine, at_noon(2), "sampah", dispatched=HOUR)

    def told() -> tuple[str | None, object]:
        facts = gather(deps, OCTOBER, "", known_at(deps, OCTOBER, None))
        (chapter,) = [one for one in facts.chapters if one.name == "quality"]
        tables = {table.name: table for table in chapter.tables}
        said = next((one.key for one in chapter.findings if one.key.startswith("ikm.")), None)
        return said, tables["elements"].row(TOTAL).cells if "elements" in tables else None

    assert told() == (None, None)
    for cycle in range(1, 6):
        with writing(engine) as conn:
            elements = ELEMENTS if cycle < 5 else ELEMENTS[:-1]
            vote = Rating(case_id, cycle, at_noon(20), "yes", None, "", False)
            ratings.add_elements(conn, vote, dict.fromkeys(elements, 3), 1)
    assert told() == ("ikm.few", (44, None, None, None))
    with writing(engine) as conn:
        ratings.add_elements(conn, Rating(case_id, 6, at_noon(21), "yes", None, "", False), {ELEMENTS[-1]: 3}, 1)
    assert told() == ("ikm.some", (45, None, 75.0, "ikm:C"))


def test_an_agencys_survey_is_that_of_the_cases_it_had_as_the_report_knows_them(engine: Engine, tmp_path: Path):
    some_cases(engine)
    deps, case_id = deps_of(engine, tmp_path), given(engine, at_noon(2), "sampah", dispatched=HOUR)
    with writing(engine) as conn:
        vote = Rating(case_id, 1, at_noon(20), "yes", None, "", asks_reopening=False)
        ratings.add_elements(conn, vote, {"time": 3}, 1)
    known = known_at(deps, OCTOBER, None)

    def told(agency: str) -> object:
        tables = {table.name: table for table in gather(deps, OCTOBER, agency, known).tables}
        return tables["elements"].row("time").cells[0] if "elements" in tables else None

    before = told("dlh"), told("dpupr")
    assert before == (1, None)
    with writing(engine) as conn:
        later = MADE_AT + HOUR
        moved = event(EventKind.TRANSFERRED, later, agency="dpupr")
        cases.append_events(conn, case_id, [moved], terms_for(a_case("sampah")), later)
    assert (told("dlh"), told("dpupr")) == before
