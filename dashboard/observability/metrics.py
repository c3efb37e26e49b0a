"""What a monitoring system may ask: GET /metrics, for Prometheus."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

POSTS = Counter("batt_open311_posts_total", "POSTs to the Open311 server by what became of them", ["outcome"])
FLUSH = Histogram(
    "batt_flush_seconds",
    "From a change read to the drawings sent",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0),
)
SCREENS = Gauge("batt_screens", "Screens connected now")
REFUSED = Counter("batt_screens_refused_total", "Screens turned away", ["reason"])
