"""The desk, with a store of each kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.store.db.engine import Engine
from tests.ingest.uploads.desk import Desk


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Desk:
    return Desk(engine, tmp_path)


@pytest.fixture
def quick_desk(sqlite_engine: Engine, tmp_path: Path) -> Desk:
    """For what does not depend on the kind of database."""
    return Desk(sqlite_engine, tmp_path)
