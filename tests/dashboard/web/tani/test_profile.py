"""/tani/saya: the profile shows what is kept, and what is taken out of it is gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from jinja2 import FileSystemBytecodeCache

from dashboard.app import App
from dashboard.config.load import Config
from dashboard.config.sections.citizens import MessageSettings
from dashboard.config.sections.market import MarketSettings
from data.domain.access.roles import Role
from data.store.db.schema.market import party
from tests.dashboard.conftest import a_house
from tests.dashboard.web.tani.phones import Phone, the
from tests.factories import SISIR

PROFILE = {"name": "Bu Tini", "phone": "081234567890", "village": SISIR}


@pytest.fixture
def app(tmp_path: Path, sqlite_template: Path, config: Config, compiled: FileSystemBytecodeCache) -> Iterator[App]:
    opened = replace(config, market=MarketSettings(open=True), messages=MessageSettings(email=True))
    with a_house(tmp_path, sqlite_template, opened, compiled) as made:
        yield made


def test_the_profile_shows_what_is_kept_and_takes_back_what_is_taken_out(app: App):
    farmer = Phone(app, Role.FARMER)
    assert 'name="news" value="1" checked' in farmer.get("/tani/saya")
    farmer.post("/tani/saya", **PROFILE, email="tini@example.id", news="1")
    shown = farmer.get("/tani/saya")
    assert the(app, party).lang == "id"
    assert all(f'value="{told}"' in shown for told in (PROFILE["phone"], "tini@example.id"))
    farmer.post("/tani/saya", **PROFILE, email="")
    assert (the(app, party).email, the(app, party).lang) == (None, None)
    again = farmer.get("/tani/saya")
    assert "tini@example.id" not in again
    assert 'name="news" value="1" checked' not in again
