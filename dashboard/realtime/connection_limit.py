"""Limits the number of WebSocket connections, and closes one.

Each connection holds threads until it ends; one whose peer sleeps does not end by itself.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SOCKETS = "/socket.io"
"""The path of WebSocket connections."""
SPARE_CONNECTIONS = 8
"""Connections beyond the number of screens and live pages: they get the message that the server is full."""
SERVER_SOCKET = "gunicorn.socket"


class ConnectionLimit:
    """WSGI middleware: connections never take the threads that pages need.

    At the limit, a new connection makes the oldest one that was not let in close. Until that has closed, up to
    SPARE_CONNECTIONS more are open.
    """

    def __init__(self, app: WSGIApplication, limit: int, free_connection: Callable[[], bool] = lambda: False) -> None:
        """`free_connection` closes a connection that was not let in; False when there is none."""
        self._app, self._limit, self._free_connection = app, limit, free_connection
        self._open: set[int] = set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers 503 above the limit."""
        if not environ.get("PATH_INFO", "").startswith(SOCKETS):
            return self._app(environ, start_response)
        open_now = len(self._open)
        if open_now >= self._limit and (open_now >= self._limit + SPARE_CONNECTIONS or not self._free_connection()):
            start_response("503 Service Unavailable", [("Content-Type", "text/plain"), ("Retry-After", "10")])
            return [b"No room for another screen: raise server.screens or server.live_pages in config.yaml.\n"]
        # Without this header nothing is compressed: a deflate stream a screen costs more than drawing the boards.
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        mark = id(environ)
        self._open.add(mark)
        try:
            return self._app(environ, start_response)
        finally:
            self._open.discard(mark)


def close_connection(environ: WSGIEnvironment) -> None:
    """Close at once, whatever the peer does: the reading and the writing thread of the connection return."""
    peer = environ.get(SERVER_SOCKET)
    if peer is not None:
        with contextlib.suppress(OSError):  # already closed
            peer.shutdown(socket.SHUT_RDWR)
