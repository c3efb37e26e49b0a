"""The hub follows the change feed. It queries and draws each watched board once and sends it to all its viewers.

One thread. Only the emit costs more with more screens.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from dashboard.boards import ALL_BOARDS, Board, boards_for
from dashboard.observability import metrics
from dashboard.observability.part_health import PartHealth
from dashboard.realtime.encoding import joined
from dashboard.realtime.message import Message, Variant, build_message
from dashboard.realtime.render_context import RenderContext
from dashboard.realtime.snapshot import Snapshot
from data import clock
from data.domain.access.roles import Audience
from data.domain.reasons import Reason
from data.foreground import foreground
from data.store.db.change_feed import latest, since
from data.store.db.engine import Engine, reading
from data.store.db.follower import Follower
from data.store.db.time_limits import time_limit
from data.store.geo import boundaries as stored_boundaries
from data.texts import texts
from layouts.kit.viewport import Viewport

HEARTBEAT_S = 5.0
GAP_S = 0.1
"""Least time between two flushes; the first flush after a quiet time is sent at once."""
COST_SHARE = 4
"""After a flush that took t of the processor, no flush for this many t: in a burst, ingest needs it."""
BULK_COST_SHARE = 39
"""The same for what an import in bulk changes, and for boards with a minimum interval: a report that comes meanwhile
is drawn at once, unless it comes while one of these is drawn.
"""
BULK = frozenset({"imported"})
BEGIN_S, STATEMENT_S = 4.0, 3.0
"""How long a question may wait for the store; the next one finds another connection."""
LATE_S = 15.0
"""Three heartbeats."""
RETRY_S = 1.0
"""How soon a part that failed is tried again."""
FEED_LIMIT = 2000
FEED = "feed"
Place = tuple[Audience, Viewport]
"""What a drawing of a board depends on besides the store."""


class Emitter(Protocol):
    """What sends messages: Flask-SocketIO, or a list in a test."""

    def emit(self, event: str, payload: Any, to: str) -> None:
        """Send to a room or to one socket."""

    def enter_room(self, sid: str, room: str) -> bool:
        """Put a socket into a room; False when it has gone."""


@dataclass(slots=True)
class WatchedVariant:
    """A variant with at least one screen."""

    viewports: dict[str, Viewport]
    messages: dict[str, Message] = field(default_factory=dict)
    """The latest of each board."""
    viewers: set[str] = field(default_factory=set)


class Hub:
    """Runs in its own thread, by `run`; `join`, `leave` and `stop` are safe from any thread."""

    def __init__(
        self,
        engine: Engine,
        context: RenderContext,
        emitter: Emitter,
        *,
        boards: Mapping[str, Board] = ALL_BOARDS,
        monotonic: Callable[[], float] = time.monotonic,
        processor: Callable[[], float] = time.thread_time,
        problems: Callable[[], Sequence[Reason]] = tuple,
    ) -> None:
        """processor: seconds that this thread has used it; problems: what every wall says is wrong now."""
        self.context = context
        self.parts = PartHealth()
        self.seq = 0
        """The newest change read."""
        self.as_of: datetime = clock.now()
        """When the feed was last read."""
        self._engine, self._emitter = engine, emitter
        self._boards, self._problems = boards, problems
        self._monotonic, self._processor = monotonic, processor
        self._follower = Follower(engine)
        self._joins_and_leaves: SimpleQueue[tuple[str, Variant | None, int]] = SimpleQueue()
        self._watched: dict[Variant, WatchedVariant] = {}
        self._dirty: set[str] = set()
        self._urgent: set[str] = set()
        self._due: dict[str, float] = {}
        self._drawn_at: dict[str, float] = {}
        self._heavy_until: dict[str, float] = {}
        self._took_s: dict[str, float] = {}
        """Of the processor, by each board's last query and drawings."""
        self._next_flush = self._next_bulk_flush = self._next_heartbeat = 0.0
        self._only_bulk = True
        self._hello_day: date | None = None
        self._stopping = threading.Event()

    @property
    def is_following(self) -> bool:
        """False while the commits of other processes are not noticed."""
        return self._follower.healthy

    def join(self, sid: str, variant: Variant, missed: int = 0) -> None:
        """A screen has connected, or has caught up after it missed events: it gets all its boards, then the changes."""
        self._joins_and_leaves.put((sid, variant, missed))
        self._follower.wake()

    def leave(self, sid: str) -> None:
        """A screen has disconnected."""
        self._joins_and_leaves.put((sid, None, 0))

    def stop(self) -> None:
        """Let `run` return."""
        self._stopping.set()
        self._follower.wake()

    def run(self) -> None:
        """Until `stop`."""
        self.parts.expect("hub", LATE_S)
        self.parts.expect(FEED, LATE_S)
        while not self._stopping.is_set():
            self._follower.wait(self._seconds_until_due())
            with foreground(), time_limit(BEGIN_S, STATEMENT_S):
                went_well = self.parts.run("hub", lambda: self.run_once(clock.now()))
            if went_well is None:
                self._stopping.wait(RETRY_S)
        self._follower.close()

    def run_once(self, now: datetime) -> bool:
        """Read the feed, add new screens, draw the boards that are due, send heartbeats. Always True."""
        self.parts.run(FEED, lambda: self._read_feed(now))
        self._handle_joins_and_leaves(now)
        moment = self._monotonic()
        if not (self._flush(moment, now) or self._flush_heavy(moment, now)):
            self._redraw_one(moment, now)
        if moment >= self._next_heartbeat:
            self._next_heartbeat = moment + HEARTBEAT_S
            self._send_heartbeats(now)
        return True

    def _seconds_until_due(self) -> float:
        """Until the next heartbeat or drawing that needs no change."""
        moments = [self._next_heartbeat, *(self._due[name] for name in self._watched_boards() if name in self._due)]
        moments += [self._next_draw_at(name) for name in self._dirty]
        return max(0.0, min(moments) - self._monotonic())

    def _next_draw_at(self, name: str) -> float:
        """The monotonic time from which a change may be drawn."""
        if name in self._urgent:
            return 0.0
        min_interval_s = self._boards[name].min_interval_s
        if min_interval_s:
            return max(self._drawn_at.get(name, 0.0) + min_interval_s, self._heavy_until.get(name, 0.0))
        return self._next_bulk_flush if self._only_bulk else self._next_flush

    def _watched_boards(self) -> set[str]:
        return {name for shown in self._watched.values() for name in shown.viewports}

    def _read_feed(self, now: datetime) -> None:
        with reading(self._engine) as conn:
            rows = since(conn, self.seq, FEED_LIMIT)
            many = len(rows) == FEED_LIMIT
            newest = latest(conn) if many else rows[-1].seq if rows else self.seq
        self.seq, self.as_of = newest, now
        kinds = frozenset(row.kind for row in rows)
        self._dirty |= self._boards.keys() if many else boards_for(kinds, self._boards)
        self._urgent |= {name for name, board in self._boards.items() if board.urgent & kinds}
        self._only_bulk = self._only_bulk and kinds <= BULK
        if many or "boundaries" in kinds:
            self._reload_boundaries()

    def _reload_boundaries(self) -> None:
        with reading(self._engine) as conn:
            found = stored_boundaries.load(conn)
        if found is not None:
            self.context.use_boundaries(found)

    def _flush(self, moment: float, now: datetime) -> bool:
        """Draw all changed boards without a minimum interval, one event a room; False when none is due."""
        self._dirty &= self._watched_boards()
        self._urgent &= self._dirty
        light = {name for name in self._dirty if not self._boards[name].min_interval_s}
        if at_once := light & self._urgent:
            self._dirty -= at_once
            self._urgent -= at_once
            self._send(at_once, now)
            return True
        if not light or moment < min(self._next_draw_at(name) for name in light):
            return False
        self._dirty -= light
        used = self._processor()
        self._send(light, now)
        metrics.FLUSH.observe(self._monotonic() - moment)
        took = self._processor() - used
        self._next_bulk_flush = moment + max(GAP_S, BULK_COST_SHARE * took)
        if not self._only_bulk:
            self._next_flush = moment + max(GAP_S, COST_SHARE * took)
        self._only_bulk = True
        return True

    def _flush_heavy(self, moment: float, now: datetime) -> bool:
        """Draw one changed board that has a minimum interval; False when none is due."""
        urgent_first = sorted(self._dirty, key=lambda name: name not in self._urgent)
        limited = (name for name in urgent_first if self._boards[name].min_interval_s)
        name = next((name for name in limited if moment >= self._next_draw_at(name)), None)
        if name is None:
            return False
        self._dirty.discard(name)
        self._urgent.discard(name)
        used = self._processor()
        self._send([name], now)
        self._heavy_until[name] = moment + BULK_COST_SHARE * (self._processor() - used)
        return True

    def _redraw_one(self, moment: float, now: datetime) -> None:
        """Draw the board that is longest overdue, if any. One at a time: a change must not wait for six drawings."""
        waiting = [name for name in self._watched_boards() if self._due.get(name, 0.0) <= moment]
        if waiting:
            self._send([min(waiting, key=lambda name: self._due.get(name, 0.0))], now)

    def _send(self, names: Iterable[str], now: datetime) -> None:
        """The boards that are drawn soonest first: a screen's event goes out when its last board is drawn."""
        left = sorted(names, key=lambda name: self._took_s.get(name, 0.0))
        changed: dict[Variant, list[Message]] = {}
        with Snapshot(self._engine) as snapshot:
            while left:
                name = left.pop(0)
                used = self._processor()
                for variant, drawn in self._draw(name, self._watched, now, snapshot).items():
                    shown = self._watched[variant]
                    before = shown.messages.get(name)
                    shown.messages[name] = drawn
                    if before is None or before.hash != drawn.hash:
                        changed.setdefault(variant, []).append(drawn)
                self._took_s[name] = self._processor() - used
                for variant in [each for each in changed if not self._watched[each].viewports.keys() & left]:
                    self._emitter.emit("boards", joined(each.json for each in changed.pop(variant)), variant.room)

    def _draw(
        self, name: str, variants: dict[Variant, WatchedVariant], now: datetime, snapshot: Snapshot
    ) -> dict[Variant, Message]:
        """The board for each variant that has it; empty when it failed: the walls keep the drawing before."""
        board = self._boards[name]
        self._drawn_at[name] = self._monotonic()
        self._due[name] = self._drawn_at[name] + board.max_age_s
        place_of = {
            variant: (variant.audience, shown.viewports[name])
            for variant, shown in variants.items()
            if name in shown.viewports
        }
        drawn = self.parts.run(name, lambda: self._draw_all(board, set(place_of.values()), now, snapshot)) or {}
        if name in self.parts.down:
            self._due[name] = self._drawn_at[name] + RETRY_S
        return {variant: drawn[place] for variant, place in place_of.items() if place in drawn}

    def _draw_all(self, board: Board, places: set[Place], now: datetime, snapshot: Snapshot) -> dict[Place, Message]:
        """One query an audience, one drawing a viewport of it."""
        drawn: dict[Place, Message] = {}
        for audience in {audience for audience, _ in places}:
            viewports = {viewport for each, viewport in places if each == audience}
            for viewport, message in self._draw_viewports(board, audience, viewports, now, snapshot).items():
                drawn[audience, viewport] = message
        return drawn

    def _draw_viewports(
        self, board: Board, audience: Audience, viewports: set[Viewport], now: datetime, snapshot: Snapshot
    ) -> dict[Viewport, Message]:
        """One query, with the most rows that any viewport has room for; one drawing a viewport."""
        query = replace(self.context.query, audience=audience)
        with snapshot.use() as (conn, seq):
            answer = board.ask(conn, query, now, max(board.rows(viewport) for viewport in viewports))
        drawing = self.context.drawing
        return {
            viewport: build_message(board.name, board.draw(answer, viewport, now, drawing), seq, now)
            for viewport in viewports
        }

    def _handle_joins_and_leaves(self, now: datetime) -> None:
        while True:
            try:
                sid, variant, missed = self._joins_and_leaves.get_nowait()
            except Empty:
                return
            if variant is None:
                self._remove_viewer(sid)
            else:
                self._add_viewer(sid, variant, now, missed)

    def _add_viewer(self, sid: str, variant: Variant, now: datetime, missed: int) -> None:
        shown = self._watched.get(variant)
        if shown is None:
            shown = WatchedVariant(variant.viewports(self.context))
            with Snapshot(self._engine) as snapshot:
                for name in shown.viewports:
                    for drawn in self._draw(name, {variant: shown}, now, snapshot).values():
                        shown.messages[name] = drawn
        if not self._emitter.enter_room(sid, variant.room):
            return
        self._watched[variant] = shown
        shown.viewers.add(sid)
        self._emitter.emit("hello", self._hello_payload(variant, now) | {"missed": missed}, sid)
        self._emitter.emit("boards", joined(each.json for each in shown.messages.values()), sid)
        self._emitter.emit("heartbeat", self._heartbeat_payload(variant, shown, now), sid)

    def _remove_viewer(self, sid: str) -> None:
        for variant, shown in list(self._watched.items()):
            shown.viewers.discard(sid)
            if not shown.viewers:
                del self._watched[variant]

    def _send_heartbeats(self, now: datetime) -> None:
        day = self.context.local_day(now)
        is_new_day, self._hello_day = self._hello_day not in (None, day), day
        for variant, shown in self._watched.items():
            if is_new_day:
                self._emitter.emit("hello", self._hello_payload(variant, now), variant.room)
            self._emitter.emit("heartbeat", self._heartbeat_payload(variant, shown, now), variant.room)

    def _hello_payload(self, variant: Variant, now: datetime) -> dict[str, Any]:
        """What the script needs before it can show anything: server time, build, opening hours for its countdowns."""
        drawing = self.context.drawing
        return {
            "now": now.timestamp(),
            "build": drawing.build,
            "calendars": self.context.windows(now),
            "lang": variant.lang,
            "demo": drawing.demo,
        }

    def _heartbeat_payload(self, variant: Variant, shown: WatchedVariant, now: datetime) -> dict[str, Any]:
        """`as_of` stays the same while one of the screen's boards cannot be drawn."""
        outdated = [
            shown.messages[name].as_of for name in shown.viewports if name in self.parts.down and name in shown.messages
        ]
        return {
            "now": now.timestamp(),
            "as_of": min([self.as_of, *outdated]).timestamp(),
            "seq": self.seq,
            "build": self.context.drawing.build,
            "hashes": {name: drawn.hash for name, drawn in shown.messages.items()},
            "problems": [texts(variant.lang).sentence(each) for each in self._problems()],
        }
