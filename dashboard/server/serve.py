"""Stock gunicorn around the app: one process, a thread for every screen and some for the requests."""

from __future__ import annotations

import gc
import signal
import threading
from types import FrameType
from typing import Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from dashboard.app import App, create_app, create_scene, open_store
from dashboard.config.home import Home
from dashboard.config.load import Config
from dashboard.config.models import ServerSettings
from dashboard.jobs.runner import Jobs
from dashboard.realtime.connection_limit import SPARE_CONNECTIONS
from data.store.db import wal

GRACE_S = 4
GC_THRESHOLDS = (20_000, 20, 50)
WATCHED = {"/health", "/metrics"}
IDLE_CONNECTIONS = 1000
"""Connections that are kept open between two requests, beside those that hold a thread."""
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
        super().__init__()

    def load_config(self) -> None:
        """gunicorn's settings."""
        host, port = self._address
        threads = threads_of(self._config.server)
        settings: dict[str, Any] = {
            "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": threads,
            "worker_connections": threads + IDLE_CONNECTIONS,
            "keepalive": 30,
            "timeout": 60,
            "graceful_timeout": GRACE_S,
            "accesslog": None if self._quiet else "-",
            "access_log_format": ACCESS,
            "logger_class": Log,
            "loglevel": "warning",
            "post_worker_init": lambda worker: self.start(),
            "worker_int": lambda worker: self.farewell(),
            "worker_exit": lambda arbiter, worker: self.leave(),
            "control_socket_disable": True,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """In the worker: its own engine, its own threads."""
        engine = open_store(self._config, self._home)
        self._app = create_app(create_scene(self._config, engine), self._home, engine)
        return self._app.flask

    def start(self) -> None:
        """Hub, the door's beat and, unless they run elsewhere, the jobs."""
        app = self._app
        assert app is not None
        settle_memory()
        self._say_farewell_at_sigterm()
        threading.Thread(target=app.hub.run, name="hub", daemon=True).start()
        self._jobs = Jobs(app.config, app.home, app.engine, app.scene, app.pipeline)
        self._jobs.start_door(app.arrivals, app.sockets)
        if self._with_jobs:
            self._jobs.start()

    def _say_farewell_at_sigterm(self) -> None:
        """Screens hold a thread each: without a farewell gunicorn would wait for them until its time is over."""
        gunicorns = signal.getsignal(signal.SIGTERM)

        def terminate(number: int, frame: FrameType | None) -> None:
            self.farewell()
            if callable(gunicorns):
                gunicorns(number, frame)

        signal.signal(signal.SIGTERM, terminate)

    def farewell(self) -> None:
        """Stop what runs beside the requests and hang up on every screen; may be called twice."""
        app, jobs = self._app, self._jobs
        if app is None or jobs is None:
            return
        self._jobs = None
        threading.Thread(target=_part, args=(app, jobs), daemon=True).start()

    def leave(self) -> None:
        """The last thing that the process does."""
        self.farewell()
        if self._app is not None:
            wal.settle(self._app.engine)


def threads_of(server: ServerSettings) -> int:
    """Every screen holds one, and so does one that is told that there is no room; the rest answer requests."""
    return server.screens + SPARE_CONNECTIONS + server.request_threads


def settle_memory() -> None:
    """What was loaded stays: let the collector pass it over, and come less often than after every few drawings."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def _part(app: App, jobs: Jobs) -> None:
    app.hub.stop()
    jobs.stop()
    app.sockets.hang_up_all()
