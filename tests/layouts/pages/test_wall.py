"""The page of a wall: shells, facts for its script, and sizes for its style sheet."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from dash.development.base_component import Component

from dashboard.config.home import ROOT
from layouts.pages.wall import BOARDS, EVENTS, Id, wall
from tests.layouts.answers import CONTEXT, MAINS, ZONE, a_screen

SHEETS = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "dashboard" / "assets").glob("*.css"))
SCRIPT = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "dashboard" / "assets").glob("*.js"))


def page(screen: str = "peta", lang: str = "id", theme: str = "dark") -> Component:
    return wall(a_screen(screen), lang, theme, ZONE, CONTEXT)


def parts(component: Any) -> Iterator[Component]:
    """Everything on a page."""
    if isinstance(component, Component):
        yield component
        yield from parts(getattr(component, "children", None))
    elif isinstance(component, list | tuple):
        for part in component:
            yield from parts(part)


def ids(component: Component) -> list[str]:
    return [str(part.id) for part in parts(component) if getattr(part, "id", None)]


@pytest.mark.parametrize("screen", MAINS)
def test_a_wall_holds_the_regions_of_its_boards_each_once(screen: str):
    found = ids(page(screen))
    assert len(found) == len(set(found))
    for board in a_screen(screen).boards:
        assert set(BOARDS[board].Id) <= set(found), board


@pytest.mark.parametrize("screen", MAINS)
def test_what_the_script_looks_for_by_id_is_there(screen: str):
    asked = set(re.findall(r'(?:at|getElementById)\("([^"]+)"\)', SCRIPT))
    assert asked == {"wall", *(str(part) for part in Id if part not in {Id.SOCKET, Id.WALL})}
    assert asked | {Id.SOCKET} <= set(ids(page(screen)))


def test_the_script_is_told_who_and_where_it_is():
    facts = vars(page(lang="en", theme="light"))
    told = {name: facts[f"data-{name}"] for name in ("screen", "lang", "theme", "zone", "build")}
    assert told == {"screen": "peta", "lang": "en", "theme": "light", "zone": ZONE, "build": "b1"}
    assert json.loads(facts["data-words"])["live"] == "LIVE"


def test_the_socket_waits_until_the_script_says_who_it_is():
    socket = next(part for part in parts(page()) if getattr(part, "id", None) == Id.SOCKET)
    assert socket.options["autoConnect"] is False
    assert socket.options["transports"] == ["websocket"]
    assert socket.eventNames == EVENTS


def test_every_size_that_the_style_sheets_scale_is_given():
    given = set(page().style)
    assert {
        "--small",
        "--row",
        "--far",
        "--figure",
        "--strip",
        "--strip-p",
        "--footer",
        "--footer-p",
        "--clock",
    } <= given
    assert {name for name in given if f"var({name})" not in SHEETS} == set()


def test_an_upright_panel_gets_the_same_shells():
    lying, standing = (wall(a_screen().turned(portrait), "id", "dark", ZONE, CONTEXT) for portrait in (False, True))
    assert ids(lying) == ids(standing)


def test_every_length_in_the_style_sheets_scales_with_the_glass():
    """Nothing in px but what is one device pixel, or a shift that the script measured."""
    rules = re.sub(r"/\*.*?\*/", "", SHEETS, flags=re.DOTALL)
    assert set(re.findall(r"[^;{]*\b\d+px[^;]*;", rules)) == set(re.findall(r"[^;{]*\* 1px\)[^;]*;", rules))


def test_every_function_that_a_layer_names_is_in_the_script():
    named = {
        value["variable"]
        for part in parts(page())
        for value in vars(part).values()
        if isinstance(value, dict) and "variable" in value
    }
    assert named
    for name in named:
        assert re.search(rf"\bmap\.{name.removeprefix('batt.map.')} = ", SCRIPT), name
