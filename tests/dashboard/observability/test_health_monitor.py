"""What is wrong is known at once, said in words, and forgotten when it is mended."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from dashboard.observability.health_monitor import DAY_S, LOCKED_S, HealthMonitor
from dashboard.observability.part_health import PartHealth
from data.store.db.engine import Engine, StoreDown, engine_state, writing
from data.store.db.write_health import Trouble
from data.texts import LANGUAGES, texts
from tests.store_faults import failing


class Steady:
    """A clock that stands still until it is told to go on."""

    at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def steady() -> Steady:
    return Steady()


@pytest.fixture
def monitor(engine: Engine, tmp_path: Path, steady: Steady) -> HealthMonitor:
    return HealthMonitor(engine, tmp_path, 1, steady)


def said(monitor: HealthMonitor) -> list[str]:
    return [texts("en").sentence(problem.reason) for problem in monitor.problems()]


def test_a_store_that_refuses_a_write_is_said_until_one_succeeds(engine: Engine, monitor: HealthMonitor):
    assert monitor.problems() == ()
    with failing(engine), pytest.raises(StoreDown), writing(engine) as conn:
        conn.exec_driver_sql("SELECT 1")
    assert monitor.is_down
    with writing(engine):
        pass
    assert monitor.problems() == ()


def test_a_lock_of_a_moment_is_no_problem_and_a_long_one_is(engine: Engine, tmp_path: Path):
    engine_state(engine).health.failed(Trouble.LOCKED)
    since = engine_state(engine).health.failing
    assert since is not None
    soon = HealthMonitor(engine, tmp_path, 1, lambda: since.since + LOCKED_S / 2)
    later = HealthMonitor(engine, tmp_path, 1, lambda: since.since + LOCKED_S)
    assert (soon.problems(), said(later)) == ((), ["Another process holds the database: reports are refused"])


def test_a_job_that_has_not_succeeded_for_too_long_is_named(monitor: HealthMonitor, steady: Steady):
    parts = PartHealth(steady)
    monitor.watch(parts)
    parts.expect("sweep", 60)
    steady.at += 61

    def fall() -> None:
        raise RuntimeError("broken on purpose")

    parts.run("sweep", fall)
    assert said(monitor) == ["Warnings and breaches have not been announced for 1 min"]
    parts.run("sweep", lambda: None)
    assert said(monitor) == []
    assert parts.ages() == {"sweep": 0}


def test_little_space_is_said_before_there_is_none(engine: Engine, tmp_path: Path, steady: Steady):
    monitor = HealthMonitor(engine, tmp_path, 10**9, steady)
    (problem,) = monitor.problems()
    assert (problem.reason.code, problem.is_down) == ("health.little_space", False)


def test_what_stops_the_work_comes_first(engine: Engine, tmp_path: Path, steady: Steady):
    monitor = HealthMonitor(engine, tmp_path, 10**9, steady)
    engine_state(engine).health.failed(Trouble.READ_ONLY)
    assert [problem.is_down for problem in monitor.problems()] == [True, False]


def test_a_folder_that_is_gone_is_a_problem_and_no_error(engine: Engine, tmp_path: Path, steady: Steady):
    monitor = HealthMonitor(engine, tmp_path / "gone", 1, steady)
    assert said(monitor) == ["The folder BATT_HOME cannot be read"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_trouble_has_a_sentence(engine: Engine, monitor: HealthMonitor, lang: str, steady: Steady):
    for trouble in Trouble:
        engine_state(engine).health.failed(trouble)
        steady.at += 10**9
        assert texts(lang).sentence(monitor.problems()[0].reason)


@pytest.mark.parametrize(
    ("age_s", "proof_age_s", "expected"),
    [
        (None, None, []),
        (3600.0, 3600.0, []),
        (3 * 3600.0, 3600.0, ["The last backup is 3 h old"]),
        (3600.0, 30 * DAY_S, []),
        (3600.0, 40 * DAY_S, ["The last backup that was proven by a restore is 40 days old"]),
        (3 * 3600.0, 40 * DAY_S, ["The last backup is 3 h old"]),
        (3600.0, math.inf, ["There is no backup that was proven yet"]),
        (math.inf, math.inf, ["There is no backup that was proven yet"]),
    ],
)
def test_an_old_backup_or_proof_is_said(
    monitor: HealthMonitor, age_s: float | None, proof_age_s: float | None, expected: list[str]
):
    monitor.backup_age_s, monitor.proof_age_s, monitor.backup_late_s = age_s, proof_age_s, 2 * 3600.0
    assert said(monitor) == expected
    assert not monitor.is_down
