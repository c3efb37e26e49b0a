"""A room with one board, for tests of live pages: sockets and hub without the app around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from flask_socketio import SocketIOTestClient
from sqlalchemy import select

from dashboard.auth.room_access import RoomAccess
from dashboard.auth.visitor import COOKIE
from dashboard.boards import BOARDS, Board, QueryContext
from dashboard.realtime.hub import Hub
from dashboard.realtime.render_context import RenderContext
from dashboard.realtime.sockets import Sockets
from data import clock
from data.domain.access.roles import Role, unfit_agencies
from data.store.accounts import sessions, users
from data.store.db.engine import Connection, Engine, writing
from data.store.db.schema.cases import case
from layouts.kit import tags
from layouts.kit.viewport import DrawContext, Viewport
from tests.factories import NOW, a_case, a_history, stored

ORIGIN = "http://localhost"
SECOND = timedelta(seconds=1)
WHO = frozenset({Role.OPERATOR, Role.RESPONDER, Role.HEAD})


def cases_for(conn: Connection, context: QueryContext, now: datetime, limit: int) -> list[str]:
    """The titles of the cases that the audience sees."""
    audience = context.audience
    rows = conn.execute(select(case.c.title, case.c.agency, case.c.private)).all()
    mine = [row for row in rows if audience.agencies is None or row.agency in audience.agencies]
    return ["masked" if row.private and not audience.private else row.title for row in mine]


def draw_cases(titles: list[str], viewport: Viewport, now: datetime, context: DrawContext) -> Mapping[str, Any]:
    return {"cases": tags.Div([tags.Span(title, lang=viewport.lang) for title in sorted(titles)])}


CASES = Board("cases", frozenset({"received", "dispatched"}), 60, cases_for, draw_cases, lambda viewport: 50)


@dataclass
class House:
    """Sockets and hub around a room with one board."""

    engine: Engine
    flask: Flask
    sockets: Sockets
    hub: Hub
    passed: list[float]

    def turn(self) -> None:
        """The hub looks, a second after the last time."""
        self.passed[0] += 1
        self.hub.run_once(NOW + 5 * SECOND)

    def somebody(self, role: Role = Role.OPERATOR, agency: str = "dlh", **how: Any) -> str:
        """The token of a session of an account that is made for it."""
        agencies = [] if unfit_agencies(role, frozenset()) is None else [agency]
        with writing(self.engine) as conn:
            now, one_time_until = clock.now(), how.pop("one_time_until", None)
            name = how.pop("name", f"{role.value}-{agency}")
            found = users.by_name(conn, name)
            made = found.person.id if found else self._add(conn, (name, role, agencies), now, one_time_until)
            return sessions.begin(conn, made, how.pop("begun", now), **how)

    @staticmethod
    def _add(conn: Connection, who: tuple[str, Role, list[str]], now: datetime, until: datetime | None) -> int:
        return users.add(conn, *who, password="-", now=now, one_time_until=until)

    def open(self, token: str, origin: str | None = ORIGIN, **changes: Any) -> SocketIOTestClient:
        """A page opens its socket."""
        headers = {"Cookie": f"{COOKIE}={token}"} | ({"Origin": origin} if origin else {})
        auth = {"room": "meja", "lang": "id"} | changes
        return SocketIOTestClient(self.flask, self.sockets.io, headers=headers, auth=auth)

    def report(self, agency: str = "dlh", **changes: Any) -> str:
        """A report has come in; its title."""
        made = a_case(**changes)
        with writing(self.engine) as conn:
            stored(conn, made, a_history(NOW, agency, dispatched=SECOND), NOW + SECOND)
        return made.title

    def end(self, of: Callable[[Connection, int], object], name: str = "operator-dlh") -> None:
        """Something is done to an account; then the timer looks."""
        with writing(self.engine) as conn:
            user = users.by_name(conn, name)
            assert user is not None
            of(conn, user.person.id)
        self.sockets.end_pages(clock.now())


def a_house(context: RenderContext, engine: Engine, monotonic: Callable[[], float] | None = None) -> House:
    """Around the store; the hub's thread is not started."""
    flask, passed = Flask("house", static_folder=None), [1000.0]
    rooms = RoomAccess(engine, context.config, {"meja": WHO, "lain": frozenset()})
    sockets = Sockets(flask, context.config, b"secret", rooms, {"meja": ("cases",), "lain": ("cases",)})
    boards = {**BOARDS, "cases": CASES}
    hub = Hub(engine, context, sockets, boards=boards, monotonic=monotonic or (lambda: passed[0]))
    sockets.hub = hub
    return House(engine, flask, sockets, hub, passed)
