"""Screens that came and went leave nothing behind, over real WebSocket connections without a server around them."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder

from dashboard.app import App
from dashboard.auth.screen_access import screen_token
from dashboard.observability import metrics
from dashboard.realtime.connection_limit import ConnectionLimit
from tests.bench.screens import Screen
from tests.e2e.helpers.server import until
from tests.factories import NOW

HEADERS = {
    "Host": "localhost",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}
CLOSE = b"\x88\x80\0\0\0\0"
"""WebSocket's own goodbye."""
WAVES, ACCEPTED, REFUSED = 5, 40, 4


def the_limit(app: App) -> ConnectionLimit:
    """The one in the app's middleware."""
    layer: Any = app.flask.wsgi_app
    while not isinstance(layer, ConnectionLimit):
        layer = layer._app
    return layer


class Connection:
    """A screen, and the thread that gunicorn would give it."""

    def __init__(self, app: App, auth: dict[str, Any]) -> None:
        self.servers_end, screens_end = socket.socketpair()
        screens_end.settimeout(60)
        self.screen = Screen(screens_end, auth)
        self._thread = threading.Thread(target=self._serve, args=(app,), daemon=True)
        self._thread.start()

    def _serve(self, app: App) -> None:
        asked = EnvironBuilder("/socket.io/", query_string="EIO=4&transport=websocket", headers=HEADERS).get_environ()
        with self.servers_end, suppress(StopIteration):  # so the library tells gunicorn that the connection is its own
            app.flask.wsgi_app(asked | {"gunicorn.socket": self.servers_end}, lambda *_: lambda data: None)

    def hear(self, what: str) -> None:
        """Read until the screen is greeted, refused, or has its first boards (`arrivals`)."""
        while not getattr(self.screen, what):
            self.screen.take()

    def wait(self) -> None:
        """Until the server's thread has let go of it."""
        self._thread.join(60)
        assert not self._thread.is_alive()
        self.screen.sock.close()


def a_wave(app: App) -> list[Connection]:
    """Screens that have their boards, and some that were refused."""
    auth = {"screen": "waktu", "lang": "id", "token": screen_token(app.home.secret(), "waktu", 1)}
    accepted, refused = (
        [Connection(app, auth | other) for _ in range(number)]
        for number, other in ((ACCEPTED, {}), (REFUSED, {"token": "wrong"}))
    )
    for each in accepted:
        each.hear("greeted")
    until(lambda: app.sockets.connected == ACCEPTED, 60, "all screens")
    app.hub.run_once(NOW)
    for each in accepted:
        each.hear("arrivals")
    for each in refused:
        each.hear("refused")
    return accepted + refused


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_of_two_hundred_screens_that_came_and_went_nothing_is_left(app: App):
    for _ in range(WAVES):
        wave = a_wave(app)
        for number, each in enumerate(wave):
            if number % 3 == 0:
                each.screen.sock.close()
            elif number % 3 == 1:
                with suppress(OSError):  # a refused one may be closed already
                    each.screen.sock.sendall(CLOSE)
        app.sockets.close_unauthenticated()
        app.sockets.close_all()
        for each in wave:
            each.wait()
        app.hub.run_once(NOW)
    app.sockets.close_unauthenticated()
    sockets, hub, server = app.sockets, app.hub, app.sockets._server
    assert (sockets.connected, sockets._viewers, sockets._unauthenticated) == (0, {}, set())
    assert (hub._watched, hub._joins_and_leaves.empty()) == ({}, True)
    assert (server.eio.sockets, server.environ, server._binary_packet) == ({}, {}, {})
    manager = server.manager
    assert (manager.rooms, manager.eio_to_sid, manager.callbacks) == ({}, {}, {})
    assert (manager.pending_connect, manager.pending_disconnect) == ({}, {})
    assert metrics.SCREENS._value.get() == 0
    assert the_limit(app)._open == set()
