"""A real installation in a folder of its own: `run.py` as a person starts it, in processes that can be killed."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx
import psutil
from playwright.sync_api import BrowserContext

from dashboard.auth.screen_access import screen_address
from dashboard.auth.visitor import COOKIE
from dashboard.config.home import ROOT, home_of
from data import clock
from data.domain.access.roles import Role, unfit_agencies
from data.store.accounts import api_keys, sessions, users
from data.store.db.engine import open_engine, writing
from tests.factories import new_store
from tests.forked import ForkedCommand
from tests.yaml_files import read_yaml, write_yaml

START_S = 120.0
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients that only speak http: to read all public authorities for each takes some twenty milliseconds."""
T = TypeVar("T")
Running = subprocess.Popen[bytes] | ForkedCommand


def free_port() -> int:
    """A port nobody listens on now, and none that the kernel gives to whoever asks for any while ours is restarted.

    Each of the parallel test processes has ports of its own.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 10
    while True:
        port = 20_000 + 1_000 * worker + secrets.randbelow(1_000)
        with socket.socket() as sock, suppress(OSError):
            sock.bind(("127.0.0.1", port))
            return port


def spot(number: int) -> dict[str, float]:
    """Places in the city so far apart that two reports never tell of one event."""
    return {"lat": -7.90 + 0.004 * (number % 20), "long": 112.505 + 0.004 * (number // 20 % 12)}


def until(ask: Callable[[], T], seconds: float, what: str) -> T:
    """The first truthy answer of `ask` within `seconds`; fails saying `what` was awaited and the last answer."""
    end = time.monotonic() + seconds
    while not (answer := ask()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:.0f} s: {what} (last answer: {answer!r})")
        time.sleep(0.05)
    return answer


@dataclass
class Installation:
    """One BATT_HOME with its configuration, database and processes."""

    home: Path
    changes: Mapping[str, Any] = field(default_factory=dict)
    """What differs from the repository's config.yaml: merged into it, None removes a key."""
    database_url: str | None = None
    port: int = field(default_factory=free_port)
    env: dict[str, str] = field(default_factory=dict)
    template: Path | None = None
    """The SQLite file from which its store is copied; its processes are forked from one that has read the program.
    None: it starts cold, with nothing."""
    serving: Running | None = None
    others: list[Running] = field(default_factory=list)
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60, verify=PLAIN))
    _key: str | None = None

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self.config = self.home / "config.yaml"
        self.config.write_text((ROOT / "config.yaml").read_text(encoding="utf-8"))
        # What is forked has no other process that reads the program anew, unless a test is about it.
        more = {} if self.template is None else {"server": {"performance_process": False}}
        if changes := merged(more, self.changes):
            self.change(changes)
        if self.template is not None and self.database_url is None:
            new_store(self.template, self.database)

    def change(self, changes: Mapping[str, Any]) -> None:
        """Change its configuration, for the next start."""
        config = read_yaml(self.config)
        write_yaml(self.config, merged(config, changes))

    @property
    def url(self) -> str:
        """Where it serves."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.home / "batt.db"

    @property
    def log(self) -> str:
        """What all its processes said."""
        return (self.home / "processes.log").read_text(errors="replace")

    def environment(self) -> dict[str, str]:
        """What its processes see."""
        mine = {"BATT_HOME": str(self.home), "BATT_CONFIG": str(self.config), "PYTHONUNBUFFERED": "1"}
        if self.database_url:
            mine["BATT_DATABASE_URL"] = self.database_url
        return {**{k: v for k, v in os.environ.items() if not k.startswith("BATT_")}, **mine, **self.env}

    def run(self, *words: str, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """`run.py WORDS` to its end."""
        if self.template is not None:
            return self._run_warm(words, seconds)
        command = [sys.executable, "run.py", *words]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment(), capture_output=True, text=True, timeout=seconds, check=False
        )

    def _run_warm(self, words: Sequence[str], seconds: float) -> subprocess.CompletedProcess[str]:
        with tempfile.TemporaryDirectory() as folder:
            files = (Path(folder) / name for name in ("out", "error"))
            return ForkedCommand(words, self.environment(), *files).completed(seconds)

    def spawn(self, *words: str) -> Running:
        """`run.py WORDS` in the background, in a process group of its own."""
        process = self._spawned(words)
        self.others.append(process)
        return process

    def _spawned(self, words: Sequence[str]) -> Running:
        path = self.home / "processes.log"
        if self.template is not None:
            return ForkedCommand(words, self.environment(), path, path)
        with path.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "run.py", *words],
                cwd=ROOT,
                env=self.environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start(self, *options: str) -> None:
        """Serve, and wait until it answers."""
        self.serving = self.spawn("serve", "--host", "127.0.0.1", "--port", str(self.port), *options)
        until(self._answers, START_S, f"the server's first answer; it said:\n{self.log[-2000:]}")

    def _answers(self) -> bool:
        assert self.serving is not None
        assert self.serving.poll() is None, f"the server ended by itself:\n{self.log[-3000:]}"
        try:
            return httpx.get(f"{self.url}/health", timeout=5, verify=PLAIN).status_code == 200
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        """kill -9, the whole group at one blow: nobody can tidy up."""
        assert self.serving is not None
        os.killpg(self.serving.pid, signal.SIGKILL)
        self.serving.wait()

    def stop(self, process: Running | None = None) -> None:
        """Ask a process to end (by default the server); after ten seconds by force."""
        process = process or self.serving
        if process is None or process.poll() is not None:
            return
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def close(self) -> None:
        """End every process it started."""
        self.client.close()
        for process in self.others:
            self.stop(process)

    def processes(self) -> list[psutil.Process]:
        """The server's processes, master and workers."""
        assert self.serving is not None
        master = psutil.Process(self.serving.pid)
        return [master, *master.children(recursive=True)]

    def cpu_s(self) -> float:
        """CPU seconds the server has used so far."""
        return sum(sum(p.cpu_times()[:2]) for p in self.processes())

    def memory(self) -> int:
        """Bytes of the server's processes; what several of them share counts once."""
        return sum(p.memory_full_info().pss for p in self.processes())

    def health(self) -> dict[str, Any]:
        """The answer of /health, whatever its status."""
        answer: dict[str, Any] = httpx.get(f"{self.url}/health", timeout=60, verify=PLAIN).json()
        return answer

    @property
    def key(self) -> str:
        """An API key, made at the first use."""
        if self._key is None:
            engine = open_engine(self.database_url or f"sqlite:///{self.database}")
            with writing(engine) as conn:
                name = f"uji-{secrets.token_hex(3)}"  # several installations may share a store
                self._key = api_keys.add(conn, name, clock.now(), per_minute=1_000_000, per_day=10_000_000)
            engine.dispose()
        return self._key

    def session(
        self,
        role: Role = Role.ADMINISTRATOR,
        agency: str = "dlh",
        name: str = "",
        *,
        half: bool = False,
        villages: Collection[str] = (),
    ) -> str:
        """The token of a session of somebody with this role, whose account is made for it; half: the code is owed."""
        engine = open_engine(self.database_url or f"sqlite:///{self.database}")
        now, name = clock.now(), name or f"{role.value}-{secrets.token_hex(4)}"
        agencies = [] if unfit_agencies(role, frozenset()) is None else [agency]
        with writing(engine) as conn:
            more = {"now": now, "one_time_until": None, "villages": villages}
            user_id = users.add(conn, name, role, agencies, password="-", **more)
            token = sessions.begin(conn, user_id, now, half=half)
        engine.dispose()
        return token

    def log_in(
        self,
        context: BrowserContext,
        role: Role = Role.ADMINISTRATOR,
        agency: str = "dlh",
        name: str = "",
        *,
        villages: Collection[str] = (),
    ) -> None:
        """From now on somebody with this role is logged in in this browser; one of an agency in this one."""
        context.add_cookies(
            [{"name": COOKIE, "value": self.session(role, agency, name, villages=villages), "url": self.url}]
        )

    def post(self, text: str, client: httpx.Client | None = None, **changes: Any) -> httpx.Response:
        """A citizen's report over Open311: a fallen tree near the Alun-alun, unless told otherwise."""
        form = {"service_code": "pohon_tumbang", "lat": -7.8712, "long": 112.5268, "description": text}
        form |= {"api_key": changes.get("api_key") or self.key} | changes
        return (client or self.client).post(f"{self.url}/open311/v2/requests.json", data=form)

    def accepted(self, text: str, **changes: Any) -> str:
        """Posts a report that must be accepted; its public code."""
        answer = self.post(text, **changes)
        assert answer.status_code in {200, 201}, f"{answer.status_code}: {answer.text}"
        return str(answer.json()[0]["service_request_id"])

    def wall(self, screen: str, **query: str) -> str:
        """A wall's address with its token, on this server's port."""
        version = read_yaml(self.config)["screens"][screen]["version"]
        secret = home_of(self.environment()).secret()
        return screen_address(self.url, secret, screen, version) + (f"&{urlencode(query)}" if query else "")

    def rows(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """A question to the SQLite file."""
        conn = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=60)
        try:
            return conn.execute(question, values).fetchall()
        finally:
            conn.close()


def merged(base: Any, changes: Any) -> Any:
    """`changes` laid over `base`: mappings are merged, None takes a key away, anything else replaces."""
    if not isinstance(base, dict) or not isinstance(changes, Mapping):
        return changes
    laid = {key: merged(base.get(key), value) for key, value in changes.items()}
    return {key: value for key, value in {**base, **laid}.items() if key not in changes or value is not None}
