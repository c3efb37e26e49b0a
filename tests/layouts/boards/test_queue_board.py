"""The agencies' cards: who stands large, what a card tells, what is left out first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from data.domain.figures.boards import AgencyQueue, QueueBoard
from layouts.boards.queue_board import CARDS, Id, arrange, rows
from layouts.kit.viewport import Panel, Viewport
from tests.factories import NOW
from tests.layouts.answers import FAR_55, MINUTE, PANELS, WALL_75, a_line, a_queue, a_viewport, draw
from tests.layouts.seen import Element, seen


def board(*queues: AgencyQueue, viewport: Viewport | None = None) -> dict[str, Element]:
    """The drawing's regions as read."""
    drawn = draw("queue_board", QueueBoard(NOW, queues), viewport or a_viewport("queue_board"))
    return {region: seen(part) for region, part in drawn.items()}


def card(queue: AgencyQueue, viewport: Viewport | None = None) -> Element:
    """The card of the only agency."""
    return board(queue, viewport=viewport)[Id.CARD_1].find("card")[0]


def many(count: int, **changes: Any) -> list[AgencyQueue]:
    return [a_queue(f"opd{number}", **changes) for number in range(count)]


def test_an_agency_is_told_by_its_short_name_its_count_and_its_next_cases():
    read = card(a_queue("dpupr", open=23, at_risk=1, next=(a_line(title="Jalan retak"),)))
    assert "DPUPR" in read.text
    assert "23" in read.text
    assert "Jalan retak" in read.text
    assert len(read.find("count")) == 1


@pytest.mark.parametrize(
    ("changes", "state"),
    [({"overdue": 2, "at_risk": 3}, "overdue"), ({"at_risk": 3}, "risk"), ({}, "calm")],
)
def test_state_is_told_by_edge_mark_and_word(changes: dict[str, int], state: str):
    read = card(a_queue(open=9, **changes))
    assert read.facts["data-state"] == state
    words = {"overdue": "2 terlambat", "risk": "3 segera", "calm": "tak ada yang mendesak"}
    assert words[state] in read.text
    if state != "calm":
        assert read.find("states")[0].find(state)[0].find("mark")


@pytest.mark.parametrize(("before", "way", "worse"), [(1, "way", True), (5, "down", False)])
def test_direction_since_an_hour_ago_is_an_arrow_and_a_number(before: int, way: str, worse: bool):
    trend = card(a_queue(overdue=3, overdue_hour_ago=before)).find("trend")[0]
    assert trend.find(way)
    assert trend.text == str(abs(3 - before))
    assert ("worse" in trend.classes) == worse


def test_without_a_change_there_is_no_arrow():
    assert card(a_queue(overdue=3, overdue_hour_ago=3)).find("trend") == []


def test_silence_is_a_dashed_edge_and_a_word_with_its_age():
    read = card(a_queue(silent_since=NOW - timedelta(hours=6)))
    assert "silent" in read.classes
    assert "diam" in read.find("silent")[0].text
    assert read.find("age")[0].facts["data-since"] == str(int((NOW - timedelta(hours=6)).timestamp()))


def test_private_cases_are_counted_and_nothing_else():
    read = card(a_queue("bnn", open=2, private=2, next=()))
    assert "2 tertutup" in read.text
    assert read.find("count") == []


def test_the_triage_queue_has_its_own_name():
    assert "Triase" in card(a_queue("triase")).text


def test_those_who_must_act_stand_large_and_the_quiet_ones_in_the_strip():
    queues = [a_queue("dpupr", overdue=1), *many(3, open=0, next=(), oldest=None)]
    grid, large, small = arrange(queues, a_viewport("queue_board"))
    assert (grid.cards, [queue.agency for queue in large]) == (1, ["dpupr"])
    assert len(small) == 3


def test_calm_agencies_fill_the_room_that_the_busy_ones_leave():
    _, large, small = arrange([*many(2, overdue=1), *many(20)], a_viewport("queue_board"))
    assert len(large) == 8
    assert len(small) == 14


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("portrait", [False, True])
@pytest.mark.parametrize("count", [0, 1, 3, 5, 8, 11, 14, 30])
def test_cards_never_ask_for_more_room_than_there_is(panel: Panel, portrait: bool, count: int):
    viewport = a_viewport("queue_board", portrait=portrait, panel=panel)
    grid, large, small = arrange(many(count, overdue=1), viewport)
    assert len(large) + len(small) == count
    assert len(large) <= len(CARDS)
    assert grid.columns * grid.width <= viewport.slot.width
    assert grid.lines <= rows(viewport)
    assert grid.line_px >= viewport.sizes.small


def test_a_storm_keeps_three_lines_on_every_card_of_twelve():
    grid, large, _ = arrange(many(12, overdue=1), a_viewport("queue_board"))
    assert (len(large), grid.columns, grid.lines) == (12, 4, 3)


def test_fewer_cards_have_larger_lines():
    viewport = a_viewport("queue_board")
    few, storm = (arrange(many(count, overdue=1), viewport)[0] for count in (2, 12))
    assert few.line_px > storm.line_px >= viewport.sizes.small


def test_a_busy_agency_for_which_there_is_no_card_keeps_its_counts_in_the_strip():
    viewport = a_viewport("queue_board", panel=FAR_55)
    chips = board(*many(30, overdue=2, open=5), viewport=viewport)[Id.QUIET].find("chip")
    assert chips[0].find("overdue")[0].text == "2"
    assert chips[-1].text.startswith("+")


def test_positions_without_a_card_are_empty():
    read = board(a_queue())
    assert [region for region in CARDS if read[region].find("card")] == [Id.CARD_1]


def test_when_nothing_is_open_the_wall_says_so_and_names_everybody():
    read = board(*many(14, open=0, next=(), oldest=None))[Id.QUIET]
    assert "Tidak ada laporan terbuka" in read.text
    assert len(read.find("chip")) == 14


def line(**changes: Any) -> str:
    return card(a_queue(next=(a_line(**changes),), at_risk=1, open=9), viewport=narrow()).find("line")[0].text


def narrow() -> Viewport:
    """A glass with four cards side by side."""
    return a_viewport("queue_board", panel=WALL_75)


def four(*queues: AgencyQueue) -> Element:
    """The first card of a full row."""
    return board(*queues, *many(7, overdue=1), viewport=narrow())[Id.CARD_1]


@pytest.mark.parametrize(
    ("title", "village", "told"),
    [
        ("Jalan retak", "Sisir", ("Jalan retak", "Sisir")),
        ("Jalan retak.", "Sisir", ("Jalan retakSisir", "Sisir")),
        ("Jalan berlubang", "Oro-oro Ombo", ("Jalan berlubang", None)),
        ("Jalan rusak parah di depan sekolah dasar negeri Sumberbrantas", "Sumberbrantas", ("Jalan_Rusak", None)),
        ("", "Sisir", ("Jalan_Rusak", "Sisir")),
    ],
)
def test_the_village_is_left_out_first_then_the_title_for_the_category(
    title: str, village: str, told: tuple[str, str | None]
):
    first = four(a_queue(next=(a_line(title=title, village=village),), overdue=1)).find("line")[0].text
    assert first.startswith(told[0])
    assert (village in first) == (told[1] is not None)
    assert "…" not in first


@pytest.mark.parametrize(
    ("left", "whole"), [(timedelta(hours=2), True), (timedelta(hours=-9), False), (timedelta(hours=-99), False)]
)
def test_a_title_has_the_room_that_its_own_countdown_leaves(left: timedelta, whole: bool):
    text = four(a_queue(next=(a_line(left, title="Jalan berlubang besar"),), overdue=1)).find("line")[0].text
    assert ("Jalan berlubang besar" in text) == whole


def test_folded_cases_are_counted_beside_the_title():
    assert "×7" in four(a_queue(next=(a_line(folded=6),), overdue=1)).text


def test_a_group_that_nobody_has_folded_is_told_from_a_folded_incident():
    title = "Pohon tumbang"
    told = four(a_queue(next=(a_line(title=title, folded=6, proposed=9),), overdue=1))
    badge = told.find("maybe")[0].text
    assert badge in ("9, mungkin satu", "9?")
    assert "9 laporan, mungkin satu" in told.text
    assert "×7" not in told.text
    assert title in told.text


def test_a_running_countdown_carries_what_the_browser_counts_with():
    facts = card(a_queue(next=(a_line(60 * MINUTE),))).find("count")[0].facts
    due = NOW + 60 * MINUTE
    assert facts["data-due"] == str(int(due.timestamp()))
    assert facts["data-cal"] == "selalu"
    assert "data-left" not in facts
