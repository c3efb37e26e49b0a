"""Citizens before the app of the tests' city, which takes reports."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dashboard.app import App
from tests.dashboard.web.portal.reporting import Citizen


@pytest.fixture
def citizens(app: App) -> Callable[[], Citizen]:
    """Each call is another person's browser."""
    return lambda: Citizen(app, app.flask.test_client())


@pytest.fixture
def citizen(citizens: Callable[[], Citizen]) -> Citizen:
    return citizens()
