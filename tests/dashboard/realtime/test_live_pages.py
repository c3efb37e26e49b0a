"""Live regions of pages for persons: who gets a room, what of it, and until when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask_socketio import SocketIOTestClient

from dashboard.auth import access
from dashboard.boards import ALL_BOARDS, ROOMS
from dashboard.config.load import Config
from dashboard.realtime.render_context import RenderContext
from dashboard.realtime.sockets import PAGES_OF_ONE
from data import clock
from data.domain.access.roles import Role
from data.store.accounts import audit, sessions, users
from data.store.db.engine import Connection, Engine, StoreDown, reading
from tests.dashboard.realtime.live_house import SECOND, House, a_house
from tests.factories import NOW
from tests.store_faults import failing


@pytest.fixture
def house(context: RenderContext, engine: Engine) -> Iterator[House]:
    made = a_house(context, engine)
    yield made
    made.hub.stop()


def told(page: SocketIOTestClient) -> dict[str, Any]:
    """What a page was told, the last of each event."""
    return {each["name"]: each["args"][0] for each in page.get_received()}


def shown(page: SocketIOTestClient) -> str:
    """The region as it was sent last."""
    found: str = told(page)["boards"][0]["regions"]["cases"]["html"]
    return found


def test_every_room_has_its_row_and_its_boards():
    assert set(access.ROOMS) == set(ROOMS)
    assert {name for boards in ROOMS.values() for name in boards} <= set(ALL_BOARDS)
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
    with reading(house.engine) as conn:
        lines = [(line.actor, line.action, line.object) for line in audit.latest(conn, 10)]
    asked = changes.get("room")
    assert lines == ([("operator-dlh", "refused", f"room {asked}")] if isinstance(asked, str) else [])


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
