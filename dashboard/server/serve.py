"""Serves the app with gunicorn: one process, a thread for each screen and live page and some for requests."""

from __future__ import annotations

import gc
import re
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from dashboard.app import App, create_app, create_render_context, open_store
from dashboard.config.home import ROOT, Home
from dashboard.config.load import Config
from dashboard.config.models import ServerSettings
from dashboard.jobs.runner import Jobs
from dashboard.observability.logs import LineFormatter
from dashboard.realtime.connection_limit import SPARE_CONNECTIONS
from dashboard.server.companion import Companion
from data.store.db import wal

GRACE_S = 4
GC_THRESHOLDS = (20_000, 20, 50)
SWITCH_S = 0.0005
UNLOGGED_PATHS = {"/health", "/metrics"}
PERFORMANCE_COMMAND = (sys.executable, str(ROOT / "run.py"), "performance")
PERFORMANCE_THREADS = 32
IDLE_CONNECTIONS = 1000
"""Keep-alive connections beside those that hold a thread."""
ACCESS = '%(t)s %(h)s "%(m)s %(U)s" %(s)s %(B)s %(L)s'
"""No query: it may hold a token or a key."""
_CODE = re.compile(r"(?<=^/lapor/)(?![a-z.]{1,10}$)[^/]+")
"""A tracking code within a path: whoever reads the log could open the status page."""


class AccessLog(Logger):  # type: ignore[misc]
    """gunicorn's log without the requests of monitoring; a path is escaped, and has no tracking code."""

    def setup(self, cfg: Any) -> None:
        """Called by gunicorn."""
        super().setup(cfg)
        for log, line in ((self.error_log, self.error_fmt), (self.access_log, self.access_fmt)):
            for handler in log.handlers:
                handler.setFormatter(LineFormatter(line, self.datefmt))

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> None:
        """One line a request."""
        path = environ.get("PATH_INFO", "")
        if path not in UNLOGGED_PATHS:
            super().access(resp, req, {**environ, "PATH_INFO": _CODE.sub("*", path)}, request_time)


class GunicornServer(BaseApplication):  # type: ignore[misc]
    """`run.py serve`."""

    def __init__(
        self, config: Config, home: Home, address: tuple[str, int], *, jobs: bool, quiet: bool = False
    ) -> None:
        """`quiet`: no access log."""
        self._config, self._home, self._address = config, home, address
        self._with_jobs, self._quiet = jobs, quiet
        self._app: App | None = None
        self._jobs: Jobs | None = None
        super().__init__()

    def load_config(self) -> None:
        """gunicorn's settings."""
        host, port = self._address
        threads = thread_count(self._config.server)
        settings: dict[str, Any] = {
            "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": threads,
            "worker_connections": threads + IDLE_CONNECTIONS,
            "keepalive": 30,
            "forwarded_allow_ips": "",  # no client may set path or scheme; a proxy's headers are read by ProxyFix
            "timeout": 60,
            "graceful_timeout": GRACE_S,
            "accesslog": None if self._quiet else "-",
            "access_log_format": ACCESS,
            "logger_class": AccessLog,
            "loglevel": "warning",
            "post_worker_init": lambda worker: self.start(),
            "worker_int": lambda worker: self.shut_down(),
            "worker_exit": lambda arbiter, worker: self.leave(),
            "control_socket_disable": True,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Called in the worker process."""
        engine = open_store(self._config, self._home)
        companion = self._companion()
        self._app = create_app(create_render_context(self._config, engine), self._home, engine, companion)
        return self._app.flask

    def _companion(self) -> Companion | None:
        """The process for /kinerja, not yet started."""
        if not self._config.server.performance_process:
            return None
        command = (*PERFORMANCE_COMMAND, *(("--demo",) if self._config.demo else ()))
        return Companion(command, ROOT, self._home.environment)

    def start(self) -> None:
        """Start the hub and the jobs of this process."""
        app = self._app
        assert app is not None
        tune_garbage_collection()
        tune_threads()
        self._shut_down_at_sigterm()
        threading.Thread(target=app.hub.run, name="hub", daemon=True).start()
        self._jobs = Jobs(app.config, app.home, app.engine, app.context, app.pipeline, parts=app.job_parts)
        self._jobs.start_server_jobs(app.intake_health, app.sockets, app.monitor, app.history, app.performance)
        if self._with_jobs:
            self._jobs.start()

    def _shut_down_at_sigterm(self) -> None:
        """Each screen holds a thread: else gunicorn would wait for them until its timeout."""
        gunicorns = signal.getsignal(signal.SIGTERM)

        def terminate(number: int, frame: FrameType | None) -> None:
            self.shut_down()
            if callable(gunicorns):
                gunicorns(number, frame)

        signal.signal(signal.SIGTERM, terminate)

    def shut_down(self) -> None:
        """Stop hub and jobs and close all screens' connections; may be called twice."""
        app, jobs = self._app, self._jobs
        if app is None or jobs is None:
            return
        self._jobs = None
        threading.Thread(target=_stop_all, args=(app, jobs), daemon=True).start()

    def leave(self) -> None:
        """The last thing that the process does."""
        self.shut_down()
        if self._app is not None:
            if self._app.performance is not None:
                self._app.performance.close()
            wal.settle(self._app.engine)


class PerformanceServer(BaseApplication):  # type: ignore[misc]
    """`run.py performance`: answers /kinerja at a Unix socket for the server that started it, and gives way to it."""

    def __init__(self, config: Config, home: Home, address: Path) -> None:
        """`address`: the socket's path."""
        self._config, self._home, self._address = config, home, address
        self._app: App | None = None
        super().__init__()

    def load_config(self) -> None:
        """gunicorn's settings."""
        settings: dict[str, Any] = {
            "bind": f"unix:{self._address}",
            "umask": 0o077,
            "workers": 1,
            "worker_class": "gthread",
            "threads": PERFORMANCE_THREADS,
            "keepalive": 30,
            "forwarded_allow_ips": "",
            "timeout": 60,
            "graceful_timeout": 1,
            "loglevel": "warning",
            "post_worker_init": lambda worker: self.start(),
            "control_socket_disable": True,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Called in the worker process."""
        engine = open_store(self._config, self._home)
        server = self._config.server.model_copy(update={"proxies": 1})
        config = replace(self._config, server=server)
        self._app = create_app(create_render_context(config, engine), self._home, engine)
        return self._app.flask

    def start(self) -> None:
        """Keep the resident columns ready."""
        assert self._app is not None
        tune_garbage_collection()
        app = self._app
        Jobs(app.config, app.home, app.engine, app.context, app.pipeline).start_performance_jobs(app.history)


def thread_count(server: ServerSettings) -> int:
    """One for each screen and live page, some for those that are refused, the rest for requests."""
    return server.sockets + SPARE_CONNECTIONS + server.request_threads


def tune_threads() -> None:
    """A thread that waits for the interpreter gets it soon: a board is drawn by many short questions to the store, and
    after each it would wait for whichever page is being made."""
    sys.setswitchinterval(SWITCH_S)


def tune_garbage_collection() -> None:
    """What is loaded stays: the collector skips it, and runs less often than after every few drawings."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def _stop_all(app: App, jobs: Jobs) -> None:
    app.hub.stop()
    jobs.stop()
    app.sockets.close_all()
