"""Whether a store is sound: what each database can tell of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.store.backup import integrity
from data.store.db.engine import Engine, StoreDown, open_engine, writing
from tests.conftest import Limit
from tests.factories import NOW, a_case, a_history, stored


def given(engine: Engine, number: int) -> None:
    with writing(engine) as conn:
        for _ in range(number):
            stored(conn, a_case(), a_history(NOW))


def test_a_store_that_holds_something_is_sound(engine: Engine):
    given(engine, 5)
    found = integrity.check(engine)
    assert found.is_sound
    assert found.is_complete
    if engine.dialect.name == "postgresql":
        assert found.tables > 15, "every table was read"
        assert not found.has_indexes, "amcheck is only there where an administrator installed it"


def test_a_check_ends_when_its_time_is_over_and_says_so(engine: Engine, limit: Limit):
    limit(integrity, "_STEPS", 10)
    given(engine, 20)
    found = integrity.check(engine, 0.0)
    assert found.is_sound
    assert not found.is_complete


def test_while_somebody_writes_the_store_is_checked_all_the_same(engine: Engine):
    given(engine, 3)
    with writing(engine) as conn:
        stored(conn, a_case(), a_history(NOW))
        assert integrity.check(engine).is_sound


def test_a_store_that_is_gone_is_not_called_corrupt(sqlite_url: str):
    engine = open_engine(sqlite_url)
    Path(sqlite_url.removeprefix("sqlite:///")).unlink()
    with pytest.raises(StoreDown):
        integrity.check(engine)
    engine.dispose()
