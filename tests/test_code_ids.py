"""Ids drawn against ids used: Dash's server does not notice a callback on an id that is nowhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from dash.development.base_component import Component
from flask import Flask

from dashboard.boards import BOARDS
from dashboard.config.home import ROOT
from dashboard.config.load import load
from dashboard.realtime.render_context import RenderContext, calendars_of
from dashboard.realtime.walls import create_walls
from data import clock
from data.reference.boundaries.cells import schematic
from layouts.pages.wall import BOARDS as DRAWINGS
from layouts.pages.wall import wall


@pytest.fixture(scope="module")
def context() -> RenderContext:
    """The city as shipped, on its schematic map."""
    today = clock.now().date()
    config = load(ROOT / "config.yaml", today)
    return RenderContext(config, calendars_of(config.city, today), schematic(), demo=False)


def components(part: Any) -> Iterator[Component]:
    """A component and everything in it, in whichever property it stands."""
    if isinstance(part, Component):
        yield part
        for name in part._prop_names:
            yield from components(getattr(part, name, None))
    elif isinstance(part, list | tuple):
        for each in part:
            yield from components(each)


def ids(part: Any) -> list[str]:
    return [str(each.id) for each in components(part) if getattr(each, "id", None) is not None]


def page(context: RenderContext, screen: str) -> Component:
    zone = context.config.city.timezone
    return wall(context.config.layouts[screen], "id", "dark", zone, context.drawing)


def used(callbacks: list[dict[str, Any]]) -> set[str]:
    """The ids that callbacks read and write."""
    found = {each["id"] for callback in callbacks for part in ("inputs", "state") for each in callback[part]}
    outputs = {name for callback in callbacks for name in callback["output"].strip(".").split("...")}
    return found | {name.rpartition(".")[0] for name in outputs if "." in name}


def test_every_region_of_a_board_is_on_the_screens_that_carry_it(context: RenderContext):
    for screen, layout in context.config.layouts.items():
        drawn = set(ids(page(context, screen)))
        for board in layout.boards:
            assert set(DRAWINGS[board].Id) <= drawn, (screen, board)


def test_no_id_stands_twice_on_a_wall(context: RenderContext):
    for screen in context.config.layouts:
        assert [name for name, times in Counter(ids(page(context, screen))).items() if times > 1] == [], screen


def test_every_id_that_a_callback_uses_is_drawn(context: RenderContext):
    app = create_walls(Flask(__name__), context, b"secret")
    for screen in context.config.layouts:
        drawn = {*ids(app.layout), *ids(page(context, screen))}
        assert used(app._callback_list) - drawn == set(), screen


def test_an_id_that_is_used_and_not_drawn_is_found():
    callback = {"inputs": [{"id": "a"}], "state": [], "output": "..b.children...c.data.."}
    assert used([callback]) == {"a", "b", "c"}


def test_every_board_has_one_name_in_every_room():
    assert BOARDS.keys() == DRAWINGS.keys()
    for name, board in BOARDS.items():
        room, _, module = board.draw.__module__.rpartition(".")
        assert (module, room) in {(name, "layouts.boards"), (name, "layouts.boards.maps")}
        assert all(region.startswith(f"{name}--") for region in DRAWINGS[name].Id)
