"""The metrics at GET /metrics."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import Counter, Gauge, Histogram

from data.domain.figures.kpis import PauseTime

POSTS = Counter("batt_open311_posts_total", "POSTs to the Open311 server by outcome", ["outcome"])
FLUSH = Histogram(
    "batt_flush_seconds",
    "From reading a change to sending the drawings",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0),
)
SCREENS = Gauge("batt_screens", "Screens connected now")
LIVE_PAGES = Gauge("batt_live_pages", "Pages of people that are kept live now")
PAUSED_TIME = Gauge(
    "batt_paused_working_seconds",
    "Working time of the last seven days that cases were paused, by the agency that held them",
    ["agency"],
)
OPEN_TIME = Gauge(
    "batt_open_working_seconds",
    "Working time of the last seven days that cases were open, paused or not, by the agency that held them",
    ["agency"],
)
REFUSED = Counter("batt_screens_refused_total", "Screens and pages whose socket was refused", ["reason"])
PUSH_REFUSED = Counter("batt_push_refused_total", "Deliveries with a wrong signature or time", ["source"])
DROPPED = Counter("batt_messages_dropped_total", "Messages not sent to screens that read too slowly")


def publish_pause_times(times: Mapping[str, PauseTime]) -> None:
    """By agency; those of before that are missing now are gone."""
    for gauge in (PAUSED_TIME, OPEN_TIME):
        gauge.clear()
    for agency, time in times.items():
        PAUSED_TIME.labels(agency).set(time.paused_s)
        OPEN_TIME.labels(agency).set(time.total_s)
