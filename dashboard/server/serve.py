"""gunicorn around the app: one process, threads for every screen and for the requests."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from dashboard.app import App, create_app, create_scene, most_body, open_store
from dashboard.config.home import Home
from dashboard.config.load import Config
from dashboard.config.models import ServerSettings
from dashboard.jobs.runner import Jobs
from dashboard.realtime.websocket_transport import SOCKETS, SPARE_LINES
from dashboard.server.headers import in_pieces
from dashboard.server.lanes import Lane
from dashboard.server.receiving import Pace
from dashboard.server.worker import House, Worker

GRACE_S = 4
GC_THRESHOLDS = (20_000, 20, 50)
WATCHED = {"/health", "/metrics"}
HEALTH, LINES, REQUESTS = "health", "lines", "requests"
ACCESS = '%(t)s %(h)s "%(m)s %(U)s" %(s)s %(B)s %(L)s'
"""Without the query: it may hold a token or a key."""


class Log(Logger):  # type: ignore[misc]
    """gunicorn's log, without a line for what is asked all the time."""

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> None:
        """One line a request."""
        if environ.get("PATH_INFO") not in WATCHED:
            super().access(resp, req, environ, request_time)


class Serving(BaseApplication):  # type: ignore[misc]
    """`run.py serve`."""

    def __init__(
        self, config: Config, home: Home, address: tuple[str, int], *, jobs: bool, quiet: bool = False
    ) -> None:
        """`quiet`: without a line for every request, so that what was printed before stays in sight."""
        self._config, self._home, self._address = config, home, address
        self._with_jobs, self._quiet = jobs, quiet
        self._app: App | None = None
        self._jobs: Jobs | None = None
        self.house = _house(config, self._most_body)
        """How the worker deals with who comes."""
        super().__init__()

    def load_config(self) -> None:
        """gunicorn's settings."""
        server = self._config.server
        host, port = self._address
        threads = sum(lane.threads for lane in self.house.lanes.values())
        settings: dict[str, Any] = {
            "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
            "workers": 1,
            "worker_class": Worker,
            "threads": threads,
            "worker_connections": threads + server.connections,
            "keepalive": 30,
            "timeout": 60,
            "graceful_timeout": GRACE_S,
            "accesslog": None if self._quiet else "-",
            "access_log_format": ACCESS,
            "logger_class": Log,
            "loglevel": "warning",
            "post_worker_init": lambda worker: self.start(),
            "worker_exit": lambda arbiter, worker: self.farewell(),
            "control_socket_disable": True,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """In the worker: its own engine, its own threads."""
        engine = open_store(self._config, self._home)
        self._app = create_app(create_scene(self._config, engine), self._home, engine)
        return in_pieces(self._app.flask)

    def _most_body(self, method: str, path: str) -> int:
        assert self._app is not None
        return most_body(self._app.flask, method, path)

    def start(self) -> None:
        """Hub, the door's beat and, unless they run elsewhere, the jobs."""
        app = self._app
        assert app is not None
        settle_memory()
        threading.Thread(target=app.hub.run, name="hub", daemon=True).start()
        self._jobs = Jobs(app.config, app.home, app.engine, app.scene, app.pipeline)
        self._jobs.start_door(app.arrivals, app.sockets)
        if self._with_jobs:
            self._jobs.start()

    def farewell(self) -> None:
        """Stop what runs beside the requests and hang up on every screen; may be called twice."""
        app, jobs = self._app, self._jobs
        if app is None or jobs is None:
            return
        self._jobs = None
        threading.Thread(target=_part, args=(app, jobs), daemon=True).start()


def _house(config: Config, most: Callable[[str, str], int]) -> House:
    server = config.server
    return House(
        lanes=_lanes(server),
        lane_of=_lane_of,
        most_body=most,
        pace=Pace(server.head_within.total_seconds(), server.body_within.total_seconds(), server.body_rate),
        bodies=server.bodies_mb * 1_000_000,
        proxies=config.open311.proxies,
    )


def _lanes(server: ServerSettings) -> dict[str, Lane]:
    """Threads of each kind of request: those who watch, the screens with room to tell one that there is none, the rest.

    Of the rest an address holds at most three of four, and none waits behind all connections of another.
    """
    lines, queue = server.screens + 3 * SPARE_LINES, max(1, server.connections // 2)
    threads = server.request_threads
    return {
        HEALTH: Lane(threads=2, share=1, queue=queue),
        LINES: Lane(threads=lines, share=lines, queue=queue),
        REQUESTS: Lane(threads=threads, share=threads * 3 // 4, queue=queue),
    }


def _lane_of(path: str) -> str:
    return HEALTH if path in WATCHED else LINES if path.startswith(SOCKETS) else REQUESTS


def settle_memory() -> None:
    """What was loaded stays: let the collector pass it over, and come less often than after every few drawings."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def _part(app: App, jobs: Jobs) -> None:
    app.hub.stop()
    jobs.stop()
    app.sockets.hang_up_all()
