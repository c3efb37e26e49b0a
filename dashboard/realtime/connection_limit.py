"""The screens' connections before the app: how many there may be, and how one is ended.

Each holds threads until it ends, and one whose peer fell asleep does not end by itself.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SOCKETS = "/socket.io"
"""Where screens connect."""
SPARE_CONNECTIONS = 8
"""Connections beyond the number of screens, for those that are only told that there is no room."""
SERVER_SOCKET = "gunicorn.socket"


class ConnectionLimit:
    """WSGI middleware: no more connections than there are threads to spare, so that pages always load.

    For one too many somebody who has no seat is asked to go; until he has, a few more than the limit are let in.
    """

    def __init__(self, app: WSGIApplication, limit: int, make_room: Callable[[], bool] = lambda: False) -> None:
        """make_room: let somebody go who has no seat; False when there is nobody."""
        self._app, self._limit, self._make_room = app, limit, make_room
        self._open: set[int] = set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass on, or answer 503 to a connection too many."""
        if not environ.get("PATH_INFO", "").startswith(SOCKETS):
            return self._app(environ, start_response)
        open_now = len(self._open)
        if open_now >= self._limit and (open_now >= self._limit + SPARE_CONNECTIONS or not self._make_room()):
            start_response("503 Service Unavailable", [("Content-Type", "text/plain"), ("Retry-After", "10")])
            return [b"No room for another screen: raise server.screens in config.yaml.\n"]
        # Without the offer nothing is deflated: one stream a screen would cost more than drawing the boards.
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        mark = id(environ)
        self._open.add(mark)
        try:
            return self._app(environ, start_response)
        finally:
            self._open.discard(mark)


def hang_up(environ: WSGIEnvironment) -> None:
    """End a connection whatever its peer does: both of its threads, one that reads and one that writes, return."""
    peer = environ.get(SERVER_SOCKET)
    if peer is not None:
        with contextlib.suppress(OSError):  # it has ended
            peer.shutdown(socket.SHUT_RDWR)
