"""The figures: one table, and 'no data' is not zero."""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.domain.figures.kpis import FIGURES, STRIP, Better, Share, Unit, median, on_time_share, percentile
from data.texts import LANGUAGES, texts

NAMES = ["received", "open", "at_risk", "overdue", "on_time", "first_response", "citizen_wait"]
DEFINITIONS = Path(__file__).parents[4] / "docs" / "figures.md"


def test_the_strip_has_its_figures_in_order():
    assert [figure.name for figure in STRIP] == NAMES
    assert [FIGURES[figure.name] for figure in STRIP] == list(STRIP)


def test_every_figure_has_a_title_in_both_languages():
    for lang in LANGUAGES:
        assert all(texts(lang)(f"kpi.{figure.name}") for figure in STRIP)


def test_a_title_says_what_time_it_counts_even_where_it_is_short():
    for lang, hours, citizen in (("id", "jam kerja", "warga"), ("en", "work", "citizen")):
        for family in ("kpi", "kpi.short"):
            assert hours in texts(lang)(f"{family}.first_response")
            assert citizen in texts(lang)(f"{family}.citizen_wait")


def test_the_definitions_have_the_titles_of_the_walls():
    told = DEFINITIONS.read_text(encoding="utf-8")
    for figure in STRIP:
        both = " / ".join(texts(lang)(f"kpi.{figure.name}") for lang in LANGUAGES)
        short = " / ".join(texts(lang)(f"kpi.short.{figure.name}") for lang in LANGUAGES)
        assert f"| `{figure.name}` | {both} | {short} |" in told
    paused = " / ".join(texts(lang)("sla.pause_share") for lang in LANGUAGES)
    assert f"## {paused}\n" in told


def test_every_figure_has_a_unit_and_says_which_way_is_good():
    assert {figure.unit for figure in STRIP} == set(Unit) - {Unit.SCORE, Unit.RUPIAH, Unit.QUANTITY}
    assert {figure.better for figure in STRIP} == set(Better)


def test_what_is_open_and_overdue_counts_as_late():
    assert on_time_share(6, 4) == Share(6, 10)
    assert on_time_share(0, 3) == Share(0, 3)


def test_no_data_is_not_zero():
    assert on_time_share(0, 0) == Share(0, 0)
    assert median([]) is None
    assert percentile([], 0.9) is None


def test_few_cases_are_a_count_and_not_a_share():
    assert on_time_share(3, 1).few
    assert not on_time_share(3, 2).few


def test_a_percentile_lies_between_its_neighbours():
    assert percentile([10, 20, 30, 40, 50], 0.9) == 46
    assert percentile([7], 0.9) == 7
    assert percentile([2, 1], 0) == 1
    assert percentile([2, 1], 1) == 2
    with pytest.raises(ValueError, match="between 0 and 1"):
        percentile([1], 90)


@given(st.lists(st.integers(0, 10**9), min_size=1))
def test_the_median_is_the_one_that_everybody_knows(values: list[float]):
    assert median(values) == statistics.median(values)
