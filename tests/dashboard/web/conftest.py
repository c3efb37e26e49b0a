"""The pages of the tests' city with one source more, and a browser in which an administrator has logged in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from werkzeug.test import TestResponse

from dashboard.app import App, create_app
from dashboard.auth.visitor import COOKIE
from dashboard.config.home import Home
from dashboard.config.load import Config, load
from dashboard.realtime.render_context import RenderContext
from data.store.db.engine import Engine
from tests.code_checks import ROOT
from tests.dashboard.conftest import a_render_context, csrf_of, logged_in

SOURCE = "opd_csv"


@pytest.fixture(scope="session")
def config(config: Config) -> Config:
    """With the configured folder of CSV files."""
    return replace(config, sources={SOURCE: load(ROOT / "config.yaml", date(2026, 11, 24)).sources[SOURCE]})


@pytest.fixture
def context(config: Config) -> RenderContext:
    return a_render_context(config)


@pytest.fixture
def app(context: RenderContext, home: Home, engine: Engine, compiled: FileSystemBytecodeCache) -> Iterator[App]:
    """Everything but the threads."""
    made = create_app(context, home, engine)
    made.flask.jinja_env.bytecode_cache = compiled
    yield made
    made.hub.stop()


@dataclass
class Desk:
    """A browser at a desk."""

    app: App
    client: FlaskClient

    def get(self, path: str, code: int = 200, **headers: str) -> str:
        answer = self.client.get(path, headers=headers)
        assert answer.status_code == code, (path, answer.status_code)
        return answer.text

    def csrf_token(self) -> str:
        """What the forms of this browser's pages bring along."""
        cookie = self.client.get_cookie(COOKIE)
        return csrf_of(self.app, cookie.value if cookie else "")

    def post(self, path: str, **form: Any) -> TestResponse:
        return self.client.post(path, data={"csrf": self.csrf_token(), **form})

    def done(self, path: str, **form: Any) -> str:
        """Post, and follow to the page that says what came of it."""
        answer = self.post(path, **form)
        assert answer.status_code == 303, answer.text
        return self.get(answer.headers["Location"])


@pytest.fixture
def desk(app: App) -> Desk:
    """An administrator's, in Bahasa Indonesia."""
    return Desk(app, logged_in(app))


def told(page: str) -> str:
    """A page's words, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())
