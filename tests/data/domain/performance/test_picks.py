"""A mark of a chart and the list behind it are the same cases."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from data.domain.performance import arrivals, forecast, picks, shares, times, weeks
from data.domain.performance.frame import Frame
from data.domain.performance.picks import Pick
from tests.columns import AT, DAY_S, Row, a_frame, a_row
from tests.data.domain.performance.test_answers import some_cases
from tests.factories import SISIR


def listed(frame: Frame, text: str) -> int:
    pick = picks.parse(text)
    assert pick is not None
    return len(picks.rows_of(frame, pick))


@given(some_cases)
def test_a_bar_has_as_many_cases_as_its_list(rows: list[Row]):
    frame = a_frame(rows)
    for row in shares.on_time(frame).rows:
        assert listed(frame, f"on_time:agency:{row.code}") == row.n
    for place in arrivals.where(frame).rows:
        assert listed(frame, f"received:village:{place.code}") == place.n
    for agency, n in forecast.forecast(frame).due.items():
        assert listed(frame, f"due:agency:{agency}") == n


@given(rows=some_cases, days=st.integers(14, 40))
@example(rows=[a_row(AT - 28 * DAY_S)], days=28)
def test_a_week_has_as_many_cases_as_its_list(rows: list[Row], days: int):
    """The first and the last are cut where the period does not begin on a Monday and end on a Sunday."""
    frame = a_frame(rows, days=days)
    flow = weeks.flow(frame)
    for part in flow.parts:
        assert listed(frame, f"received:{flow.step}:{part.start}") == (part.received or 0)
        ended_again = (part.ended or 0) - listed(frame, f"ended:{flow.step}:{part.start}")
        assert 0 <= ended_again <= (part.reopened or 0), "a case that ended twice stands once in the list"
        for age, n in enumerate(part.backlog):
            assert listed(frame, f"backlog:{part.start}:{age}") == n


@given(some_cases)
def test_an_hour_has_as_many_cases_as_its_list(rows: list[Row]):
    frame = a_frame(rows)
    counts = arrivals.when(frame).counts
    for day, hours in enumerate(counts):
        assert listed(frame, f"received:weekday:{day}") == sum(hours)
    busiest = max((n, day, hour) for day, hours in enumerate(counts) for hour, n in enumerate(hours))
    assert listed(frame, f"received:hour:{busiest[1]}-{busiest[2]}") == busiest[0]


@given(some_cases)
def test_a_category_in_a_week_has_as_many_cases_as_its_list(rows: list[Row]):
    frame = a_frame(rows)
    topics = arrivals.topics(frame)
    for row in topics.rows:
        told = [listed(frame, f"topic:{start}:{row.code}") for start in topics.starts]
        assert told == list(row.counts)


def test_pauses_and_words_have_their_lists():
    wait = [("dlh", "citizen", 60, 7200), ("dpupr", "weather", 8000, 9000)]
    rows = [
        a_row(finished=30 * 3600 - n, said=said, pauses=wait[: n + 1]) for n, said in enumerate(("A a", "a A", None))
    ]
    frame = a_frame(rows, days=2)
    told = {text: listed(frame, f"paused:{text}") for text in ("any:citizen", "dpupr:weather", "dpupr:any", "nasa:any")}
    assert told == {"any:citizen": 3, "dpupr:weather": 2, "dpupr:any": 2, "nasa:any": 0}
    assert [listed(frame, f"quality:{code}") for code in ("without_proof", "copied")] == [0, 0]


def test_ratings_and_quick_ends_have_their_lists():
    frame = a_frame([a_row(finished=30, rating=2), a_row(finished=DAY_S // 2, rating=5), a_row()])
    assert listed(frame, "rated:score:2") == 1
    assert listed(frame, "quality:within_minute") == 1
    assert listed(frame, "quality:reopened") == 0
    assert times.resolutions(frame).n == 3


def test_a_mark_filters_by_what_it_stands_for():
    told = {text: picks.filter_of(Pick(*text.split(":"))) for text in ("topic:2026-11-02:sampah", "paused:dlh:any")}
    assert list(told.values()) == [("category", "sampah"), ("agency", "dlh")]
    assert picks.filter_of(Pick("on_time", "village", SISIR)) == ("village", SISIR)
    assert picks.filter_of(Pick("paused", picks.ANY, "citizen"))[0] not in ("agency", "category", "village")


@pytest.mark.parametrize("text", ["", "nothing:agency:dlh", "on_time", "::", "<script>:a:b"])
def test_what_is_no_mark_of_a_chart_has_no_list(text: str):
    pick = picks.parse(text)
    assert pick is None or text == "on_time"


@pytest.mark.parametrize(
    "text",
    [
        *("on_time:agency:nasa", "received:hour:x-y", "received:week:besok", "backlog:x:y", "rated:score:9", "due:"),
        *("received:weekday:²", "received:hour:1-²", "backlog:2026-11-02:²", "rated:score:²"),
    ],
)
def test_a_mark_that_no_chart_has_has_no_cases_or_those_of_the_whole(text: str):
    frame = a_frame([a_row(answer_due=3600)])
    assert listed(frame, text) in (0, 1)
