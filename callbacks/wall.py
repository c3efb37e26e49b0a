"""The wall's script is started by Dash; nothing of a wall is drawn by a callback.

The socket's events need no callbacks: the script reads them from Dash's store (see assets/wall-link.js for why).
"""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input

from layouts.pages.wall import Id


def register(app: Dash, deps: object = None) -> None:
    """Bind the laid-out page, and the socket's coming and going, to `window.batt`. `deps` is not needed."""
    app.clientside_callback(ClientsideFunction("batt", "start"), Input(Id.SOCKET, "connected"))
