"""Whoever watches from outside hears of us while all is well, and only then."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from dashboard.jobs.watcher import ping
from dashboard.observability.health_monitor import HealthMonitor
from data.store.db.engine import Engine, engine_state
from data.store.db.write_health import Trouble
from tests.ingest.http.servers import plain, says, serving


def test_a_sign_of_life_goes_out_only_while_all_is_well(engine: Engine, tmp_path: Path):
    monitor = HealthMonitor(engine, tmp_path, 0)
    with serving(says(plain())) as there:
        assert ping(f"{there.url}/batu", monitor)
        engine_state(engine).health.failed(Trouble.FULL)
        assert not ping(f"{there.url}/batu", monitor)
        engine_state(engine).health.succeeded()
        monitor.backup_age_s, monitor.backup_late_s = 100.0, 50.0
        assert not ping(f"{there.url}/batu", monitor)
    assert [request.split()[1] for request in there.asked] == [b"/batu"]


def test_a_watcher_that_does_not_take_it_is_a_fault_of_the_job(engine: Engine, tmp_path: Path):
    with serving(says(plain(status="500 Broken"))) as there, pytest.raises(httpx.HTTPStatusError):
        ping(there.url, HealthMonitor(engine, tmp_path, 0))
