"""What the tests of the ingest need besides an engine of each kind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from data.store.db.engine import Engine, open_engine
from tests.conftest import CompiledSql


@pytest.fixture
def sqlite_engine(sqlite_url: str, compiled_sql: CompiledSql) -> Iterator[Engine]:
    """For what does not depend on the kind of database, where the others run on both."""
    opened = compiled_sql.share(open_engine(sqlite_url, busy_timeout_s=2.0))
    yield opened
    opened.dispose()
