"""The socket's events reach the wall's script, each by its name."""

from __future__ import annotations

import re
from typing import Any

from dash import Dash, html

from callbacks import wall as wall_callbacks
from dashboard.home import ROOT
from layouts.wall import EVENTS, Id

LINK = (ROOT / "dashboard" / "assets" / "wall-link.js").read_text(encoding="utf-8")


def bound() -> list[dict[str, Any]]:
    """The callbacks of a fresh app."""
    app = Dash(__name__)
    app.layout = html.Div()
    wall_callbacks.register(app, None)
    found: list[dict[str, Any]] = app._callback_list
    return found


def test_every_event_of_the_socket_and_its_coming_and_going_are_bound():
    read = {(each["id"], each["property"]) for callback in bound() for each in callback["inputs"]}
    assert read == {(Id.SOCKET, "connected"), *((Id.SOCKET, f"data-{event}") for event in EVENTS)}


def test_every_callback_is_a_function_of_the_walls_script():
    exported = re.search(r"batt: \{ ([\w, ]+) \}", LINK)
    assert exported
    asked = {callback["clientside_function"]["function_name"] for callback in bound()}
    assert asked == set(exported[1].split(", "))
    assert {callback["clientside_function"]["namespace"] for callback in bound()} == {"batt"}


def test_no_callback_goes_through_the_server_or_draws():
    for callback in bound():
        assert callback["clientside_function"]
        assert callback["no_output"]


def test_registering_for_a_second_app_binds_there_too():
    assert len(bound()) == len(bound()) == len(EVENTS) + 1
