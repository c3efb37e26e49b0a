"""BMKG's weather forecast by village: three days in steps of three hours, computed anew twice a day.

One request a village, at most 60 a minute for all of BMKG's services together; BMKG is named wherever it is shown. The
cursor says when each village was asked for last, and by which mark (ETag) the next answer is known to be the same.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field

from data.domain.reasons import reason
from data.reference.places.villages import VILLAGES
from data.texts import reason_in
from ingest.guide_record import ForecastRecord, GuideKind, GuideRecord
from ingest.http.client import HttpClient, Limits, Response
from ingest.settings import SourceContext, SourceSettings
from ingest.source import Delivery, Raw, RetryLater, SourceDown, Unreadable
from ingest.sources.feed.body import InvalidJson, parse_json
from ingest.sources.feed.settings import Address

BODY_MOST = 1_000_000
"""Bytes of one answer."""
HOST = "BMKG"
_VALUES = {
    "temperature_c": "t",
    "humidity_percent": "hu",
    "cloud_percent": "tcc",
    "wind_kmh": "ws",
    "wind_from": "wd",
    "rain_mm": "tp",
}


class BmkgForecastSettings(SourceSettings):
    """The forecast."""

    kind: Literal["bmkg_forecast"]
    url: Address
    inner: bool = False
    renew_s: float = Field(default=14_400, ge=600, le=86_400)
    per_fetch: int = Field(default=8, ge=1, le=24)
    pause_s: float = Field(default=2, ge=0, le=60)
    answer_s: float = Field(default=20, gt=0, le=120)


class BmkgForecast:
    """The source."""

    def __init__(
        self,
        name: str,
        settings: BmkgForecastSettings,
        context: SourceContext,
        *,
        rest: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name, self.every_s = name, settings.every_s
        self._settings, self._rest, self._demo = settings, rest, context.demo
        self._client: HttpClient | None = None

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        """The villages whose turn it is, a delivery each. One that fails holds up no other: it is told at the end.

        Raises SourceDown.
        """
        asked, failed = _asked(cursor), None
        for n, village in enumerate(self._due(asked, now)):
            if n:
                self._rest(self._settings.pause_s)
            etag = asked.get(village, {}).get("etag", "")
            try:
                answer = self._get(village, etag, now)
                raws = _raws(village, answer)
            except SourceDown as down:
                if failed is not None or isinstance(down, RetryLater):
                    raise
                failed = down
                continue
            asked[village] = {"at": int(now.timestamp()), "etag": answer.headers.get("etag", etag)}
            yield Delivery(raws, json.dumps(asked))
        if failed is not None:
            raise failed

    def _due(self, asked: Mapping[str, Mapping[str, Any]], now: datetime) -> list[str]:
        """Those asked for longest ago first."""
        last = {village.code: asked.get(village.code, {}).get("at", 0) for village in VILLAGES}
        before = now.timestamp() - self._settings.renew_s
        due = sorted(
            (code for code, at in last.items() if at <= before or at > now.timestamp()),
            key=lambda code: (last[code], code),
        )
        return due[: self._settings.per_fetch]

    def _get(self, village: str, etag: str, now: datetime) -> Response:
        """200, 304 or 404. Raises SourceDown."""
        settings = self._settings
        if self._client is None:
            self._client = HttpClient(base_url=settings.url, inner=settings.inner)
        headers = {"Accept": "application/json", **({"If-None-Match": etag} if etag else {})}
        limits = Limits(body_most=BODY_MOST, total_s=settings.answer_s)
        answer = self._client.get(settings.url, params={"adm4": village}, headers=headers, limits=limits)
        if answer.status in (200, 304, 404):
            return answer
        why = reason("ical.refused", host=HOST, status=answer.status)
        wait = answer.retry_after_s(now)
        raise SourceDown(why) if wait is None else RetryLater(why, wait)

    def read(self, raw: Raw, now: datetime) -> GuideRecord:
        """Raises Unreadable, ValidationError, and what an unexpected payload makes of it."""
        return record_of(raw, demo=self._demo)


def _asked(cursor: str | None) -> dict[str, dict[str, Any]]:
    try:
        found = json.loads(cursor) if cursor else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _raws(village: str, answer: Response) -> tuple[Raw, ...]:
    """Raises SourceDown when it is no JSON: an error page says nothing about a village."""
    if answer.status == 304:
        return ()
    try:
        content = parse_json(answer.content)
    except InvalidJson as wrong:
        raise SourceDown(reason("feed.bad_body", host=HOST, error=reason_in(wrong))) from None
    return (Raw(village, content if isinstance(content, dict) else {"data": content}),)


def record_of(raw: Raw, *, demo: bool = False) -> GuideRecord:
    """An answer as a record. Raises Unreadable, ValidationError, LookupError, TypeError, ValueError."""
    if "data" not in raw.payload:
        said = str(raw.payload.get("message") or raw.payload.get("error") or "")[:100]
        raise Unreadable(reason("guide.forecast_refused", village=raw.external_id, said=said))
    (first, *_) = raw.payload["data"]
    place = first.get("lokasi") or raw.payload.get("lokasi") or {}
    told = [step for day in first["cuaca"] for step in day]
    analysed = [_moment(step["analysis_date"]) for step in told if step.get("analysis_date")]
    return GuideRecord(
        kind=GuideKind.FORECAST,
        external_id=raw.external_id,
        at=max(analysed, default=None),
        village=place.get("adm4"),
        steps=tuple(_step(step) for step in told if step.get("weather_desc")),
        demo=demo,
    )


def _step(told: Mapping[str, Any]) -> ForecastRecord:
    """What is null is not known. Times are UTC, whatever zone the answer names."""
    return ForecastRecord(
        **{name: told.get(short) for name, short in _VALUES.items()},
        at=_moment(told.get("utc_datetime") or told["datetime"]),
        weather=told["weather_desc"],
        weather_en=told.get("weather_desc_en"),
    )


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
