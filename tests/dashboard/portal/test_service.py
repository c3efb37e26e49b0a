"""Photos of many citizens at once hold up nobody else."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from dashboard.api.rate_limits import RateLimit
from dashboard.config.load import Config
from dashboard.portal import service
from dashboard.portal.draft_photos import DraftPhotos
from dashboard.portal.service import AT_ONCE, Portal, Refused, device_id
from data.domain.sla.calendars import Calendars
from data.store.db.engine import Engine
from ingest.photos.storage import PhotoStorage
from ingest.pipeline.pipeline import Pipeline
from tests.conftest import Limit
from tests.dashboard.conftest import the_cells
from tests.dashboard.web.portal.reporting import a_photo
from tests.factories import calendars


@pytest.fixture
def portal(engine: Engine, config: Config, tmp_path: Path) -> Portal:
    known: Calendars = calendars()
    pipeline = Pipeline(engine, config.city, known, the_cells())
    return Portal(config, pipeline, RateLimit(), (DraftPhotos(tmp_path), PhotoStorage(tmp_path)), lambda now: None)


def test_a_flood_of_photos_is_told_to_come_again_and_then_it_goes_on(portal: Portal, limit: Limit):
    limit(service, "WAIT_S", 0.01)
    with ExitStack() as others:
        for _ in range(AT_ONCE):
            others.enter_context(portal._turn())
        with pytest.raises(Refused) as refused:
            portal.check_photo(a_photo())
    assert (refused.value.code, refused.value.wait_s) == ("busy", 10)
    for _ in range(9):
        assert portal.check_photo(a_photo()).width == 60


def test_a_browsers_cookie_is_not_what_is_kept_of_it():
    assert device_id("kue", b"rahasia") == device_id("kue", b"rahasia")
    assert len({device_id("kue", b"rahasia"), device_id("kue", b"lain"), device_id("lain", b"rahasia")}) == 3
    assert "kue" not in device_id("kue", b"rahasia")
