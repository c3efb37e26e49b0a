"""Screens at the door: who is let in, who is told why not."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import Any

import pytest
from engineio.socket import Socket
from flask_socketio import SocketIOTestClient

from dashboard.app import App, create_app
from dashboard.auth.screen_access import screen_token
from dashboard.config.home import Home
from dashboard.config.load import Config
from dashboard.realtime.connection_limit import SPARE_CONNECTIONS, ConnectionLimit, close_connection
from data.store.db.engine import Engine
from layouts.kit.screen import FIXED
from tests.dashboard.conftest import a_render_context
from tests.factories import NOW


def knock(app: App, **changes: Any) -> SocketIOTestClient:
    """A screen connects, with a right token unless told otherwise."""
    auth = {"token": screen_token(app.home.secret(), "waktu", 1), "screen": "waktu", "lang": "id", "portrait": False}
    return SocketIOTestClient(app.flask, app.sockets.io, auth=auth | changes)


def received(screen: SocketIOTestClient) -> dict[str, Any]:
    """What a screen was told, the last of each event."""
    return {each["name"]: each["args"][0] for each in screen.get_received()}


def test_a_screen_with_its_token_gets_everything(app: App):
    screen = knock(app)
    app.hub.run_once(NOW)
    told = received(screen)
    assert list(told) == ["hello", "boards", "heartbeat"]
    assert {each["board"] for each in told["boards"]} == {"sla_wall", *FIXED}
    assert app.sockets.connected_codes() == {"waktu"}
    screen.disconnect()
    assert app.sockets.connected_codes() == set()


@pytest.mark.parametrize(
    "changes",
    [
        {"token": "wrong"},
        {"token": ""},
        {"token": None},
        {"screen": "antrean"},
        {"screen": "nowhere"},
        {"screen": ["waktu"]},
        {"lang": "jv"},
        {"portrait": {"a": 1}},
        {"token": "x" * 10_000},
        {"token": "töken"},
    ],
)
def test_a_screen_without_a_right_token_is_refused_and_told_so(app: App, changes: dict[str, Any]):
    screen = knock(app, **changes)
    app.hub.run_once(NOW)
    assert received(screen) == {"refused": {"reason": "token"}}
    assert app.sockets.connected == 0


def test_a_connection_that_says_nothing_of_itself_is_refused(app: App):
    screen = SocketIOTestClient(app.flask, app.sockets.io)
    assert received(screen) == {"refused": {"reason": "token"}}


def test_a_token_is_worthless_once_the_screens_version_is_raised(config: Config, home: Home, engine: Engine):
    waktu = config.screens["waktu"].model_copy(update={"version": 2})
    app = create_app(a_render_context(replace(config, screens={**config.screens, "waktu": waktu})), home, engine)
    assert received(knock(app)) == {"refused": {"reason": "token"}}
    assert "refused" not in received(knock(app, token=screen_token(home.secret(), "waktu", 2)))


def test_one_screen_too_many_is_told_the_limit_and_a_free_seat_is_given_again(
    config: Config, home: Home, engine: Engine
):
    few = replace(config, server=config.server.model_copy(update={"screens": 2}))
    app = create_app(a_render_context(few), home, engine)
    first, _second, third = (knock(app) for _ in range(3))
    assert received(third) == {"refused": {"reason": "full", "limit": 2}}
    assert app.sockets.connected == 2
    first.disconnect()
    assert app.sockets.connected == 1
    fourth = knock(app)
    app.hub.run_once(NOW)
    assert "hello" in received(fourth)


def test_a_screen_that_leaves_is_drawn_for_no_longer(app: App):
    screen = knock(app)
    app.hub.run_once(NOW)
    screen.disconnect()
    app.hub.run_once(NOW)
    assert app.hub._watched == {}


def test_more_connections_than_threads_are_answered_before_they_take_one():
    inside: list[ConnectionLimit] = []
    answers: list[str] = []

    def start(status: str, headers: list[tuple[str, str]]) -> None:
        answers.append(status)

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        if environ.get("deeper"):
            return list(inside[0]({"PATH_INFO": "/socket.io/"}, start_response))
        start_response("200 OK", [])
        return [b"in"]

    inside.append(ConnectionLimit(app, 1))
    inside[0]({"PATH_INFO": "/socket.io/", "deeper": True}, start)
    inside[0]({"PATH_INFO": "/socket.io/"}, start)
    inside[0]({"PATH_INFO": "/health", "deeper": False}, start)
    assert answers == ["503 Service Unavailable", "200 OK", "200 OK"]


def test_for_one_too_many_somebody_without_a_seat_goes_and_no_more_than_a_few_are_let_in_meanwhile():
    asked, answers = [], []
    limit = ConnectionLimit(lambda environ, start: list(start("200 OK", [])), 2, lambda: not asked.append(1))
    limit._open = set(range(2))

    def start(status: str, headers: list[tuple[str, str]]) -> list[bytes]:
        answers.append(status)
        return []

    limit({"PATH_INFO": "/socket.io/"}, start)
    limit._open = set(range(2 + SPARE_CONNECTIONS))
    limit({"PATH_INFO": "/socket.io/"}, start)
    assert (answers, len(asked)) == (["200 OK", "503 Service Unavailable"], 1)


def test_who_has_been_without_a_seat_for_longest_makes_room_though_nobody_empties_his_queue(app: App):
    screen = knock(app)
    eio = app.sockets._server.eio
    (seated,) = {app.sockets._server.manager.eio_sid_from_sid(sid, "/") for sid in app.sockets._viewers}
    eio.sockets |= {name: Socket(eio, name) for name in (seated, "first", "second")}
    assert [app.sockets.free_connection(), list(eio.sockets)] == [True, [seated, "second"]]
    assert [app.sockets.free_connection(), app.sockets.free_connection()] == [True, False]
    assert app.sockets.connected == 1
    del eio.sockets[seated]
    screen.disconnect()


def test_strangers_are_hung_up_on_at_the_second_look_though_nobody_empties_their_queues(app: App):
    eio = app.sockets._server.eio
    eio.sockets |= {name: Socket(eio, name) for name in ("a", "b")}
    app.sockets.close_unauthenticated()
    eio.sockets["c"] = Socket(eio, "c")
    app.sockets.close_unauthenticated()
    assert list(eio.sockets) == ["c"]


def test_nothing_is_deflated_for_each_screen_anew():
    environ = {"PATH_INFO": "/socket.io/", "HTTP_SEC_WEBSOCKET_EXTENSIONS": "permessage-deflate"}
    ConnectionLimit(lambda given, start: [], 1)(environ, lambda *given: lambda data: None)
    assert environ == {"PATH_INFO": "/socket.io/"}


def test_a_connection_is_ended_whatever_its_peer_does():
    ours, theirs = socket.socketpair()
    close_connection({"gunicorn.socket": ours})
    assert ours.recv(1) == b""
    close_connection({"gunicorn.socket": ours})
    theirs.close()
    close_connection({"gunicorn.socket": ours})
    close_connection({})
    ours.close()


def test_a_screen_that_has_missed_events_gets_everything_anew_and_is_told(app: App):
    screen, other = knock(app), knock(app)
    app.hub.run_once(NOW)
    assert received(screen)["hello"]["missed"] == 0
    received(other)
    transport = app.sockets.io.server.eio._async["websocket"]
    transport.keywords["caught_up"](screen.eio_sid, 7)
    app.hub.run_once(NOW)
    told = received(screen)
    assert list(told) == ["hello", "boards", "heartbeat"]
    assert told["hello"]["missed"] == 7
    assert {each["board"] for each in told["boards"]} == {"sla_wall", *FIXED}
    assert "boards" not in received(other)


def test_a_screen_that_has_gone_before_it_caught_up_is_forgotten(app: App):
    screen = knock(app)
    screen.disconnect()
    app.sockets.io.server.eio._async["websocket"].keywords["caught_up"](screen.eio_sid, 7)
    app.hub.run_once(NOW)
    assert app.sockets.connected == 0
