"""The figures that a monitor reads."""

from __future__ import annotations

from prometheus_client import generate_latest

from dashboard.observability.metrics import publish_pause_times
from data.domain.figures.kpis import PauseTime


def test_the_paused_time_of_each_agency_is_a_metric_and_of_a_vanished_one_no_longer():
    publish_pause_times({"dlh": PauseTime(3600, 36_000), "dinsos": PauseTime(0, 7200)})
    told = generate_latest().decode()
    assert 'batt_paused_working_seconds{agency="dlh"} 3600.0' in told
    assert 'batt_open_working_seconds{agency="dlh"} 36000.0' in told
    publish_pause_times({"dlh": PauseTime(0, 40_000)})
    told = generate_latest().decode()
    assert 'batt_paused_working_seconds{agency="dlh"} 0.0' in told
    assert "dinsos" not in told
