"""The hub: follows the change feed, asks and draws what is watched once, sends it to everybody who watches.

One thread. Nothing here grows with the number of screens but the emit itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from dashboard.boards import BOARDS, Board, touched
from dashboard.observability import metrics
from dashboard.observability.supervisor import Falls
from dashboard.realtime.encoding import array
from dashboard.realtime.message import Message, Variant, message
from dashboard.realtime.render_context import Scene
from data import clock
from data.store.db.change_feed import latest, since
from data.store.db.engine import Engine, reading
from data.store.db.follower import Follower
from data.store.geo import boundaries as stored_boundaries
from layouts.kit.viewport import Viewport

BEAT_S = 5.0
GAP_S = 0.1
"""The least between two flushes that changes ask for; the first after a quiet time goes out at once."""
COST_SHARE = 4
"""A flush that took t is followed by none for this many t, so that a burst leaves the processor to who brings it."""
RETRY_S = 1.0
"""When what fell is tried again."""
FEED_LIMIT = 2000
FEED = "feed"


class Outlet(Protocol):
    """Where messages go: Flask-SocketIO, or a list in a test."""

    def emit(self, event: str, payload: Any, to: str) -> None:
        """Send to a room or to one socket."""

    def enter(self, sid: str, room: str) -> bool:
        """Put a socket into a room; False when it has gone."""


@dataclass(slots=True)
class View:
    """One variant that somebody watches."""

    viewports: dict[str, Viewport]
    messages: dict[str, Message] = field(default_factory=dict)
    """The latest of each board."""
    viewers: set[str] = field(default_factory=set)


class Hub:
    """Start it with `run` in a thread of its own; `join`, `leave` and `stop` may be called from any."""

    def __init__(
        self,
        engine: Engine,
        scene: Scene,
        outlet: Outlet,
        *,
        boards: Mapping[str, Board] = BOARDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.scene = scene
        self.falls = Falls()
        self.seq = 0
        """The newest change read."""
        self.as_of: datetime = clock.now()
        """When the feed was last read."""
        self._engine, self._outlet = engine, outlet
        self._boards, self._monotonic = boards, monotonic
        self._follower = Follower(engine)
        self._doors: SimpleQueue[tuple[str, Variant | None]] = SimpleQueue()
        self._views: dict[Variant, View] = {}
        self._dirty: set[str] = set()
        self._due: dict[str, float] = {}
        self._drawn: dict[str, float] = {}
        self._next_flush = self._next_beat = 0.0
        self._hello_day: date | None = None
        self._stopping = threading.Event()

    @property
    def is_following(self) -> bool:
        """False while commits of other processes cannot be heard of."""
        return self._follower.healthy

    def join(self, sid: str, variant: Variant) -> None:
        """A screen has connected: it gets everything, and then what changes."""
        self._doors.put((sid, variant))
        self._follower.wake()

    def leave(self, sid: str) -> None:
        """A screen has gone."""
        self._doors.put((sid, None))

    def stop(self) -> None:
        """Let `run` return."""
        self._stopping.set()
        self._follower.wake()

    def run(self) -> None:
        """Until `stop`."""
        while not self._stopping.is_set():
            self._follower.wait(self._patience())
            if self.falls.attempt("hub", lambda: self.turn(clock.now())) is None:
                self._stopping.wait(RETRY_S)
        self._follower.close()

    def turn(self, now: datetime) -> bool:
        """One round: read the feed, welcome newcomers, draw what is due, beat."""
        self.falls.attempt(FEED, lambda: self._read_feed(now))
        self._welcome(now)
        moment = self._monotonic()
        if not (self._flush(moment, now) or self._flush_heavy(moment, now)):
            self._redraw_one(moment, now)
        if moment >= self._next_beat:
            self._next_beat = moment + BEAT_S
            self._beat(now)
        return True

    def _patience(self) -> float:
        """Seconds until something is due by time alone."""
        moments = [self._next_beat, *(self._due[name] for name in self._watched() if name in self._due)]
        moments += [self._may_be_drawn(name) for name in self._dirty]
        return max(0.0, min(moments) - self._monotonic())

    def _may_be_drawn(self, name: str) -> float:
        """From when on a change may be answered with a drawing."""
        least_s = self._boards[name].least_s
        return self._drawn.get(name, 0.0) + least_s if least_s else self._next_flush

    def _watched(self) -> set[str]:
        return {name for view in self._views.values() for name in view.viewports}

    def _read_feed(self, now: datetime) -> None:
        with reading(self._engine) as conn:
            rows = since(conn, self.seq, FEED_LIMIT)
            many = len(rows) == FEED_LIMIT
            newest = latest(conn) if many else rows[-1].seq if rows else self.seq
        self.seq, self.as_of = newest, now
        kinds = frozenset(row.kind for row in rows)
        self._dirty |= self._boards.keys() if many else touched(kinds)
        if many or "boundaries" in kinds:
            self._change_ground()

    def _change_ground(self) -> None:
        with reading(self._engine) as conn:
            found = stored_boundaries.load(conn)
        if found is not None:
            self.scene.stand_on(found)

    def _flush(self, moment: float, now: datetime) -> bool:
        """Draw the light boards that changed, all in one event for each room; False when there was nothing to do."""
        self._dirty &= self._watched()
        light = {name for name in self._dirty if not self._boards[name].least_s}
        if not light or moment < self._next_flush:
            return False
        self._dirty -= light
        self._send(light, now)
        took = self._monotonic() - moment
        metrics.FLUSH.observe(took)
        self._next_flush = moment + max(GAP_S, COST_SHARE * took)
        return True

    def _flush_heavy(self, moment: float, now: datetime) -> bool:
        """Draw one board that may be drawn only so often; False when there was none whose time has come."""
        heavy = (name for name in self._dirty if self._boards[name].least_s)
        name = next((name for name in heavy if moment >= self._may_be_drawn(name)), None)
        if name is None:
            return False
        self._dirty.discard(name)
        self._send([name], now)
        return True

    def _redraw_one(self, moment: float, now: datetime) -> None:
        """The board whose time has come first, if any: one at a time, so that a change never waits for six."""
        waiting = [name for name in self._watched() if self._due.get(name, 0.0) <= moment]
        if waiting:
            self._send([min(waiting, key=lambda name: self._due.get(name, 0.0))], now)

    def _send(self, names: Iterable[str], now: datetime) -> None:
        changed: dict[Variant, list[Message]] = {}
        for name in names:
            for variant, drawn in self._draw(name, self._views, now).items():
                view = self._views[variant]
                before = view.messages.get(name)
                view.messages[name] = drawn
                if before is None or before.hash != drawn.hash:
                    changed.setdefault(variant, []).append(drawn)
        for variant, messages in changed.items():
            self._outlet.emit("boards", array(each.ready for each in messages), variant.room)

    def _draw(self, name: str, views: dict[Variant, View], now: datetime) -> dict[Variant, Message]:
        """The board for each of the views that carry it; nothing when it fell: the walls keep the old one."""
        board = self._boards[name]
        self._drawn[name] = self._monotonic()
        self._due[name] = self._drawn[name] + board.every_s
        wanted = {variant: view.viewports[name] for variant, view in views.items() if name in view.viewports}
        drawn = self.falls.attempt(name, lambda: self._draw_looks(board, set(wanted.values()), now)) or {}
        if name in self.falls.down:
            self._due[name] = self._drawn[name] + RETRY_S
        return {variant: drawn[viewport] for variant, viewport in wanted.items() if viewport in drawn}

    def _draw_looks(self, board: Board, viewports: set[Viewport], now: datetime) -> dict[Viewport, Message]:
        """Asked once, for the most rows that any of them has room for; drawn once for each look."""
        with reading(self._engine) as conn:
            seq = latest(conn)
            answer = board.ask(conn, self.scene.asked, now, max(board.rows(viewport) for viewport in viewports))
        context = self.scene.context
        return {
            viewport: message(board.name, board.draw(answer, viewport, now, context), seq, now)
            for viewport in viewports
        }

    def _welcome(self, now: datetime) -> None:
        while True:
            try:
                sid, variant = self._doors.get_nowait()
            except Empty:
                return
            if variant is None:
                self._forget(sid)
            else:
                self._admit(sid, variant, now)

    def _admit(self, sid: str, variant: Variant, now: datetime) -> None:
        view = self._views.get(variant)
        if view is None:
            view = View(self.scene.viewports(variant.screen, portrait=variant.portrait, lang=variant.lang))
            for name in view.viewports:
                for drawn in self._draw(name, {variant: view}, now).values():
                    view.messages[name] = drawn
        if not self._outlet.enter(sid, variant.room):
            return
        self._views[variant] = view
        view.viewers.add(sid)
        self._outlet.emit("hello", self._hello(variant, now), sid)
        self._outlet.emit("boards", array(each.ready for each in view.messages.values()), sid)
        self._outlet.emit("heartbeat", self._heartbeat(view, now), sid)

    def _forget(self, sid: str) -> None:
        for variant, view in list(self._views.items()):
            view.viewers.discard(sid)
            if not view.viewers:
                del self._views[variant]

    def _beat(self, now: datetime) -> None:
        day = self.scene.local_day(now)
        moved, self._hello_day = self._hello_day not in (None, day), day
        for variant, view in self._views.items():
            if moved:
                self._outlet.emit("hello", self._hello(variant, now), variant.room)
            self._outlet.emit("heartbeat", self._heartbeat(view, now), variant.room)

    def _hello(self, variant: Variant, now: datetime) -> dict[str, Any]:
        context = self.scene.context
        return {
            "now": now.timestamp(),
            "build": context.build,
            "calendars": self.scene.windows(now),
            "lang": variant.lang,
            "demo": context.demo,
        }

    def _heartbeat(self, view: View, now: datetime) -> dict[str, Any]:
        """`as_of` does not move while one of the screen's boards cannot be drawn."""
        fallen = [
            view.messages[name].as_of for name in view.viewports if name in self.falls.down and name in view.messages
        ]
        return {
            "now": now.timestamp(),
            "as_of": min([self.as_of, *fallen]).timestamp(),
            "seq": self.seq,
            "build": self.scene.context.build,
            "hashes": {name: drawn.hash for name, drawn in view.messages.items()},
        }
