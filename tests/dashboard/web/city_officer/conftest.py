"""The tests' city with its guide."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.config.load import Config
from dashboard.config.sections.public_page import OpenMapSettings, PublicPageSettings
from tests.data.domain.guide.rules import a_tile_rule
from tests.guide_rows import GUIDE


@pytest.fixture(scope="session")
def config(config: Config) -> Config:
    """Some categories of places, two tiles, and an open map of damaged roads; answers are never kept for long."""
    tiles = (a_tile_rule(categories=("sampah",)), a_tile_rule("tepat_waktu", figure="on_time", least_n=1))
    settings = PublicPageSettings(open=True, open_map=OpenMapSettings(grid=("jalan_rusak",), villages=("sampah",)))
    return replace(config, city=replace(config.city, guide=GUIDE, tiles=tiles), public_page=settings)
