"""The strip's figures: what is unknown is no zero, and a tile never moves."""

from __future__ import annotations

import pytest

from data.domain.figures.boards import Kpi, KpiStrip, Note
from layouts.boards.kpi_strip import IMPORTANCE, PAD, TOGETHER, Id, tile_text
from layouts.kit.screen import GAP
from layouts.kit.text_width import text_width
from layouts.kit.viewport import Panel, Viewport
from tests.factories import NOW
from tests.layouts.answers import NEAR_43, PANELS, WALL_75, a_tile, a_viewport, draw, tiles
from tests.layouts.seen import Element, seen


def strip(*shown: Kpi, viewport: Viewport | None = None) -> list[Element]:
    """The tiles as read."""
    return seen(draw("kpi_strip", KpiStrip(NOW, shown), viewport)[Id.TILES]).find("tile")


def tile(kpi: Kpi, lang: str = "id") -> Element:
    """One tile among all."""
    read = strip(*tiles(**{kpi.name: kpi}), viewport=a_viewport("kpi_strip", lang=lang))
    return next(element for element in read if element.facts["data-kpi"] == kpi.name)


@pytest.mark.parametrize(
    ("kpi", "lang", "figure"),
    [
        (a_tile("open", 1284), "id", "1.284"),
        (a_tile("open", 1284), "en", "1,284"),
        (a_tile("open", 0), "id", "0"),
        (a_tile("open", None), "id", "–"),
        (a_tile("on_time", 0.91, n=41), "id", "91 %n 41"),
        (a_tile("on_time", 0.91, n=41), "en", "91%n 41"),
        (a_tile("on_time", None, n=0), "id", "–n 0"),
        (a_tile("on_time", 0.0, n=3), "id", "0dari 3"),
        (a_tile("on_time", 0.75, n=4), "id", "3dari 4"),
        (a_tile("on_time", 2 / 3, n=3), "en", "2of 3"),
        (a_tile("on_time", 0.8, n=5), "id", "80 %n 5"),
        (a_tile("first_response", 38 * 60, n=17), "id", "38 mntn 17"),
        (a_tile("first_response", 2 * 3600, n=17), "id", "2,0 jamn 17"),
        (a_tile("first_response", None, n=0), "en", "–n 0"),
    ],
)
def test_a_figure_is_written_in_the_screens_language(kpi: Kpi, lang: str, figure: str):
    assert tile(kpi, lang).find("tile-figure")[0].text == figure


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("name", ["on_time", "citizen_wait"])
def test_where_no_source_tells_an_answer_the_tile_says_so(name: str, lang: str):
    said = {"id": "tidak ada data", "en": "no data"}[lang]
    assert tile(a_tile(name, None, n=0), lang).find("tile-foot")[0].text == said


@pytest.mark.parametrize(
    ("kpi", "lang", "foot"),
    [
        (tiles()[5], "id", "3 di luar · 12 menunggu"),
        (tiles()[5], "en", "3 off hours · 12 waiting"),
        (
            a_tile("first_response", None, n=0, notes=(Note("outside", 9), Note("waiting", 1))),
            "en",
            "9 off hours · 1 waiting",
        ),
        (tiles()[6], "id", "90 %: 22 jam"),
        (tiles()[6], "en", "90%: 22 h"),
    ],
)
def test_what_a_median_leaves_out_stands_below_it(kpi: Kpi, lang: str, foot: str):
    assert tile(kpi, lang).find("tile-foot")[0].text == foot


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("portrait", [False, True])
def test_the_agencies_time_stands_only_beside_the_citizens_own(panel: Panel, portrait: bool):
    read = strip(*tiles(), viewport=a_viewport("kpi_strip", panel=panel, portrait=portrait))
    names = {str(element.facts["data-kpi"]) for element in read}
    assert names >= TOGETHER or not TOGETHER & names


def test_a_share_of_few_cases_is_not_compared_with_an_hour_ago():
    assert not tile(a_tile("on_time", 0.75, n=4, usual=0.88, hour_ago=0.5)).find("trend")


@pytest.mark.parametrize(
    ("kpi", "foot", "way", "worse"),
    [
        (a_tile("open", 128, usual=119, hour_ago=124), "biasa 1194", "up", True),
        (a_tile("overdue", 3, usual=4, hour_ago=4), "biasa 41", "down", False),
    ],
)
def test_a_figure_is_compared_with_the_usual_and_with_an_hour_ago(kpi: Kpi, foot: str, way: str, worse: bool):
    read = tile(kpi)
    assert read.find("tile-foot")[0].text == foot
    assert bool(read.find("down")) == (way == "down")
    assert ("worse" in read.find("trend")[0].classes) == worse


@pytest.mark.parametrize(
    "kpi",
    [
        a_tile("open", 12, hour_ago=12),
        a_tile("open", None, hour_ago=12),
        a_tile("open", 12, hour_ago=None),
        a_tile("received", 47, hour_ago=40),
        a_tile("on_time", 0.91, n=41, hour_ago=0.80),
    ],
)
def test_where_nothing_can_be_said_there_is_no_arrow(kpi: Kpi):
    assert tile(kpi).find("trend") == []


@pytest.mark.parametrize(("name", "state"), [("overdue", "overdue"), ("at_risk", "risk")])
def test_a_tile_takes_colour_and_mark_only_where_somebody_must_act(name: str, state: str):
    assert tile(a_tile(name, 6)).facts["data-state"] == state
    assert tile(a_tile(name, 6)).find("mark")
    for calm in (0, None):
        assert tile(a_tile(name, calm)).facts["data-state"] == "none"
        assert tile(a_tile(name, calm)).find("mark") == []


def width_of(element: Element) -> float:
    """What a tile needs, px."""
    return float(str(element.facts["style"]).split(":")[1].split(";")[0])


def widths(read: list[Element]) -> list[tuple[str | None, str | None]]:
    return [(element.facts["data-kpi"], element.facts["style"]) for element in read]


def test_a_tile_stands_where_it_stood_whatever_its_figure():
    quiet = [a_tile(name, 0) for name in ("received", "open", "at_risk", "overdue")]
    quiet += [a_tile(name, None, n=0) for name in ("on_time", "first_response", "citizen_wait")]
    busy = tiles(open=a_tile("open", 999, usual=123, hour_ago=1))
    assert widths(strip(*quiet)) == widths(strip(*busy))


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("portrait", [False, True])
@pytest.mark.parametrize("lang", ["id", "en"])
def test_figures_of_six_digits_stay_in_their_own_tile(panel: Panel, portrait: bool, lang: str):
    """16.259 beside 0 read 16.2590."""
    viewport = a_viewport("kpi_strip", lang=lang, panel=panel, portrait=portrait)
    large = [a_tile(name, 888_888, usual=888_888, hour_ago=800_000) for name in ("received", "open", "overdue")]
    large += [a_tile("at_risk", 0), a_tile("on_time", 0.88, n=888_888), a_tile("citizen_wait", 8 * 86400)]
    many = (Note("outside", 888_888), Note("waiting", 888_888))
    large.insert(-1, a_tile("first_response", 2280, n=888_888, notes=many))
    read = strip(*large, viewport=viewport)
    assert {str(element.facts["data-kpi"]) for element in read} >= {"overdue", "at_risk"}
    by_name = {kpi.name: kpi for kpi in large}
    for element in read:
        kpi, room = by_name[str(element.facts["data-kpi"])], width_of(element)
        text = tile_text(kpi, viewport.words)
        assert text_width(text.value, viewport.sizes.figure, 700) + 2 * PAD <= room + 1, kpi.name
        foot = text_width(text.notes, viewport.sizes.small)
        assert foot + 2 * PAD <= room + 1, kpi.name
    needed = sum(width_of(element) for element in read)
    assert needed + GAP * (len(read) - 1) <= viewport.slot.width * (2 if portrait else 1) + len(read)


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_tiles_fit_and_the_most_important_ones_stand(panel: Panel, lang: str):
    viewport = a_viewport("kpi_strip", lang=lang, panel=panel)
    read = strip(*tiles(), viewport=viewport)
    needed = sum(width_of(element) for element in read)
    assert needed + GAP * (len(read) - 1) <= viewport.slot.width + len(read)
    names = {str(element.facts["data-kpi"]) for element in read}
    assert names == set(IMPORTANCE[: len(names)])
    assert panel is not WALL_75 or names == set(IMPORTANCE)


@pytest.mark.parametrize("panel", PANELS)
def test_an_upright_wall_has_two_lines_of_tiles(panel: Panel):
    read = strip(*tiles(), viewport=a_viewport("kpi_strip", portrait=True, panel=panel))
    assert len(read) == (len(IMPORTANCE) if panel in (WALL_75, NEAR_43) else len(read))
    assert len(read) >= 2
