"""The room every board gets: all of the glass, nothing twice, and rows that follow from the type."""

from __future__ import annotations

import pytest

from layouts.kit.screen import (
    FIXED,
    GAP,
    MARGIN,
    NARROW_BELOW,
    Part,
    ScreenLayout,
    badge_width,
    bands_of,
    slots,
    viewports,
)
from layouts.kit.text_width import text_width
from layouts.kit.viewport import SMALLEST_PX, Panel, sizes
from layouts.kit.words import words
from layouts.pages.wall import BOARDS
from tests.layouts.answers import FAR_55, MAINS, NEAR_43, PANELS, WALL_55, WALL_75, ZONE, a_screen, a_viewport


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("portrait", [False, True])
def test_the_bands_fill_the_glass_and_no_more(panel: Panel, portrait: bool):
    turned = a_screen("peta", panel).turned(portrait).panel
    bands = bands_of(turned)
    assert bands.strip + bands.main + bands.footer + 2 * MARGIN + 2 * GAP == turned.height
    assert min(bands.strip, bands.main, bands.footer) > 0


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("portrait", [False, True])
def test_boards_side_by_side_share_the_main_area(panel: Panel, portrait: bool):
    screen = ScreenLayout("x", "X", panel, "id", "dark", (Part("queue_board", 2), Part("sla_wall", 1))).turned(portrait)
    rooms, bands = slots(screen), bands_of(screen.panel)
    wide, narrow = rooms["queue_board"], rooms["sla_wall"]
    if portrait:
        assert wide.width == narrow.width == screen.panel.width - 2 * MARGIN
        assert bands.main - 2 <= wide.height + narrow.height + GAP <= bands.main
    else:
        assert wide.height == narrow.height == bands.main
        assert screen.panel.width - 2 * MARGIN - 2 <= wide.width + narrow.width + GAP <= screen.panel.width - 2 * MARGIN


def test_strip_and_footer_stand_at_the_same_place_on_every_wall():
    rooms = [slots(a_screen(name)) for name in MAINS]
    for board in FIXED:
        assert len({room[board] for room in rooms}) == 1


def test_every_wall_carries_its_boards_and_those_of_strip_and_footer():
    assert a_screen("antrean").boards == ("queue_board", *FIXED)
    assert slots(a_screen("peta")).keys() == set(a_screen("peta").boards)


@pytest.mark.parametrize("panel", PANELS)
def test_no_type_is_smaller_than_the_floor_and_the_farthest_readers_is_the_largest(panel: Panel):
    type_ = sizes(panel)
    assert type_.small >= SMALLEST_PX
    assert type_.small < type_.row < type_.far < type_.figure


def test_a_panel_further_away_shows_larger_type_and_fewer_rows_never_smaller_ones():
    near, far = a_viewport("sla_wall", "waktu", panel=WALL_75), a_viewport("sla_wall", "waktu", panel=FAR_55)
    assert far.sizes.small > near.sizes.small
    assert BOARDS["sla_wall"].rows(far) < BOARDS["sla_wall"].rows(near)


@pytest.mark.parametrize(("panel", "most"), [(WALL_75, 18), (WALL_55, 16), (FAR_55, 14)])
def test_a_wall_holds_no_more_lines_of_text_than_its_readers_can_read(panel: Panel, most: int):
    """Lines of the tables in the main area, with the three of the strip and the two of the footer."""
    viewport = a_viewport("sla_wall", "waktu", panel=panel)
    assert 3 + 2 + 2 + BOARDS["sla_wall"].rows(viewport) <= most


def test_the_form_follows_from_the_width():
    assert a_viewport("sla_wall", "waktu").form == "wide"
    assert a_viewport("sla_wall", "peta").form == "narrow"
    assert a_viewport("sla_wall", "waktu", portrait=True).form == "narrow"
    assert a_viewport("sla_wall", "peta").slot.width < NARROW_BELOW


def test_screens_that_look_alike_have_equal_looks_and_others_do_not():
    one = viewports(a_screen("peta"), False, "id", ZONE)
    assert one == viewports(a_screen("peta"), False, "id", ZONE)
    assert one["kpi_strip"] == viewports(a_screen("waktu"), False, "id", ZONE)["kpi_strip"]
    for other in (viewports(a_screen("peta"), True, "id", ZONE), viewports(a_screen("peta"), False, "en", ZONE)):
        assert one["sla_wall"] != other["sla_wall"]
    assert hash(one["sla_wall"]) == hash(viewports(a_screen("peta"), False, "id", ZONE)["sla_wall"])


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("mode", ["connecting", "live", "late", "stale", "offline"])
def test_the_badge_has_room_for_its_words(lang: str, mode: str):
    type_ = sizes(NEAR_43)
    assert text_width(words(lang)(f"js.{mode}"), type_.small, 700) < badge_width(type_)
