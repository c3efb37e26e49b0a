"""Simulated warnings: now and then one for a part of the city, withdrawn or ended after a while. All are marked DEMO.

The only state is the cursor: what happens follows from the seed and the time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Literal

from pydantic import Field

from data.reference.places.villages import VILLAGES, Village
from ingest.settings import SourceContext, SourceSettings
from ingest.source import Delivery, Raw
from ingest.sources.cap.records import raw_of, record_of
from ingest.sources.cap_simulator.scenes import SCENES, SIMULATED, Scene
from ingest.warning_record import WarningRecord

SENDER = "simulasi@batt.invalid"
REACH = 0.012
"""Degrees around a village's point."""
_AFTER = timedelta(minutes=2)
"""The first comes so long after the start of its span."""


class CapSimulatorSettings(SourceSettings):
    """Simulated warnings."""

    kind: Literal["cap_simulator"]
    seed: int = 2018
    span_min: int = Field(default=45, ge=10, le=1440)
    """One warning in so many minutes."""
    lasts_min: int = Field(default=12, ge=2, le=600)
    """It is withdrawn after so many minutes."""


class CapSimulator:
    """The source."""

    def __init__(self, name: str, settings: CapSimulatorSettings, context: SourceContext) -> None:
        self.name, self.every_s = name, settings.every_s
        self._settings = settings

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        """What was sent since the cursor, at most of this span and the one before."""
        last = datetime.fromtimestamp(float(cursor), UTC) if cursor else datetime.fromtimestamp(0, UTC)
        span = timedelta(minutes=self._settings.span_min)
        number = int(now.timestamp() // span.total_seconds())
        due = [
            (at, text)
            for each in (number - 1, number)
            for at, text in self._messages(each, datetime.fromtimestamp(each * span.total_seconds(), UTC) + _AFTER)
            if last < at <= now
        ]
        if due:
            raws = tuple(raw_of(text.encode()) for _, text in due)
            yield Delivery(raws, str(due[-1][0].timestamp()))

    def read(self, raw: Raw, now: datetime) -> WarningRecord:
        """Marked as played, whatever it says. Raises Unreadable."""
        return record_of(raw, own=True, demo=True)

    def _messages(self, number: int, at: datetime) -> list[tuple[datetime, str]]:
        """The warning of a span and its cancellation."""
        rng = Random(f"{self._settings.seed}/{number}")
        scene, village = rng.choice(SCENES), rng.choice(VILLAGES)
        ends = at + timedelta(minutes=self._settings.lasts_min)
        own = f"SIMULASI-{number}"
        infos = "".join(_info(scene, n, village, (at, ends)) for n in range(2))
        named = f"<references>{SENDER},{own},{at.isoformat()}</references>"
        return [(at, _alert(own, at, "Alert", infos)), (ends, _alert(f"{own}-akhir", ends, "Cancel", named))]


def _around(village: Village) -> str:
    lat, lon = village.inside_lat, village.inside_lon
    corners = ((-1, -1), (-1, 1), (1, 1), (1, -1), (-1, -1))
    return " ".join(f"{lat + a * REACH:.4f},{lon + b * REACH:.4f}" for a, b in corners)


def _info(scene: Scene, n: int, village: Village, times: tuple[datetime, datetime]) -> str:
    (at, ends), place = times, village.name

    def tag(name: str, text: str) -> str:
        return f"<{name}>{text}</{name}>"

    told = (
        tag("language", ("id", "en")[n]),
        tag("category", "Met"),
        tag("event", scene.event[n]),
        tag("urgency", "Immediate"),
        tag("severity", "Moderate"),
        tag("certainty", "Likely"),
        tag("effective", at.isoformat()),
        tag("expires", (ends + timedelta(minutes=5)).isoformat()),
        tag("senderName", SIMULATED[n]),
        tag("headline", scene.headline[n].format(place=place)),
        tag("description", scene.description[n].format(place=place)),
        tag("instruction", scene.instruction[n]),
        tag("area", tag("areaDesc", place) + tag("polygon", _around(village))),
    )
    return tag("info", "".join(told))


def _alert(identifier: str, at: datetime, kind: str, inside: str) -> str:
    head = (
        f"<identifier>{identifier}</identifier><sender>{SENDER}</sender><sent>{at.isoformat()}</sent>"
        f"<status>Actual</status><msgType>{kind}</msgType><scope>Public</scope>"
    )
    return f'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">{head}{inside}</alert>'
