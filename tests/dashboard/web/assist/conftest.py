"""A city that takes farmers' questions, its market open, and a field assistant's telephone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from jinja2 import FileSystemBytecodeCache

from dashboard.app import App
from dashboard.config.load import Config
from dashboard.config.sections.market import MarketSettings
from data.domain.access.roles import Role
from data.store.db.engine import writing
from tests.assistants import a_farming_city
from tests.dashboard.conftest import a_house
from tests.dashboard.web.tani.phones import Phone
from tests.factories import SISIR, TEMAS


@pytest.fixture(scope="module")
def app(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, config: Config, compiled: FileSystemBytecodeCache
) -> Iterator[App]:
    opened = replace(config, city=a_farming_city(), market=MarketSettings(open=True, per_account=25))
    with a_house(tmp_path_factory.mktemp("penyuluh"), sqlite_template, opened, compiled) as made:
        yield made


@pytest.fixture
def farmer(app: App) -> Phone:
    return Phone(app, Role.FARMER).known()


@pytest.fixture
def assistant(app: App) -> Phone:
    return Phone(app, Role.FIELD, "Bu Siti", [SISIR, TEMAS])


@pytest.fixture
def other(app: App) -> Phone:
    """Of another village."""
    return Phone(app, Role.FIELD, "Pak Budi", ["35.79.03.2002"])


@pytest.fixture(autouse=True)
def emptied(app: App) -> Iterator[None]:
    yield
    with writing(app.engine) as conn:
        for table in ("party_message", "trade", "deal_event", "deal", "offer", "demand", "held_record", "party"):
            conn.exec_driver_sql(f"DELETE FROM {table}")
        for table in ("photo", "tracking", "reporter", "case_event", "escalation", '"case"'):
            conn.exec_driver_sql(f"DELETE FROM {table}")
