"""The screens' sockets: who may connect, how many, and the hub's way out to them."""

from __future__ import annotations

import threading
from typing import Any, Literal

import structlog
from flask import Flask, request
from flask_socketio import SocketIO
from pydantic import BaseModel, Field, ValidationError

from dashboard.auth.screen_tokens import is_screen_token
from dashboard.config.load import Config
from dashboard.observability import metrics
from dashboard.realtime.connection_limit import hang_up
from dashboard.realtime.encoding import SocketJson
from dashboard.realtime.hub import Hub
from dashboard.realtime.message import Variant
from dashboard.realtime.websocket_transport import use_transport

log = structlog.get_logger(__name__)
PING_INTERVAL_S = 20
PING_TIMEOUT_S = 10
"""A screen that answers nothing for the two together is taken for gone."""
HANG_UP_AFTER_S = 1.0
"""One that is refused has this long to read why."""


class Caller(BaseModel):
    """What a screen says when it connects."""

    token: str = Field(max_length=200)
    screen: str = Field(max_length=64)
    lang: Literal["id", "en"] | None = None
    portrait: bool = False


class Sockets:
    """Flask-SocketIO, bound to a hub."""

    def __init__(self, app: Flask, config: Config, secret: bytes) -> None:
        self._config, self._secret = config, secret
        self._seats: set[str] = set()
        self._strangers: set[str] = set()
        self._guard = threading.Lock()
        self.hub: Hub | None = None
        """Set by the composition root: the hub sends through this object."""
        options: dict[str, Any] = {
            "async_mode": "threading",
            "transports": ["websocket"],
            "ping_interval": PING_INTERVAL_S,
            "ping_timeout": PING_TIMEOUT_S,
            "max_http_buffer_size": 16_384,
            "manage_session": False,
            "json": SocketJson,
        }
        self.io = SocketIO(app, **options)
        self._server: Any = self.io.server  # type: ignore[attr-defined]
        use_transport(self._server.eio)
        self.io.on_event("connect", self._connected)
        self.io.on_event("disconnect", self._gone)

    @property
    def connected(self) -> int:
        """Screens seated now."""
        return len(self._seats)

    def emit(self, event: str, payload: Any, to: str) -> None:
        """Send to a room or to one socket; encoded once for a whole room."""
        self._server.emit(event, payload, to=to, namespace="/")

    def enter(self, sid: str, room: str) -> bool:
        """Put a socket into a room; False when it has gone."""
        try:
            self._server.enter_room(sid, room, namespace="/")
        except (KeyError, ValueError):
            return False
        return True

    def hang_up_on_strangers(self) -> None:
        """Let go of connections that still have not said who they are since the last look."""
        known = set(self._server.manager.rooms.get("/", {}).get(None, {}).values())
        strangers = set(self._server.eio.sockets) - known
        for line in strangers & self._strangers:
            self._drop(line)
        self._strangers = strangers

    def make_room(self) -> bool:
        """Let go of the connection that has been without a seat for longest; False when there is none."""
        with self._guard:
            seats = list(self._seats)
        seated = {self._server.manager.eio_sid_from_sid(sid, "/") for sid in seats}
        line = next((each for each in list(self._server.eio.sockets) if each not in seated), None)
        if line is not None:
            self._drop(line)
        return line is not None

    def hang_up_all(self) -> None:
        """Let go of every screen: the server stops. They try again by themselves."""
        for line in list(self._server.eio.sockets):
            self._drop(line)

    def _drop(self, line: str) -> None:
        """Hang up; engineio's own `disconnect` waits for a queue that may have nobody any more who empties it."""
        transport = self._server.eio.sockets.pop(line, None)
        environ = self._server.environ.get(line, {})
        if transport is not None:
            transport.close(wait=False)
        hang_up(environ)

    def _connected(self, auth: object = None) -> None:
        sid: str = request.sid  # type: ignore[attr-defined]
        caller = self._known(auth)
        if caller is None:
            self._refuse(sid, {"reason": "token"})
            return
        if not self._seat(sid):
            self._refuse(sid, {"reason": "full", "limit": self._config.server.screens})
            return
        assert self.hub is not None
        lang = caller.lang or self._config.screens[caller.screen].lang
        self.hub.join(sid, Variant(caller.screen, lang, caller.portrait))

    def _known(self, auth: object) -> Caller | None:
        try:
            caller = Caller.model_validate(auth)
        except ValidationError:
            return None
        screen = self._config.screens.get(caller.screen)
        if screen is None or not is_screen_token(self._secret, caller.screen, screen.version, caller.token):
            return None
        return caller

    def _seat(self, sid: str) -> bool:
        with self._guard:
            if len(self._seats) >= self._config.server.screens:
                return False
            self._seats.add(sid)
            metrics.SCREENS.set(len(self._seats))
            return True

    def _gone(self, reason: object = None) -> None:
        sid: str = request.sid  # type: ignore[attr-defined]
        with self._guard:
            seated = sid in self._seats
            self._seats.discard(sid)
            metrics.SCREENS.set(len(self._seats))
        if seated and self.hub is not None:
            self.hub.leave(sid)
        hang_up(request.environ)

    def _refuse(self, sid: str, why: dict[str, Any]) -> None:
        metrics.REFUSED.labels(why["reason"]).inc()
        log.warning("screen refused", **why)
        self.emit("refused", why, sid)
        timer = threading.Timer(HANG_UP_AFTER_S, self._hang_up, [sid])
        timer.daemon = True
        timer.start()

    def _hang_up(self, sid: str) -> None:
        server = self._server
        line = server.manager.eio_sid_from_sid(sid, "/")
        server.disconnect(sid, namespace="/")
        if line is not None:
            self._drop(line)
