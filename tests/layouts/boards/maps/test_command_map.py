"""The map: every case once, nothing private but its count, and a message without the ground."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from data.domain.cases.model import Precision
from data.domain.figures.boards import CommandMap, KindTotal, Layer, MapMark
from layouts.boards.maps import base_map
from layouts.boards.maps.command_map import Id, tint
from layouts.boards.maps.map_shells import centre_box, plan, shells
from layouts.kit.screen import GAP, viewports
from tests.layouts.answers import (
    CONTEXT,
    NORTH,
    SISIR,
    SQUARE,
    ZONE,
    a_map,
    a_point,
    a_screen,
    a_viewport,
    a_village,
    draw,
)
from tests.layouts.seen import seen

NORTHERN = {"lat": -7.765, "lon": 112.53}


def layers(answer: CommandMap) -> dict[str, Any]:
    """The drawing's live layers."""
    return {region: part for region, part in draw("command_map", answer).items() if region != Id.SIDE}


def drawn_cases(answer: CommandMap, layer: Id) -> dict[int, dict[str, Any]]:
    """What a layer is told of each case, by id."""
    names = ("id", "lat", "lon", "letter", "state", "place", "folded", "group", "reports")
    rows = [dict(zip(names, row, strict=True)) for row in layers(answer)[layer]["cases"]]
    return {row["id"]: row for row in rows}


def test_every_case_stands_once_in_the_centre_or_on_the_city():
    answer = a_map(points=(a_point(1), a_point(2, **NORTHERN)))
    assert list(drawn_cases(answer, Id.CENTRE_CASES)) == [1]
    assert list(drawn_cases(answer, Id.CASES)) == [2]


@pytest.mark.parametrize(
    ("status", "state"), [("overdue", "overdue"), ("at_risk", "risk"), ("new", "new"), ("running", "run")]
)
def test_a_case_carries_letter_and_state(status: str, state: str):
    case = drawn_cases(a_map(points=(a_point(7, status=status, folded=6),)), Id.CENTRE_CASES)[7]
    assert (case["letter"], case["state"], case["folded"]) == ("S", state, 6)


@pytest.mark.parametrize(
    ("precision", "place"),
    [
        (Precision.EXACT, ""),
        (Precision.STREET, "street"),
        (Precision.VILLAGE, "village"),
        (Precision.DISTRICT, "district"),
    ],
)
def test_a_place_that_is_only_approximate_is_marked_by_how_far_it_may_be_off(precision: Precision, place: str):
    assert drawn_cases(a_map(points=(a_point(precision=precision),)), Id.CENTRE_CASES)[1]["place"] == place


def test_a_place_is_told_to_about_a_meter():
    case = drawn_cases(a_map(points=(a_point(lat=-7.871134, lon=112.526986),)), Id.CENTRE_CASES)[1]
    assert (case["lat"], case["lon"]) == (-787113, 11252699)


def test_ids_are_truthy_and_stay_so_that_a_redraw_keeps_what_is_there():
    first, again = (drawn_cases(a_map(), Id.CENTRE_CASES) for _ in range(2))
    assert first == again
    assert all(first)


@pytest.mark.parametrize(("overdue", "step"), [(0, 0), (1, 1), (2, 1), (3, 2), (60, 2)])
def test_a_village_is_tinted_by_what_is_overdue(overdue: int, step: int):
    assert tint(a_village(overdue=overdue)) == step


def test_tints_go_to_both_views_and_only_where_something_is_overdue():
    drawn = layers(a_map(villages=(a_village(overdue=4), a_village("x", "Temas"))))
    assert drawn[Id.VILLAGES] == drawn[Id.CENTRE_VILLAGES] == {"hideout": {"tints": {SISIR: 2}}}


def test_private_cases_are_a_count_beside_the_villages_name():
    hideout = layers(a_map(points=(), villages=(a_village(private=2),)))[Id.NAMES]["hideout"]
    assert hideout == {"names": {SISIR: "Sisir"}, "private": {SISIR: 2}}


def test_the_frame_counts_the_centres_cases_by_state():
    points = (a_point(1), a_point(2, status="overdue"), a_point(3), a_point(4, **NORTHERN))
    assert layers(a_map(points=points))[Id.FRAME] == {"hideout": {"counts": {"run": 2, "overdue": 1}}}


def test_a_message_carries_no_ground_and_grows_little_with_its_cases():
    points = tuple(a_point(number) for number in range(1, 1501))
    message = json.dumps(layers(a_map(points=points)), separators=(",", ":"))
    assert "Polygon" not in message
    assert len(message) < 80_000


SIGNS = (
    MapMark("place-1", Layer.PLACES, "place", -7.8711, 112.5269),
    MapMark("event-1", Layer.AGENDA, "event", -7.8711, 112.5269),
    MapMark("outage-1", Layer.CONDITIONS, "outage", -7.765, 112.53),
)


def signs(shown: frozenset[Layer]) -> tuple[dict[str, Any], str]:
    """The layers of both views, and what the side says."""
    viewport = replace(a_viewport("command_map"), layers=shown)
    drawn = draw("command_map", a_map(marks=SIGNS), viewport)
    return {each: drawn[each] for each in (Id.MARKS, Id.CENTRE_MARKS)}, seen(drawn[Id.SIDE]).text


def test_the_citys_signs_are_those_of_the_screens_layers_and_each_stands_in_one_view():
    found, side_text = signs(frozenset({Layer.AGENDA, Layer.CONDITIONS}))
    assert found[Id.CENTRE_MARKS] == {"marks": [("event-1", -787110, 11252690, "event")]}
    assert found[Id.MARKS] == {"marks": [("outage-1", -776500, 11253000, "outage")]}
    assert "acara" in side_text
    assert "jalan ditutup" not in side_text
    assert signs(frozenset())[0] == {Id.MARKS: {"marks": []}, Id.CENTRE_MARKS: {"marks": []}}


def test_a_screen_has_the_layers_of_its_configuration():
    screen = replace(a_screen("peta"), layers=frozenset({Layer.PLACES}))
    found = viewports(screen, False, "id", ZONE)
    assert found["command_map"].layers == {Layer.PLACES}
    assert found["sla_wall"].layers == frozenset()


def side(answer: CommandMap, lang: str = "id") -> str:
    return seen(draw("command_map", answer, a_viewport("command_map", lang=lang))[Id.SIDE]).text


def test_the_side_explains_symbols_and_counts_the_cases_of_categories_drawn_or_not():
    text = side(a_map(kinds=(KindTotal("sampah", "S", 2), KindTotal("longsor", "L", 1))))
    for told in ("terlambat", "segera", "berjalan", "baru", "perkiraan", "tertutup", "SSampah2", "LLongsor1"):
        assert told in text


@pytest.mark.parametrize(
    ("lang", "told"),
    [("id", ("perkiraan: jalan", "desa", "kecamatan")), ("en", ("approx. street", "village", "district"))],
)
def test_the_side_explains_how_well_a_place_is_known(lang: str, told: tuple[str, ...]):
    drawn = seen(draw("command_map", a_map(), a_viewport("command_map", lang=lang))[Id.SIDE])
    (legend,) = drawn.find("legend")
    keys = {key.text: key.all() for key in legend.find("key")}
    marks = [next(iter(keys[text])).classes for text in told]
    assert marks == [{"mark", "street"}, {"mark", "village"}, {"mark", "district"}]


def test_what_the_map_cannot_show_is_said():
    text = side(a_map(outside=3, unplaced=5, official=False))
    for told in ("3 di luar kota", "5 tanpa tempat", "batas desa perkiraan"):
        assert told in text
    assert "batas desa perkiraan" not in side(a_map())


def maps() -> Any:
    return shells(a_viewport("command_map"), CONTEXT)


def test_nobody_can_move_the_map_and_it_asks_nobody_for_tiles():
    for view in (maps()[0].children, maps()[1].children):
        assert view.dragging is view.scrollWheelZoom is view.zoomControl is view.doubleClickZoom is False
        assert all(layer._type in ("GeoJSON", "Pane") for layer in view.children)
        assert all(getattr(layer, "url", None) is None for layer in view.children)


def test_tiles_lie_below_everything_and_are_enlarged_beyond_their_deepest_zoom():
    context = replace(CONTEXT, tiles="/tiles/{z}/{x}/{y}", tiles_zoom=13)
    for view in (shell.children for shell in shells(a_viewport("command_map"), context)[:2]):
        tiles = view.children[0]
        assert (tiles._type, tiles.url, tiles.maxNativeZoom) == ("TileLayer", "/tiles/{z}/{x}/{y}", 13)
        assert view.attributionControl is False


def test_the_owners_of_tiles_are_named_below_the_map_and_only_then():
    owner = "Peta dasar: Badan Informasi Geospasial"
    for tiles, told in (("/tiles/{z}/{x}/{y}", True), (None, False)):
        drawn = seen(draw("command_map", a_map(), tiles=tiles, attribution=owner)[Id.SIDE])
        assert (owner in drawn.text) is told


@pytest.mark.parametrize("portrait", [False, True])
def test_the_inset_shows_the_centre_and_as_much_beside_it_as_it_is_wide(portrait: bool):
    viewport = a_viewport("command_map", portrait=portrait)
    (south, west), (north, east) = box = centre_box(viewport, CONTEXT)
    (least_south, least_west), (least_north, least_east) = CONTEXT.centre
    assert (south, north) == (least_south, least_north)
    assert west <= least_west < least_east <= east
    room = plan(viewport, CONTEXT)
    assert base_map.aspect(box) == pytest.approx(
        room.side_width / (viewport.slot.height - room.side_height - GAP), rel=0.01
    )
    inset = shells(viewport, CONTEXT)[1]
    assert getattr(inset, "data-bounds") == json.dumps(box)


def test_a_village_is_named_where_most_of_it_can_be_seen():
    shapes = {SISIR: SQUARE, "north": NORTH}
    named = {feature["properties"]["code"] for feature in base_map.labels(shapes, without=CONTEXT.centre)["features"]}
    assert named == {"north"}
    named = {feature["properties"]["code"] for feature in base_map.labels(shapes, within=CONTEXT.centre)["features"]}
    assert named == {SISIR}


def test_a_name_stands_inside_its_village():
    from shapely.geometry import Point, shape

    place = base_map.labels({"north": NORTH})["features"][0]["geometry"]
    assert shape(NORTH).contains(Point(place["coordinates"]))


def test_without_shapes_the_map_still_shows_where_the_city_lies():
    assert base_map.bounds({}) == base_map.CITY
    assert base_map.bounds({"north": NORTH}) == ((-7.80, 112.50), (-7.74, 112.55))
