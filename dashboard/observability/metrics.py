"""The metrics at GET /metrics."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

POSTS = Counter("batt_open311_posts_total", "POSTs to the Open311 server by outcome", ["outcome"])
FLUSH = Histogram(
    "batt_flush_seconds",
    "From reading a change to sending the drawings",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0),
)
SCREENS = Gauge("batt_screens", "Screens connected now")
REFUSED = Counter("batt_screens_refused_total", "Screens that were refused", ["reason"])
DROPPED = Counter("batt_messages_dropped_total", "Messages not sent to screens that read too slowly")
