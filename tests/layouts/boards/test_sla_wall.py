"""What is overdue, and below it what breaches next."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.domain.cases.model import CaseState
from data.domain.figures.boards import CaseRow, Near, SlaWall
from data.domain.figures.kpis import PauseTime
from layouts.boards.sla_rows import columns_of, late_height, next_height
from layouts.boards.sla_wall import Id, heading_height, rows, share_rows
from layouts.kit.viewport import Panel, Viewport
from tests.factories import HOUR, NOW
from tests.layouts.answers import (
    CONTEXT,
    FAR_55,
    MINUTE,
    NEAR_43,
    PANELS,
    WALL_75,
    a_countdown,
    a_line,
    a_viewport,
    draw,
)
from tests.layouts.seen import Element, seen

WIDE, NARROW = a_viewport("sla_wall", "waktu"), a_viewport("sla_wall", "peta")


def wall(late: list[CaseRow], soon: list[CaseRow], viewport: Viewport = WIDE, **totals: int) -> dict[str, Element]:
    """Both regions as read."""
    counted = {"breached_total": len(late), "at_risk_total": 0, "open_total": len(late) + len(soon)} | totals
    drawn = draw("sla_wall", SlaWall(NOW, tuple(late), tuple(soon), **counted), viewport)
    return {region: seen(part) for region, part in drawn.items()}


def overdue(**changes: Any) -> CaseRow:
    return a_line(-30 * MINUTE, **changes)


def test_overdue_cases_stand_apart_with_how_many_there_are():
    read = wall([overdue(title="Sampah menumpuk")], [a_line(title="Jalan retak")], breached_total=60)
    assert "60 terlambat" in read[Id.BREACHED].text
    assert "1 terlama" in read[Id.BREACHED].text
    assert "Sampah menumpuk" in read[Id.BREACHED].text
    assert "Jalan retak" in read[Id.NEXT].text


@pytest.mark.parametrize(
    ("line", "state"),
    [
        (overdue(), "overdue"),
        (a_line(10 * MINUTE), "risk"),
        (a_line(180 * MINUTE), "run"),
        (a_line(10 * MINUTE, citizen=a_countdown(10 * MINUTE, paused=True)), "paused"),
        (a_line(citizen=None), "none"),
    ],
)
def test_a_row_has_the_state_of_the_citizens_clock(line: CaseRow, state: str):
    row = wall([], [line])[Id.NEXT].find("row")[0]
    assert row.facts["data-state"] == state
    assert row.find("mark")


def test_a_wide_row_tells_case_place_holder_time_used_and_both_clocks():
    row = wall([], [a_line(state=CaseState.IN_PROGRESS)])[Id.NEXT].find("row")[0]
    for told in ("Jalan berlubang", "AW-2611-0412", "Sisir", "DPUPR", "dikerjakan"):
        assert told in row.text
    assert row.find("used")[0].facts["data-target"] == str(4 * 3600)
    agency, citizen = row.find("agency_clock")[0].find("count")[0], row.find("citizen_clock")[0].find("count")[0]
    assert "data-leads" in citizen.facts
    assert "data-leads" not in agency.facts


def test_a_narrow_row_tells_case_village_agency_and_the_citizens_clock():
    row = wall([], [a_line()], NARROW)[Id.NEXT].find("row")[0]
    assert "Jalan berlubang" in row.text
    assert "Sisir · DPUPR" in row.text
    assert len(row.find("count")) == 1


def test_a_promise_of_the_source_is_told_beside_the_citys_clocks():
    rows = wall([], [a_line(promised=NOW + 3 * HOUR), a_line(promised=NOW - MINUTE), a_line()])[Id.NEXT].find("row")
    assert [row.find("below")[0].text for row in rows] == [
        "AW-2611-0412 · janji sumber 24/11 17:07",
        "AW-2611-0412 · janji sumber lewat",
        "AW-2611-0412",
    ]
    narrow = wall([], [a_line(promised=NOW - MINUTE)], NARROW)[Id.NEXT].find("row")[0]
    assert narrow.find("below")[0].text.startswith("Sisir · DPUPR · janji sumber lewat")


@pytest.mark.parametrize("viewport", [WIDE, NARROW])
def test_a_title_that_fits_stands_once_and_without_its_full_stop(viewport: Viewport):
    row = wall([], [a_line(title="Jalan retak.")], viewport)[Id.NEXT].find("row")[0]
    assert (row.text.count("Jalan retak"), "retak." in row.text) == (1, False)


def test_a_narrow_title_has_the_room_that_its_own_countdown_leaves():
    title = "Sampah menumpuk dekat desa"
    short, long = (
        wall([], [a_line(left, title=title)], NARROW)[Id.NEXT].find("fit")[0].text for left in (2 * HOUR, 80 * HOUR)
    )
    assert (short, long) == (title, "Jalan_Rusak")


def test_what_is_not_known_is_a_dash():
    row = wall([], [a_line(village=None, hold=None)])[Id.NEXT].find("row")[0]
    assert row.find("place")[0].text == "–"
    assert row.find("agency_clock")[0].text == "–"


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("id", "Waktu ditunda, 7 hari: 7 % dari 12.480 jam kerja"),
        ("en", "Time paused, 7 days: 7% of 12,480 working hours"),
    ],
)
def test_the_share_of_paused_time_is_told_with_what_it_is_a_share_of(lang: str, said: str):
    wall = SlaWall(NOW, (), (a_line(),), 0, 0, 1, PauseTime(874 * 3600, 12_480 * 3600))
    viewport = a_viewport("sla_wall", "waktu", lang=lang)
    assert said in seen(draw("sla_wall", wall, viewport)[Id.NEXT]).text
    nothing = SlaWall(NOW, (), (a_line(),), 0, 0, 1, PauseTime(0, 0))
    assert "7" not in seen(draw("sla_wall", nothing, viewport)[Id.NEXT]).find("heading")[0].text


def test_a_quiet_wall_says_that_nothing_is_overdue():
    read = wall([], [])
    assert "Tidak ada yang terlambat" in read[Id.BREACHED].text
    assert "Tidak ada tenggat yang berjalan" in read[Id.NEXT].text


def test_a_paused_countdown_stands_still():
    paused = a_countdown(10 * MINUTE, paused=True)
    facts = wall([], [a_line(citizen=paused)], NARROW)[Id.NEXT].find("count")[0].facts
    assert (facts["data-paused"], facts["data-left"]) == ("1", "600")


def test_a_countdown_of_days_carries_whole_hours_so_that_it_changes_once_an_hour():
    long = a_countdown(10 * MINUTE, left_s=-500_123)
    row = wall([a_line(citizen=long)], [], NARROW)[Id.BREACHED].find("row")[0]
    assert row.find("count")[0].facts["data-left"] == str(-139 * 3600)


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize(("screen", "portrait"), [("peta", False), ("waktu", False), ("waktu", True)])
@given(late=st.integers(0, 80), soon=st.integers(0, 80))
@settings(max_examples=25)
def test_rows_never_ask_for_more_room_than_there_is(panel: Panel, screen: str, portrait: bool, late: int, soon: int):
    viewport = a_viewport("sla_wall", screen, portrait=portrait, panel=panel)
    columns = columns_of(viewport, CONTEXT)
    shown, following = share_rows(late, soon, viewport, columns)
    assert shown <= late
    assert following <= soon
    needed = shown * late_height(viewport, columns) + following * next_height(viewport, columns)
    room = viewport.slot.height - 2 * heading_height(viewport.sizes)
    assert needed <= max(room, late_height(viewport, columns))
    assert shown + following <= max(2, rows(viewport))


def test_what_comes_next_stays_in_sight_however_much_is_overdue():
    shown, following = share_rows(60, 60, WIDE, columns_of(WIDE, CONTEXT))
    assert shown >= following >= 3


@pytest.mark.parametrize("panel", PANELS)
def test_a_title_always_has_room_and_columns_give_way(panel: Panel):
    columns = columns_of(a_viewport("sla_wall", "waktu", panel=panel), CONTEXT)
    assert columns.case >= 8 * a_viewport("sla_wall", "waktu", panel=panel).sizes.far
    assert "citizen_clock" in columns.widths
    assert ("used" in columns.widths) == (panel in {WALL_75, NEAR_43})


def test_a_narrow_board_with_large_type_stacks_the_countdown_below_the_title():
    assert columns_of(a_viewport("sla_wall", "peta", panel=FAR_55), CONTEXT).stacked
    assert not columns_of(a_viewport("sla_wall", "peta", panel=WALL_75), CONTEXT).stacked


LONG = "Jalan rusak parah di depan sekolah dasar negeri Sumberbrantas sejak musim hujan tahun lalu"


@pytest.mark.parametrize(
    ("viewport", "below"),
    [
        (WIDE, "AW-2611-0412 · Jalan rusak parah di depan sekolah…"),
        (NARROW, "Sisir · DPUPR · Jalan rusak parah di depan…"),
    ],
)
def test_a_title_that_does_not_fit_is_told_by_its_category_and_begun_below(viewport: Viewport, below: str):
    row = wall([overdue(title=LONG)], [], viewport)[Id.BREACHED].find("row")[0]
    assert row.find("title")[0].text == "Jalan_Rusak"
    assert row.find("below")[0].text == below


def test_what_no_agency_is_in_charge_of_is_told_by_its_own_words():
    row = wall([overdue(title=LONG, category="lainnya")], [], NARROW)[Id.BREACHED].find("row")[0]
    assert row.find("title")[0].text.startswith("Jalan rusak")
    assert row.find("title")[0].text.endswith("…")


def test_a_private_case_is_not_begun_below():
    row = wall([overdue(title=LONG, private=True)], [])[Id.BREACHED].find("row")[0]
    assert row.find("below")[0].text == "AW-2611-0412"


@pytest.mark.parametrize(
    ("metres", "lang", "said"),
    [(200, "id", "200 m dari Alun-alun"), (0, "id", "di Alun-alun"), (50, "en", "50 m from Alun-alun")],
)
@pytest.mark.parametrize("screen", ["waktu", "peta"])
def test_a_case_says_what_it_lies_near_where_there_is_room(screen: str, metres: int, lang: str, said: str):
    line = a_line(near=Near("Alun-alun", metres))
    drawn = wall([], [line], a_viewport("sla_wall", screen, lang=lang))
    assert said in drawn[Id.NEXT].text


def test_of_a_private_case_the_drawing_holds_back_what_it_lies_near():
    line = a_line(near=Near("Alun-alun", 200), private=True, village=None)
    assert "Alun-alun" not in wall([line], [line])[Id.NEXT].text + wall([line], [line])[Id.BREACHED].text


def test_a_long_name_of_a_place_is_cut_and_breaks_no_row():
    line = a_line(near=Near("Taman " + "Bunga " * 40, 200))
    (row,) = wall([], [line], NARROW)[Id.NEXT].find("row")
    assert len(row.find("below")[0].text) < 120
