"""The sockets of screens and of pages for persons: who is let in, how many, emitting for the hub.

A screen brings its token. A page brings its session's cookie and names a room; its session is looked at again every
few seconds, since a socket would outlive it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import structlog
from flask import Flask, request
from flask_socketio import SocketIO
from pydantic import BaseModel, Field, ValidationError

from dashboard.auth.room_access import Grant, RoomAccess
from dashboard.auth.screen_access import ScreenAccess
from dashboard.boards import ROOMS
from dashboard.config.load import Config
from dashboard.observability import metrics
from dashboard.realtime.connection_limit import close_connection
from dashboard.realtime.encoding import SocketJson
from dashboard.realtime.hub import Hub
from dashboard.realtime.message import PageVariant, Variant, WallVariant
from dashboard.realtime.websocket_transport import use_transport
from data import clock
from data.store.db.engine import StoreDown

log = structlog.get_logger(__name__)
PING_INTERVAL_S = 20
PING_TIMEOUT_S = 10
"""A screen that does not answer for the sum of both is disconnected."""
CLOSE_REFUSED_AFTER_S = 1.0
"""So long a refused screen has to read the reason."""
PAGES_OF_ONE = 8
"""Live pages that one account may have open: nobody takes them all. A page beyond it asks from time to time."""


class ConnectRequest(BaseModel):
    """What a screen sends when it connects."""

    token: str = Field(max_length=200)
    screen: str = Field(max_length=64)
    lang: Literal["id", "en"] | None = None
    portrait: bool = False


class PageRequest(BaseModel):
    """What a page for persons sends when it connects."""

    room: str = Field(max_length=64)
    lang: Literal["id", "en"]


@dataclass(frozen=True, slots=True)
class Viewer:
    """A socket that was let in."""

    variant: Variant
    grant: Grant | None
    """Of a page; None of a screen."""


class Refused(Exception):
    """Why a socket is not let in, for its script."""

    def __init__(self, reason: str, **more: int) -> None:
        super().__init__(reason)
        self.why = {"reason": reason, **more}


class Sockets:
    """Flask-SocketIO, bound to a hub."""

    def __init__(
        self,
        app: Flask,
        config: Config,
        secret: bytes,
        access: RoomAccess,
        rooms: Mapping[str, tuple[str, ...]] = ROOMS,
    ) -> None:
        """`rooms`: the boards of each room."""
        self._config, self._screen_access = config, ScreenAccess(config.screens, secret)
        self._room_access, self._rooms = access, rooms
        self._viewers: dict[str, Viewer] = {}
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
        return sum(viewer.grant is None for viewer in list(self._viewers.values()))

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
        """Close the oldest connection that was not let in; False when there is none."""
        with self._lock:
            viewers = list(self._viewers)
        accepted = {self._server.manager.eio_sid_from_sid(sid, "/") for sid in viewers}
        eio_sid = next((each for each in list(self._server.eio.sockets) if each not in accepted), None)
        if eio_sid is not None:
            self._close(eio_sid)
        return eio_sid is not None

    def end_pages(self, now: datetime) -> None:
        """Close the sockets of pages whose session has ended, or whose person may no longer have the room.

        Raises StoreDown.
        """
        with self._lock:
            grants = {sid: viewer.grant for sid, viewer in self._viewers.items() if viewer.grant is not None}
        ended = self._room_access.ended(grants.values(), now)
        for sid in [sid for sid, grant in grants.items() if grant in ended]:
            room = self._viewers[sid].variant.room if sid in self._viewers else ""
            self._forget(sid)
            self._server.leave_room(sid, room, namespace="/")
            self._refuse(sid, {"reason": "session"})

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
        try:
            viewer = self._admitted(auth)
            self._register(sid, viewer)
        except Refused as refused:
            self._refuse(sid, refused.why)
            return
        assert self.hub is not None
        self.hub.join(sid, viewer.variant)

    def _caught_up(self, eio_sid: str, missed: int) -> None:
        """Send a screen or page everything that has missed events; called by the thread that writes to it."""
        sid = self._server.manager.sid_from_eio_sid(eio_sid, "/")
        with self._lock:
            viewer = self._viewers.get(sid)
        if viewer is not None and self.hub is not None:
            log.info("a slow screen has caught up", missed=missed)
            self.hub.join(sid, viewer.variant, missed)

    def _admitted(self, auth: object) -> Viewer:
        """Raises Refused."""
        if isinstance(auth, dict) and "room" in auth:
            return self._page(auth)
        try:
            asked = ConnectRequest.model_validate(auth)
        except ValidationError:
            raise Refused("token") from None
        if not self._screen_access.allows(asked.screen, asked.token):
            raise Refused("token")
        lang = asked.lang or self._config.screens[asked.screen].lang
        return Viewer(WallVariant(asked.screen, lang, asked.portrait), None)

    def _page(self, auth: object) -> Viewer:
        try:
            asked = PageRequest.model_validate(auth)
            grant = self._room_access.grant(asked.room, clock.now())
        except ValidationError:
            raise Refused("session") from None
        except StoreDown:
            raise Refused("busy") from None
        if grant is None:
            raise Refused("session")
        boards = self._rooms[asked.room]
        return Viewer(PageVariant(asked.room, boards, asked.lang, grant.person.audience), grant)

    def _register(self, sid: str, viewer: Viewer) -> None:
        """Raises Refused at the limit: of screens, of pages, or of the pages of one account."""
        server, grant = self._config.server, viewer.grant
        with self._lock:
            alike = [each.grant for each in self._viewers.values() if (each.grant is None) == (grant is None)]
            most = server.screens if grant is None else server.live_pages
            if len(alike) >= most:
                raise Refused("full", limit=most)
            if grant is not None and sum(each.person.id == grant.person.id for each in alike if each) >= PAGES_OF_ONE:
                raise Refused("full", limit=PAGES_OF_ONE)
            self._viewers[sid] = viewer
        self._count()

    def _disconnected(self, reason: object = None) -> None:
        self._forget(request.sid)  # type: ignore[attr-defined]
        close_connection(request.environ)

    def _count(self) -> None:
        metrics.SCREENS.set(self.connected)
        metrics.LIVE_PAGES.set(len(self._viewers) - self.connected)

    def _forget(self, sid: str) -> None:
        """It is sent nothing more."""
        with self._lock:
            was_accepted = self._viewers.pop(sid, None) is not None
        self._count()
        if was_accepted and self.hub is not None:
            self.hub.leave(sid)

    def _refuse(self, sid: str, why: dict[str, Any]) -> None:
        metrics.REFUSED.labels(why["reason"]).inc()
        log.warning("socket refused", **why)
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
