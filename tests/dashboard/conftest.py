"""The application's parts on the tests' small city."""

from __future__ import annotations

import io
import json
import secrets
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from dash import _configs
from dash._hooks import HooksManager
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache

from dashboard.app import App, create_app
from dashboard.auth.forms import Seals
from dashboard.auth.visitor import COOKIE
from dashboard.config.home import Home
from dashboard.config.load import Config, load
from dashboard.config.sections.citizens import PortalSettings
from dashboard.config.sections.market import MarketSettings
from dashboard.config.versions import record_versions
from dashboard.realtime.encoding import SocketJson
from dashboard.realtime.hub import Hub
from dashboard.realtime.render_context import RenderContext
from data import clock
from data.domain.access.roles import Role, unfit_agencies
from data.reference.boundaries.areas import Boundaries
from data.reference.boundaries.cells import schematic
from data.store.accounts import api_keys, sessions, users
from data.store.db.engine import Engine, open_engine, writing
from data.store.history.history import History
from tests.code_checks import ROOT
from tests.factories import NOW, a_city, calendars, new_store
from tests.yaml_files import SHORT

HooksManager._registered = True
_configs.load_dash_env_vars = cache(_configs.load_dash_env_vars)
"""For each app Dash looks for its plug-ins in all that is installed, and for each of its settings reads the whole
environment anew: more than half of what an app costs."""


@dataclass
class FakeEmitter:
    """In place of the sockets: records what was emitted, and to whom."""

    emitted: list[tuple[str, str, Any]] = field(default_factory=list)
    rooms: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def emit(self, event: str, payload: Any, to: str) -> None:
        self.emitted.append((event, to, json.loads(SocketJson.dumps([event, payload]))[1]))

    def enter_room(self, sid: str, room: str) -> bool:
        if sid in self.gone:
            return False
        self.rooms[sid] = room
        return True

    def take(self, event: str, to: str | None = None) -> list[Any]:
        """The payloads of an event so far; they are forgotten."""
        found = [payload for name, room, payload in self.emitted if name == event and to in (None, room)]
        self.emitted = [each for each in self.emitted if not (each[0] == event and to in (None, each[1]))]
        return found


@pytest.fixture(scope="session")
def config() -> Config:
    """config.yaml's servers and screens around the tests' city; its form for citizens and its market are closed."""
    found = load(ROOT / "config.yaml", date(2026, 11, 24))
    return replace(found, city=a_city(), sources={}, portal=PortalSettings(), market=MarketSettings())


@pytest.fixture(scope="session")
def recorded_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file to copy from in which the versions of config.yaml are recorded, as after the first command."""
    path = tmp_path_factory.mktemp("recorded") / "template.db"
    engine = open_engine(new_store(sqlite_template, path))
    record_versions(engine, load(ROOT / "config.yaml", clock.now().date()).city, clock.now())
    with engine.connect() as conn:
        conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def short_config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with config.yaml without its lists of words."""
    path = tmp_path_factory.mktemp("short") / "config.yaml"
    path.write_text(SHORT, encoding="utf-8")
    return path


@cache
def the_cells() -> Boundaries:
    """The schematic cells, made once."""
    return schematic()


def a_render_context(config: Config) -> RenderContext:
    """What is drawn from, with the tests' calendars."""
    return RenderContext(config, calendars(), the_cells(), demo=False)


@pytest.fixture
def context(config: Config) -> RenderContext:
    return a_render_context(config)


@pytest.fixture
def emitter() -> FakeEmitter:
    return FakeEmitter()


def with_columns(context: RenderContext, engine: Engine, folder: Path) -> None:
    """Give the boards the resident columns, as the app does."""
    history = History(engine, folder / "history", context.config.city, context.calendars)
    context.use_columns(lambda now: history.as_known(at=now))


@pytest.fixture
def hub(engine: Engine, context: RenderContext, emitter: FakeEmitter, tmp_path: Path) -> Hub:
    with_columns(context, engine, tmp_path)
    return Hub(engine, context, emitter)


@pytest.fixture
def home(tmp_path: Path, url: str) -> Home:
    return Home(tmp_path / "home", url, None)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """The pages' templates, compiled once for all apps."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(context: RenderContext, home: Home, engine: Engine, compiled: FileSystemBytecodeCache) -> Iterator[App]:
    """Everything but the threads."""
    made = create_app(context, home, engine)
    made.flask.testing = True
    made.flask.jinja_env.bytecode_cache = compiled
    yield made
    made.hub.stop()


@contextmanager
def a_house(folder: Path, template: Path, config: Config, compiled: FileSystemBytecodeCache) -> Iterator[App]:
    """Everything but the threads, on SQLite in a folder of its own: for a module's tests together."""
    shutil.copyfile(template, folder / "batt.db")
    url = f"sqlite:///{folder / 'batt.db'}"
    engine = open_engine(url)
    made = create_app(a_render_context(config), Home(folder / "home", url, None), engine)
    made.flask.jinja_env.bytecode_cache = compiled
    yield made
    made.hub.stop()
    engine.dispose()


def a_session(
    app: App,
    role: Role = Role.ADMINISTRATOR,
    agency: str = "dlh",
    now: datetime | None = None,
    *,
    villages: Collection[str] = (),
) -> str:
    """The token of a session of somebody with this role, whose account is made for it."""
    agencies = [] if unfit_agencies(role, frozenset()) is None else [agency]
    now = now or clock.now()
    with writing(app.engine) as conn:
        name = f"{role.value}-{agency}-{secrets.token_hex(4)}"
        more = {"now": now, "one_time_until": None, "villages": villages}
        user_id = users.add(conn, name, role, agencies, password="-", **more)
        return sessions.begin(conn, user_id, now)


def logged_in(
    app: App, role: Role = Role.ADMINISTRATOR, agency: str = "dlh", *, villages: Collection[str] = ()
) -> FlaskClient:
    """A browser in which somebody with this role has logged in."""
    client = app.flask.test_client()
    client.set_cookie(COOKIE, a_session(app, role, agency, villages=villages))
    return client


def csrf_of(app: App, token: str) -> str:
    """What the forms of this session's pages bring along."""
    return Seals(app.home.secret()).csrf_token(token)


def publishing(config: Config, public_url: str | None = None) -> Config:
    """Of a city that shows its photos to everybody."""
    server = config.server.model_copy(update={"public_url": public_url})
    return replace(config, open311=config.open311.model_copy(update={"publish_photos": True}), server=server)


@pytest.fixture
def public(config: Config, home: Home, engine: Engine) -> App:
    """The app of such a city."""
    return create_app(a_render_context(publishing(config)), home, engine)


@pytest.fixture
def key(app: App) -> str:
    """An API key."""
    with writing(app.engine) as conn:
        return api_keys.add(conn, "uji", NOW)


class Unread(io.BytesIO):
    """A body that counts how often it is read."""

    reads = 0

    def read(self, size: int | None = -1) -> bytes:
        self.reads += 1
        return super().read(size)

    def readinto(self, buffer: object) -> int:
        self.reads += 1
        return 0
