from __future__ import annotations

from datetime import UTC, datetime

from data.store.db.engine import Engine, reading, writing
from data.store.intake.mappings import load, save

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def test_a_mapping_is_found_again_by_source_and_header(engine: Engine):
    with writing(engine) as conn:
        save(conn, "opd_csv", "a" * 64, '{"id": 1}', NOW)
        save(conn, "other", "a" * 64, '{"id": 2}', NOW)
    with reading(engine) as conn:
        assert load(conn, "opd_csv", "a" * 64) == '{"id": 1}'
        assert load(conn, "other", "a" * 64) == '{"id": 2}'
        assert load(conn, "opd_csv", "b" * 64) is None


def test_the_newest_correction_of_a_mapping_is_kept(engine: Engine):
    with writing(engine) as conn:
        save(conn, "opd_csv", "a" * 64, "{}", NOW)
        save(conn, "opd_csv", "a" * 64, '{"id": 3}', NOW)
    with reading(engine) as conn:
        assert load(conn, "opd_csv", "a" * 64) == '{"id": 3}'
