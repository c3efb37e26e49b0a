"""Dash starts the wall's script, and has nothing else to do on a wall."""

from __future__ import annotations

import re
from typing import Any

from dash import Dash, html

from callbacks import wall as wall_callbacks
from dashboard.config.home import ROOT
from layouts.pages.wall import EVENTS, Id

LINK = (ROOT / "dashboard" / "assets" / "wall-link.js").read_text(encoding="utf-8")


def bound() -> list[dict[str, Any]]:
    """The callbacks of a fresh app."""
    app = Dash(__name__)
    app.layout = html.Div()
    wall_callbacks.register(app, None)
    found: list[dict[str, Any]] = app._callback_list
    return found


def test_the_script_is_started_when_the_socket_is_there():
    (callback,) = bound()
    assert [(each["id"], each["property"]) for each in callback["inputs"]] == [(Id.SOCKET, "connected")]
    function = callback["clientside_function"]
    assert (function["namespace"], function["function_name"]) == ("batt", "start")
    assert re.search(r"batt: \{ start \}", LINK)


def test_no_callback_goes_through_the_server_or_draws():
    assert all(callback["clientside_function"] and callback["no_output"] for callback in bound())


def test_the_script_listens_to_every_event_that_the_socket_brings():
    listening = re.search(r"link\.on = \{ ([\w, ]+) \}", LINK)
    assert listening
    assert set(listening[1].split(", ")) == {"connected", *EVENTS}


def test_registering_for_a_second_app_binds_there_too():
    assert len(bound()) == len(bound()) == 1
