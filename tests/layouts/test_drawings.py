"""What holds for every board: regions, escaping, privacy, and drawings that stay equal while nothing happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from dash.development.base_component import Component
from hypothesis import given, settings
from hypothesis import strategies as st

from data.domain.city.model import City
from data.domain.figures.boards import CaseRow, Escalations, QueueBoard, SlaWall, Ticker
from layouts.kit.viewport import Panel
from layouts.pages.wall import BOARDS
from tests.factories import NOW, a_city
from tests.layouts.answers import (
    CONTEXT,
    MAINS,
    MINUTE,
    PANELS,
    a_line,
    a_queue,
    a_screen,
    a_viewport,
    an_item,
    answers,
    draw,
)
from tests.layouts.seen import seen

EVIL = "<img src=q onerror=alert(1)>\"'&</div><script>"
ALL = st.sampled_from(sorted(BOARDS))


def shells(board: str) -> list[Component]:
    """Every component with an id that a board's regions hold."""
    found: list[Component] = []
    waiting: list[Any] = list(BOARDS[board].regions(a_viewport(board), CONTEXT))
    while waiting:
        part = waiting.pop()
        if isinstance(part, Component):
            found.append(part)
            children = getattr(part, "children", None) or []
            waiting += children if isinstance(children, list) else [children]
    return found


@pytest.mark.parametrize("board", BOARDS)
def test_a_drawing_fills_the_regions_that_the_board_declares(board: str):
    assert set(draw(board, answers()[board])) == set(BOARDS[board].Id)


@pytest.mark.parametrize("board", BOARDS)
def test_every_declared_region_has_its_shell_once(board: str):
    ids = [shell.id for shell in shells(board) if getattr(shell, "id", None)]
    assert len(ids) == len(set(ids))
    assert set(BOARDS[board].Id) <= set(ids)


@pytest.mark.parametrize("board", BOARDS)
def test_a_region_of_props_is_a_live_component_and_one_of_elements_is_not(board: str):
    kinds = {shell.id: shell._namespace for shell in shells(board) if getattr(shell, "id", None)}
    for region, part in draw(board, answers()[board]).items():
        assert isinstance(part, dict) == (kinds[region] == "dash_leaflet"), region


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("portrait", [False, True])
@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("screen", MAINS)
def test_every_board_can_be_drawn_for_every_glass(screen: str, panel: Panel, portrait: bool, lang: str):
    for board in a_screen(screen).boards:
        viewport = a_viewport(board, screen, lang, portrait, panel)
        assert BOARDS[board].rows(viewport) >= 1
        assert seen(draw(board, answers()[board], viewport)) is not None


@pytest.mark.parametrize("board", BOARDS)
def test_nothing_changes_while_only_time_passes(board: str):
    """A hash stays, so that no screen is touched: what runs is counted by the browser."""
    before = draw(board, answers()[board])
    after = draw(board, answers(moved=20 * timedelta(seconds=1))[board], now=NOW + timedelta(seconds=20))
    assert {region: str(part) for region, part in before.items()} == {
        region: str(part) for region, part in after.items()
    }


def evil_city() -> City:
    """A city whose every name is an attack."""
    agencies = {code: replace(one, short=EVIL, duty={"id": EVIL}) for code, one in a_city().agencies.items()}
    kinds = {code: replace(one, name={"id": EVIL}, letter=EVIL) for code, one in a_city().categories.items()}
    return replace(a_city(), agencies=agencies, categories=kinds)


def tags_of(board: str, text: str, **context: Any) -> set[str]:
    return {element.tag for element in seen(draw(board, answers(text)[board], **context)).all()}


ELEMENTS = {"a", "div", "span", "b", "i", "em", "small", "time", "article", "svg", "path", "polyline", "circle"}
ELEMENTS |= {"defs", "pattern", "g", "text"}


@pytest.mark.parametrize("board", BOARDS)
def test_text_from_outside_never_becomes_an_element(board: str):
    assert tags_of(board, EVIL, city=evil_city()) <= ELEMENTS


@given(board=ALL, text=st.text(max_size=60))
@settings(max_examples=150)
def test_no_text_whatever_becomes_an_element(board: str, text: str):
    assert tags_of(board, text) <= ELEMENTS


SECRET = "Gudang tua di Pesanggrahan"


def private_line() -> CaseRow:
    """As the store never hands it out: with its text. The drawing holds it back all the same."""
    return a_line(-30 * MINUTE, title=SECRET, village=None, private=True, category="narkoba", agency="bnn")


@pytest.mark.parametrize("screen", MAINS)
def test_a_private_case_tells_neither_text_nor_place(screen: str):
    line = private_line()
    private = {
        "sla_wall": SlaWall(NOW, (line,), (line,), 1, 0, 2),
        "escalations": Escalations(NOW, (line,), 1),
        "ticker": Ticker(NOW, (an_item(title=SECRET, village=SECRET, private=True),)),
        "queue_board": QueueBoard(NOW, (a_queue("bnn", overdue=1, next=(line,), private=1),)),
    }
    for board in set(private) & set(a_screen(screen).boards):
        text = seen(draw(board, private[board], a_viewport(board, screen))).text
        assert SECRET not in text
        assert "tertutup" in text
