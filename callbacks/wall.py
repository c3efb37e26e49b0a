"""The wall's socket events handed to the wall's script; nothing of a wall is drawn by a callback."""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input

from layouts.wall import EVENTS, Id


def register(app: Dash, deps: object = None) -> None:
    """Bind every event of the socket, and its coming and going, to `window.batt`. `deps` is not needed."""
    for event in EVENTS:
        app.clientside_callback(
            ClientsideFunction("batt", event), Input(Id.SOCKET, f"data-{event}"), prevent_initial_call=True
        )
    app.clientside_callback(ClientsideFunction("batt", "connection"), Input(Id.SOCKET, "connected"))
