"""What became of the work that runs by itself."""

from __future__ import annotations

from data.store.db.engine import Engine, reading, writing
from data.store.db.jobs import JobState, failed, jobs, started, succeeded
from tests.factories import HOUR, MINUTE, NOW


def test_a_job_that_never_ran_has_no_row(engine: Engine):
    with reading(engine) as conn:
        assert jobs(conn) == {}


def test_a_run_is_known_from_its_start_to_its_end(engine: Engine):
    with writing(engine) as conn:
        started(conn, "backup", NOW)
    with reading(engine) as conn:
        assert jobs(conn) == {"backup": JobState("backup", NOW)}
    with writing(engine) as conn:
        succeeded(conn, "backup", NOW + MINUTE, {"bytes": 7, "file": "é.tar.gz"})
    with reading(engine) as conn:
        assert jobs(conn)["backup"] == JobState("backup", NOW, NOW + MINUTE, detail={"bytes": 7, "file": "é.tar.gz"})


def test_a_failure_keeps_what_the_last_success_brought_and_a_success_takes_its_error_away(engine: Engine):
    with writing(engine) as conn:
        succeeded(conn, "backup", NOW, {"bytes": 7})
        failed(conn, "backup", NOW + HOUR, "disk full")
    with reading(engine) as conn:
        assert jobs(conn)["backup"] == JobState("backup", None, NOW, NOW + HOUR, "disk full", {"bytes": 7})
    with writing(engine) as conn:
        succeeded(conn, "backup", NOW + 2 * HOUR, {})
        succeeded(conn, "another", NOW, {})
    with reading(engine) as conn:
        assert jobs(conn)["backup"] == JobState("backup", None, NOW + 2 * HOUR, NOW + HOUR)
        assert set(jobs(conn)) == {"backup", "another"}
