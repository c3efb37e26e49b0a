"""What runs beside the requests: polling the sources, sweeping the clocks, the door's beat. Threads, under leases."""

from __future__ import annotations

import math
import os
import socket
import threading
import time
from collections.abc import Callable
from functools import partial

import structlog

from dashboard.api.open311.service import BEAT_S, Arrivals
from dashboard.config.home import ROOT, Home
from dashboard.config.load import Config
from dashboard.jobs.backup import Backups
from dashboard.jobs.photos import fetcher
from dashboard.jobs.uploads import uploader
from dashboard.observability.supervisor import Falls
from dashboard.realtime.render_context import Scene
from dashboard.realtime.sockets import Sockets
from data import clock
from data.domain.sla.terms import terms
from data.store.db import wal
from data.store.db.change_feed import latest, since
from data.store.db.engine import Engine, reading, writing
from data.store.geo import boundaries
from data.store.intake import hours
from data.store.queries import baseline
from ingest.photos.gallery import Gallery
from ingest.pipeline.pipeline import Pipeline
from ingest.runtime.poller import poll
from ingest.runtime.sweeper import judge_open_anew, sweep_once
from ingest.settings import Around
from ingest.source import Source
from ingest.sources.kinds import build

log = structlog.get_logger(__name__)
SWEEP_EVERY_S = 5.0
"""A look costs about 10 ms with 1,500 open cases; what it announces is dated when it took effect all the same."""
USUAL_EVERY_S = 60.0
USUAL_AFTER_S = 10.0
"""A first start has imported its history by then; without any nothing is usual for the next minutes."""
GROUND_EVERY_S = 10.0
PHOTOS_EVERY_S = 10.0
UPLOADS_EVERY_S = 1.0
"""Somebody waits before the page; a look at the short table costs nothing."""
BACKUP_EVERY_S = 60.0
WAL_EVERY_S = 60.0
FORGET_EVERY_S = 86_400.0
FORGET_AFTER_S = 600.0
CHANGES_MOST = 10_000
GRACE_S = 8.0
"""A source may take a minute to answer; whoever stops us kills us after ten seconds, or ninety."""
STOP_LOOK_S = 0.2
"""Not a wait for the event: a signal that comes in the midst of that would set it in the same thread, and hang."""


class Jobs:
    """Start and stop all loops of one process. A lease lets several processes run the same ones."""

    def __init__(self, config: Config, home: Home, engine: Engine, scene: Scene, pipeline: Pipeline) -> None:
        self._config, self._engine, self._scene, self._pipeline = config, engine, scene, pipeline
        self._around = Around(config.city, scene.calendars, scene.boundaries, engine, ROOT, home.path, config.demo)
        self._terms_of = partial(terms, config.city, scene.calendars)
        self._owner = f"{socket.gethostname()}:{os.getpid()}"
        self._photos = fetcher(config, engine, Gallery(home.path))
        self._uploads = uploader(config, engine, home, pipeline, scene)
        self._backups = Backups(config.backup, home, engine)
        self._falls = Falls()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._seq: int | None = None

    def start(self) -> None:
        """Every enabled source, the sweep, the usual figures."""
        self._follow_ground()
        for name, settings in self._config.sources.items():
            if settings.enabled:
                source = build(name, settings, self._around)
                if source.every_s < math.inf:  # else it brings its records itself
                    self._spawn(f"source {name}", partial(self._poll, source))
        self._spawn("rules", partial(self._until_done, "rules", self._judge_anew))
        self._spawn("sweep", partial(self._repeat, "sweep", SWEEP_EVERY_S, self._sweep))
        self._spawn("usual", partial(self._repeat, "usual", USUAL_EVERY_S, self._usual, after_s=USUAL_AFTER_S))
        self._spawn("photos", partial(self._repeat, "photos", PHOTOS_EVERY_S, self._fetch_photos))
        self._spawn("uploads", partial(self._repeat, "uploads", UPLOADS_EVERY_S, self._take_uploads))
        if self._config.backup.folder is not None:
            self._spawn("backup", partial(self._repeat, "backup", BACKUP_EVERY_S, self._back_up))
        self._spawn("wal", partial(self._repeat, "wal", WAL_EVERY_S, partial(wal.bound, self._engine)))
        self._spawn("hours", partial(self._repeat, "hours", FORGET_EVERY_S, self._forget, after_s=FORGET_AFTER_S))

    def start_door(self, arrivals: Arrivals, sockets: Sockets) -> None:
        """What belongs to a process that serves: the Open311 server's beat, order at the screens' door."""
        self._follow_ground()
        self._spawn("door", partial(self._repeat, "door", BEAT_S, lambda: arrivals.beat(clock.now())))
        self._spawn("strangers", partial(self._repeat, "strangers", BEAT_S, sockets.hang_up_on_strangers))

    def stop(self) -> None:
        """Let every loop end after what it is doing."""
        self._stopping.set()

    def wait(self, grace_s: float = GRACE_S) -> None:
        """Until it is stopped, and then `grace_s` at most for all loops to end.

        One that still waits for a slow server is left behind, as if this process had died: nothing is lost by that.
        """
        while not self._stopping.is_set():
            time.sleep(STOP_LOOK_S)
        until = time.monotonic() + grace_s
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        behind = sorted(thread.name for thread in self._threads if thread.is_alive())
        if behind:
            log.warning("left_behind", parts=behind)
        wal.settle(self._engine)

    def _follow_ground(self) -> None:
        if not any(thread.name == "ground" for thread in self._threads):
            self._spawn("ground", partial(self._repeat, "ground", GROUND_EVERY_S, self._ground))

    def _ground(self) -> None:
        """Boundaries imported while this runs: from now on cases are placed by them."""
        with reading(self._engine) as conn:
            changes = since(conn, self._seq, CHANGES_MOST) if self._seq is not None else []
            self._seq = latest(conn)
            imported = any(change.kind == "boundaries" for change in changes) or len(changes) == CHANGES_MOST
            ground = boundaries.current(conn) if imported else None
        if ground is not None:
            self._pipeline.place_by(ground)

    def _spawn(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _repeat(self, name: str, every_s: float, work: Callable[[], object], *, after_s: float = 0.0) -> None:
        self._stopping.wait(after_s)
        while not self._stopping.is_set():
            self._falls.attempt(name, work)
            self._stopping.wait(every_s)

    def _until_done(self, name: str, work: Callable[[], object]) -> None:
        while self._falls.attempt(name, work) is None and not self._stopping.wait(SWEEP_EVERY_S):
            pass

    def _poll(self, source: Source) -> None:
        poll(source, self._pipeline, self._owner, self._stopping)

    def _judge_anew(self) -> int:
        """Calendars and policies may have been edited while nothing ran."""
        return judge_open_anew(self._engine, self._terms_of, self._stopping)

    def _sweep(self) -> None:
        """What time alone brought about."""
        sweep_once(self._engine, self._terms_of, self._owner, self._stopping)

    def _fetch_photos(self) -> None:
        """Those that sources only point to."""
        self._photos.fetch_due(self._owner, clock.now, self._stopping.is_set)

    def _take_uploads(self) -> None:
        """Files that people uploaded: looked through, imported."""
        self._uploads.work(self._owner, clock.now, self._stopping.is_set)

    def _back_up(self) -> None:
        """A copy of everything, when the newest is old enough."""
        self._backups.work(self._owner, self._stopping)

    def _forget(self) -> None:
        """Hours of sources are kept for a year."""
        with writing(self._engine) as conn:
            hours.forget(conn, clock.now())

    def _usual(self) -> None:
        baseline.refresh(self._engine, self._config.city, self._scene.calendars, clock.now())
