"""Citizens before the app of the tests' city, which takes reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from dashboard.app import App
from dashboard.config.citizens import PortalSettings
from dashboard.config.load import Config
from tests.dashboard.web.portal.reporting import Citizen


@pytest.fixture(scope="session")
def config(config: Config) -> Config:
    """With the form open."""
    return replace(config, portal=PortalSettings(open=True))


@pytest.fixture
def citizens(app: App) -> Callable[[], Citizen]:
    """Each call is another person's browser."""
    return lambda: Citizen(app, app.flask.test_client())


@pytest.fixture
def citizen(citizens: Callable[[], Citizen]) -> Citizen:
    return citizens()
