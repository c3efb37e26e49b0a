"""Citizens before one app of the tests' city, which takes reports; its store is emptied after each test."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from jinja2 import FileSystemBytecodeCache

from dashboard.app import App
from dashboard.config.load import Config
from dashboard.config.sections.citizens import PortalSettings
from data.store.db.engine import writing
from tests.dashboard.conftest import a_house
from tests.dashboard.web.portal.reporting import Citizen
from tests.emptied import EMPTIED

ADDRESSES = itertools.count(1)


@pytest.fixture(scope="session")
def config(config: Config) -> Config:
    """With the form open."""
    return replace(config, portal=PortalSettings(open=True))


@pytest.fixture(scope="module")
def house(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, config: Config, compiled: FileSystemBytecodeCache
) -> Iterator[App]:
    with a_house(tmp_path_factory.mktemp("house"), sqlite_template, config, compiled) as made:
        yield made


@pytest.fixture
def app(house: App) -> Iterator[App]:
    """Everything but the threads, and nothing of other tests in it but their limits: each person has an address."""
    yield house
    with writing(house.engine) as conn:
        conn.exec_driver_sql('UPDATE "case" SET head_id = NULL')
        for table in EMPTIED:
            if table.name != "audit":
                conn.execute(table.delete())
    for name in ("drafts", "photos"):
        shutil.rmtree(house.home.path / name, ignore_errors=True)


@pytest.fixture
def citizens(app: App) -> Callable[[], Citizen]:
    """Each call is another person's browser."""

    def made() -> Citizen:
        client = app.flask.test_client()
        number = next(ADDRESSES)
        client.environ_base["REMOTE_ADDR"] = f"10.{number >> 8}.{number & 255}.7"
        return Citizen(app, client)

    return made


@pytest.fixture
def citizen(citizens: Callable[[], Citizen]) -> Citizen:
    return citizens()
