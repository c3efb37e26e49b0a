"""The pings of all screens: each when it is due, on one thread, and none for a connection that has gone."""

from __future__ import annotations

import threading

import engineio
from engineio.packet import PING
from engineio.socket import Socket

from dashboard.app import App
from dashboard.realtime.pings import Pings


def server(interval_s: float) -> engineio.Server:
    """engineio's, whose pings wait on one thread."""
    made = engineio.Server(async_mode="threading", ping_interval=interval_s, ping_timeout=60)
    made._async = {**made._async, "thread": Pings().task}
    return made


def test_the_pings_of_a_hundred_connections_wait_on_one_thread():
    eio, before = server(3600), threading.active_count()
    for number in range(100):
        Socket(eio, f"{number}").schedule_ping()
    assert threading.active_count() - before == 1


def test_a_ping_is_sent_when_it_is_due_and_again_after_its_answer():
    socket = Socket(server(0.01), "a")
    for _ in range(3):
        socket.schedule_ping()
        assert socket.queue.get(timeout=60).packet_type == PING
        assert socket.last_ping


def test_who_has_gone_is_pinged_no_more_and_the_others_are():
    eio = server(0.01)
    gone, there = Socket(eio, "gone"), Socket(eio, "there")
    gone.schedule_ping()
    gone.closed = True
    there.schedule_ping()
    assert there.queue.get(timeout=60).packet_type == PING
    assert gone.queue.empty()


def test_a_ping_that_fails_keeps_no_other_from_its_own():
    eio = server(0.01)
    broken, sound = Socket(eio, "broken"), Socket(eio, "sound")
    del broken.queue
    broken.schedule_ping()
    sound.schedule_ping()
    assert sound.queue.get(timeout=60).packet_type == PING


def test_all_else_is_a_thread_as_before():
    done = threading.Event()
    server(1).start_background_task(lambda *given, **more: done.set(), 1, more=2)
    assert done.wait(60)


def test_the_screens_pings_wait_so(app: App):
    eio, before = app.sockets._server.eio, threading.active_count()
    for number in range(20):
        Socket(eio, f"{number}").schedule_ping()
    assert threading.active_count() - before == 1
