"""Live regions of pages for persons: who gets a room, what of it, and until when."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask_socketio import SocketIOTestClient
from sqlalchemy import select

from dashboard.auth import access
from dashboard.auth.room_access import RoomAccess
from dashboard.auth.visitor import COOKIE
from dashboard.boards import BOARDS, ROOMS, Board, QueryContext
from dashboard.config.load import Config
from dashboard.realtime.hub import Hub
from dashboard.realtime.render_context import RenderContext
from dashboard.realtime.sockets import PAGES_OF_ONE, Sockets
from data import clock
from data.domain.access.roles import Role, unfit_agencies
from data.store.accounts import sessions, users
from data.store.db.engine import Connection, Engine, StoreDown, writing
from data.store.db.schema.cases import case
from layouts.kit import tags
from layouts.kit.viewport import DrawContext, Viewport
from tests.factories import NOW, a_case, a_history, stored
from tests.store_faults import failing

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


@pytest.fixture
def house(config: Config, context: RenderContext, engine: Engine) -> Iterator[House]:
    flask = Flask("house")
    rooms = RoomAccess(engine, config, {"meja": WHO, "lain": frozenset()})
    sockets = Sockets(flask, config, b"secret", rooms, {"meja": ("cases",), "lain": ("cases",)})
    passed = [1000.0]
    boards = {**BOARDS, "cases": CASES}
    sockets.hub = hub = Hub(engine, context, sockets, boards=boards, monotonic=lambda: passed[0])
    yield House(engine, flask, sockets, hub, passed)
    hub.stop()


def told(page: SocketIOTestClient) -> dict[str, Any]:
    """What a page was told, the last of each event."""
    return {each["name"]: each["args"][0] for each in page.get_received()}


def shown(page: SocketIOTestClient) -> str:
    """The region as it was sent last."""
    found: str = told(page)["boards"][0]["regions"]["cases"]["html"]
    return found


def test_every_room_has_its_row_and_its_boards():
    assert set(access.ROOMS) == set(ROOMS)
    assert {name for boards in ROOMS.values() for name in boards} <= set(BOARDS)
    assert not [name for name, who in access.ROOMS.items() if who - set(Role)]


def test_a_page_gets_its_regions_at_once_and_again_after_a_change(house: House):
    page = house.open(house.somebody())
    house.turn()
    assert "<div" in shown(page)
    title = house.report(title="Lampu mati")
    house.turn()
    assert title in shown(page)


def test_pages_of_the_same_audience_share_a_drawing_and_each_agency_sees_its_own(house: House):
    house.report("dlh", title="Sampah di Sisir")
    house.report("dpupr", title="Lubang di Temas")
    who = {"a": Role.OPERATOR, "b": Role.OPERATOR, "c": Role.RESPONDER, "d": Role.RESPONDER}
    agencies = {"a": "dlh", "b": "dlh", "c": "dlh", "d": "dpupr"}
    pages = {name: house.open(house.somebody(role, agencies[name])) for name, role in who.items()}
    house.turn()
    seen = {name: shown(page) for name, page in pages.items()}
    assert seen["a"] == seen["b"]
    assert [("Sisir" in seen[name], "Temas" in seen[name]) for name in "acd"] == [
        (True, True),
        (True, False),
        (False, True),
    ]
    assert len(house.hub._watched) == 3


def test_a_private_case_is_shown_to_who_answers_or_verifies_and_masked_for_the_head(house: House):
    title = house.report(title="Transaksi di gang", category="narkoba")
    roles = (Role.OPERATOR, Role.RESPONDER, Role.HEAD)
    pages = [house.open(house.somebody(role)) for role in roles]
    house.turn()
    assert [title in shown(page) for page in pages] == [True, True, False]


def test_4_4_2_a_socket_without_one_of_our_origins_gets_no_room(house: House):
    token = house.somebody()
    for origin in ("https://x.id", "null", "http://localhost.x.id", "https://localhost", None):
        assert told(house.open(token, origin)) == {"refused": {"reason": "session"}}, origin


@pytest.mark.parametrize("changes", [{"room": "lain"}, {"room": "x"}, {"room": 1}, {"lang": "jv"}, {"lang": None}])
def test_8_2_1_a_room_that_is_not_for_the_role_is_refused(house: House, changes: dict[str, Any]):
    page = house.open(house.somebody(), **changes)
    house.turn()
    assert told(page) == {"refused": {"reason": "session"}}


def test_who_is_no_such_person_or_has_not_finished_logging_in_gets_no_room(house: House):
    over = clock.now() - timedelta(days=2)
    tokens = {
        "a stranger": "x",
        "no cookie": "",
        "another role": house.somebody(Role.SUPERVISOR),
        "second factor owed": house.somebody(half=True, name="half"),
        "one-time password": house.somebody(name="new", one_time_until=clock.now() + timedelta(days=1)),
        "over": house.somebody(name="old", begun=over),
    }
    refused = {why for why, token in tokens.items() if told(house.open(token)) == {"refused": {"reason": "session"}}}
    assert refused == set(tokens)


@pytest.mark.parametrize(
    "what",
    [
        lambda conn, user_id: sessions.end_all(conn, user_id),
        lambda conn, user_id: users.disable(conn, user_id, NOW),
        lambda conn, user_id: users.remove(conn, "operator-dlh"),
    ],
    ids=["7_4_1_logout", "7_4_2_disabled", "removed"],
)
def test_a_socket_ends_when_its_session_has_ended(house: House, what: Callable[[Connection, int], object]):
    page, other = house.open(house.somebody()), house.open(house.somebody(name="other"))
    house.turn()
    told(page)
    house.end(what)
    house.report(title="Pohon tumbang")
    house.turn()
    assert told(page) == {"refused": {"reason": "session"}}
    assert "Pohon tumbang" in shown(other)
    assert len(house.sockets._viewers) == 1


def test_7_3_a_socket_ends_when_its_session_is_over_by_time_though_nobody_touches_it(house: House, config: Config):
    page = house.open(house.somebody())
    house.sockets.end_pages(clock.now() + config.accounts.idle - 5 * SECOND)
    assert "refused" not in told(page)
    house.sockets.end_pages(clock.now() + config.accounts.idle)
    assert told(page) == {"refused": {"reason": "session"}}


def test_while_the_store_is_down_no_page_is_let_in_and_none_is_ended(house: House):
    token = house.somebody()
    page = house.open(token)
    with failing(house.engine):
        assert told(house.open(token)) == {"refused": {"reason": "busy"}}
        with pytest.raises(StoreDown):
            house.sockets.end_pages(clock.now())
    assert (told(page), len(house.sockets._viewers)) == ({}, 1)


def test_one_account_does_not_take_all_live_pages(house: House):
    token = house.somebody()
    pages = [house.open(token) for _ in range(PAGES_OF_ONE + 1)]
    assert told(pages[-1]) == {"refused": {"reason": "full", "limit": PAGES_OF_ONE}}
    assert "refused" not in told(house.open(house.somebody(name="other")))
    assert house.sockets.connected == 0, "a page is no screen"
