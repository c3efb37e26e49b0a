"""The rules of the categories of simulated bursts, as config.yaml has them."""

from __future__ import annotations

from datetime import timedelta

from data.domain.city.model import IncidentRule

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RULES = {
    "jalan_rusak": IncidentRule(40, 14 * DAY),
    "kebakaran": IncidentRule(300, 3 * HOUR),
    "kemacetan": IncidentRule(400, 1.5 * HOUR),
    "longsor": IncidentRule(300, 12 * HOUR),
    "pju": IncidentRule(60, 7 * DAY),
    "pohon_tumbang": IncidentRule(150, 4 * HOUR),
    "sampah": IncidentRule(60, 3 * DAY),
}
