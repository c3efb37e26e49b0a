"""The table of figures: complete in both languages, the same on the walls, and no definition changes unnoticed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data.domain.figures import definitions
from data.domain.figures.definitions import BY_CODE, DEFINITIONS, PARTS, Clock, Definition, Kind
from data.domain.figures.fingerprint import SourceOf, fingerprint, read_recorded, read_source
from data.domain.figures.kpis import FIGURES, STRIP, Better, Unit
from data.domain.history.columns import CaseColumns, PauseColumns, array_fields
from data.texts import LANGUAGES, read_texts

RECORDED = Path(definitions.__file__).with_name("fingerprints.txt")
TEXTS: Mapping[str, Mapping[str, Any]] = {lang: read_texts(lang) for lang in LANGUAGES}
FIGURE = "data.domain.figures"


def test_no_definition_changes_without_a_new_version():
    now = {(each.code, each.version): fingerprint(each, TEXTS) for each in DEFINITIONS}
    recorded = read_recorded(RECORDED.read_text(encoding="utf-8"))
    changed = "\n".join(f"{code} {n} {told}" for (code, n), told in now.items() if recorded.get((code, n)) != told)
    assert changed == "", "a figure changed its meaning: raise its version and record these lines in fingerprints.txt"


def edited(module: str, before: str, after: str) -> SourceOf:
    """The modules as they are, one of them edited."""

    def source(name: str) -> str:
        text = read_source(name)
        return text.replace(before, after) if name == f"{FIGURE}.{module}" else text

    assert before in read_source(f"{FIGURE}.{module}"), "nothing would be edited"
    return source


def reworded(lang: str, key: str) -> Mapping[str, Mapping[str, Any]]:
    return {**TEXTS, lang: {**TEXTS[lang], key: "Something else."}}


PLANTED: list[tuple[str, Callable[[Definition], str]]] = [
    (
        "on_time",
        lambda it: fingerprint(
            it, TEXTS, edited("measures.flows", '(picked["answered"] <= picked', '(picked["answered"] < picked')
        ),
    ),
    (
        "on_time",
        lambda it: fingerprint(
            it, TEXTS, edited("measures.flows", "Undated.DISPATCH | Undated.ANSWER", "Undated.ANSWER")
        ),
    ),
    (
        "received",
        lambda it: fingerprint(
            it, TEXTS, edited("measures.flows", "(CaseState.REJECTED, CaseState.MERGED)", "(CaseState.MERGED,)")
        ),
    ),
    (
        "overdue",
        lambda it: fingerprint(
            it, TEXTS, edited("measures.stocks", "due.astype(np.int64) + 1", "due.astype(np.int64)")
        ),
    ),
    (
        "resolution",
        lambda it: fingerprint(
            it, TEXTS, edited("measures.statistics", "curve.at <= 1 - share + _CLOSE", "curve.at < 1 - share")
        ),
    ),
    (
        "verified",
        lambda it: fingerprint(it, TEXTS, edited("view", "(moments < end)", "(moments <= end)")),
    ),
    ("open", lambda it: fingerprint(it, reworded("id", "figures.open.left_out"))),
    ("citizen_wait", lambda it: fingerprint(it, reworded("en", "figures.citizen_wait.formula"))),
    ("first_response", lambda it: fingerprint(replace(it, clock=Clock.CALENDAR), TEXTS)),
    ("rating", lambda it: fingerprint(replace(it, least_n=3), TEXTS)),
]


@pytest.mark.parametrize(("code", "planted"), PLANTED)
def test_a_planted_change_is_found(code: str, planted: Callable[[Definition], str]):
    definition = BY_CODE[code]
    assert planted(definition) != fingerprint(definition, TEXTS)


def test_another_docstring_changes_no_definition():
    other = edited("measures.flows", '"""Cases by their receipt."""', '"""What came in."""')
    assert fingerprint(BY_CODE["received"], TEXTS, other) == fingerprint(BY_CODE["received"], TEXTS)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_figure_is_told_in_full(lang: str):
    keys = [each.text(part) for each in DEFINITIONS for part in PARTS]
    keys += [f"figures.rule.{each.rule}" for each in DEFINITIONS]
    assert [key for key in keys if not TEXTS[lang].get(key)] == []


def test_the_walls_figures_are_rows_of_the_table():
    assert {each.code for each in DEFINITIONS if each.tile} == FIGURES.keys()
    for figure in STRIP:
        assert (BY_CODE[figure.name].unit, BY_CODE[figure.name].better) == (figure.unit, figure.better)


def test_each_code_stands_for_one_figure():
    assert len(BY_CODE) == len(DEFINITIONS)


def test_times_say_which_clock_measures_them_and_nothing_else_does():
    assert all((each.clock is not None) == (each.unit is Unit.SECONDS) for each in DEFINITIONS)


def test_a_stock_is_put_into_no_period_and_everything_else_by_a_moment():
    moments = {"at", *array_fields(CaseColumns), *(f"pauses.{name}" for name in array_fields(PauseColumns))}
    for each in DEFINITIONS:
        assert (each.measures == "") == (each.kind is Kind.STOCK)
        assert each.measures in {"", *moments}


def test_a_volume_has_no_better_way():
    assert BY_CODE["received"].better is Better.NEITHER
