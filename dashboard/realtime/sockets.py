"""The screens' sockets: authentication, the limit of screens, emitting for the hub."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any, Literal

import structlog
from flask import Flask, request
from flask_socketio import SocketIO
from pydantic import BaseModel, Field, ValidationError

from dashboard.auth.screen_access import ScreenAccess
from dashboard.config.load import Config
from dashboard.observability import metrics
from dashboard.realtime.connection_limit import close_connection
from dashboard.realtime.encoding import SocketJson
from dashboard.realtime.hub import Hub
from dashboard.realtime.message import Variant
from dashboard.realtime.websocket_transport import use_transport

log = structlog.get_logger(__name__)
PING_INTERVAL_S = 20
PING_TIMEOUT_S = 10
"""A screen that does not answer for the sum of both is disconnected."""
CLOSE_REFUSED_AFTER_S = 1.0
"""So long a refused screen has to read the reason."""


class ConnectRequest(BaseModel):
    """What a screen sends when it connects."""

    token: str = Field(max_length=200)
    screen: str = Field(max_length=64)
    lang: Literal["id", "en"] | None = None
    portrait: bool = False


class Sockets:
    """Flask-SocketIO, bound to a hub."""

    def __init__(self, app: Flask, config: Config, secret: bytes) -> None:
        self._config, self._access = config, ScreenAccess(config.screens, secret)
        self._screens: dict[str, Variant] = {}
        self._unauthenticated: set[str] = set()
        self._lock = threading.Lock()
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
        use_transport(self._server.eio, self._caught_up)
        self.io.on_event("connect", self._connected)
        self.io.on_event("disconnect", self._disconnected)

    @property
    def connected(self) -> int:
        """Number of accepted screens."""
        return len(self._screens)

    def connected_codes(self) -> set[str]:
        """The screens that at least one accepted connection shows."""
        with self._lock:
            return {variant.screen for variant in self._screens.values()}

    def emit(self, event: str, payload: Any, to: str) -> None:
        """Send to a room or to one socket; encoded once for a whole room."""
        self._server.emit(event, payload, to=to, namespace="/")

    def enter_room(self, sid: str, room: str) -> bool:
        """Put a socket into a room; False when it has gone."""
        try:
            self._server.enter_room(sid, room, namespace="/")
        except (KeyError, ValueError):
            return False
        return True

    def close_unauthenticated(self) -> None:
        """Close connections that have not sent a ConnectRequest since the last call, and forget what is left of those
        that ended in the middle of one.
        """
        entered = dict(self._server.manager.rooms.get("/", {}).get(None, {}))
        connections = set(self._server.eio.sockets)
        for sid in [sid for sid, eio_sid in entered.items() if eio_sid not in connections]:
            with suppress(KeyError):
                self._server.manager.disconnect(sid, namespace="/")
        unauthenticated = connections - set(entered.values())
        for eio_sid in unauthenticated & self._unauthenticated:
            self._close(eio_sid)
        self._unauthenticated = unauthenticated

    def free_connection(self) -> bool:
        """Close the oldest connection that is no accepted screen; False when there is none."""
        with self._lock:
            screens = list(self._screens)
        accepted = {self._server.manager.eio_sid_from_sid(sid, "/") for sid in screens}
        eio_sid = next((each for each in list(self._server.eio.sockets) if each not in accepted), None)
        if eio_sid is not None:
            self._close(eio_sid)
        return eio_sid is not None

    def close_all(self) -> None:
        """For the stop of the server; screens connect again by themselves."""
        for eio_sid in list(self._server.eio.sockets):
            self._close(eio_sid)

    def _close(self, eio_sid: str) -> None:
        """Close at once; engineio's own `disconnect` waits for a queue that perhaps no thread empties any more."""
        transport = self._server.eio.sockets.pop(eio_sid, None)
        environ = self._server.environ.get(eio_sid, {})
        if transport is not None:
            transport.close(wait=False)
        close_connection(environ)

    def _connected(self, auth: object = None) -> None:
        sid: str = request.sid  # type: ignore[attr-defined]
        asked = self._authenticated(auth)
        if asked is None:
            self._refuse(sid, {"reason": "token"})
            return
        variant = Variant(asked.screen, asked.lang or self._config.screens[asked.screen].lang, asked.portrait)
        if not self._register(sid, variant):
            self._refuse(sid, {"reason": "full", "limit": self._config.server.screens})
            return
        assert self.hub is not None
        self.hub.join(sid, variant)

    def _caught_up(self, eio_sid: str, missed: int) -> None:
        """Send a screen everything that has missed events; called by the thread that writes to it."""
        sid = self._server.manager.sid_from_eio_sid(eio_sid, "/")
        with self._lock:
            variant = self._screens.get(sid)
        if variant is not None and self.hub is not None:
            log.info("a slow screen has caught up", missed=missed)
            self.hub.join(sid, variant, missed)

    def _authenticated(self, auth: object) -> ConnectRequest | None:
        try:
            asked = ConnectRequest.model_validate(auth)
        except ValidationError:
            return None
        return asked if self._access.allows(asked.screen, asked.token) else None

    def _register(self, sid: str, variant: Variant) -> bool:
        with self._lock:
            if len(self._screens) >= self._config.server.screens:
                return False
            self._screens[sid] = variant
            metrics.SCREENS.set(len(self._screens))
            return True

    def _disconnected(self, reason: object = None) -> None:
        sid: str = request.sid  # type: ignore[attr-defined]
        with self._lock:
            was_accepted = self._screens.pop(sid, None) is not None
            metrics.SCREENS.set(len(self._screens))
        if was_accepted and self.hub is not None:
            self.hub.leave(sid)
        close_connection(request.environ)

    def _refuse(self, sid: str, why: dict[str, Any]) -> None:
        metrics.REFUSED.labels(why["reason"]).inc()
        log.warning("screen refused", **why)
        self.emit("refused", why, sid)
        timer = threading.Timer(CLOSE_REFUSED_AFTER_S, self._close_refused, [sid])
        timer.daemon = True
        timer.start()

    def _close_refused(self, sid: str) -> None:
        server = self._server
        eio_sid = server.manager.eio_sid_from_sid(sid, "/")
        server.disconnect(sid, namespace="/")
        if eio_sid is not None:
            self._close(eio_sid)
