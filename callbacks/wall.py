"""Dash starts the wall's script. No callback draws anything: the script reads the socket's events itself, from Dash's
store (assets/wall-link.js says why).
"""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input

from layouts.pages.wall import Id


def register(app: Dash, deps: object = None) -> None:
    """Call `window.batt.start` when the page is ready and when the socket connects or disconnects."""
    app.clientside_callback(ClientsideFunction("batt", "start"), Input(Id.SOCKET, "connected"))
