"""The weather forecast: the newest of each village and moment."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, delete, insert, select

from data.domain.guide.nouns import ForecastStep
from data.store.db.schema.guide import forecast_step
from data.store.guide.told import Became, ForecastTold, Taken
from data.store.guide.writing import GuideWrite

KEPT = timedelta(hours=12)
"""A step is kept so long after its moment."""
_STEP = timedelta(hours=3)
_OF = forecast_step.c
_NUMBERS = ("temperature_c", "humidity_percent", "cloud_percent", "wind_kmh", "wind_from", "rain_mm")


def take(write: GuideWrite, tolds: Sequence[ForecastTold]) -> list[Taken]:
    """A newer computation replaces the steps from its first one on; an older one changes nothing."""
    return [_take(write, told) for told in tolds]


def _take(write: GuideWrite, told: ForecastTold) -> Taken:
    mine = _OF.village == told.village
    asked = select(_OF.analysed_at).where(mine).order_by(_OF.at.desc()).limit(1)
    last: datetime | None = write.conn.execute(asked).scalar_one_or_none()
    if not told.steps or (last is not None and told.at <= last):
        return Taken(Became.SAME)
    first = min(step.at for step in told.steps)
    write.conn.execute(delete(forecast_step).where(mine, _OF.at >= first))
    write.conn.execute(insert(forecast_step), [_row(write, told, step) for step in told.steps])
    return Taken(Became.NEW if last is None else Became.UPDATED)


def _row(write: GuideWrite, told: ForecastTold, step: ForecastStep) -> dict[str, object]:
    return {
        **{name: getattr(step, name) for name in _NUMBERS},
        "village": told.village,
        "at": step.at,
        "analysed_at": told.at,
        "recorded_at": write.now,
        "seq": write.seq,
        "source": write.source,
        "demo": told.demo,
        "weather": json.dumps(dict(step.weather), ensure_ascii=False),
    }


def forecast(conn: Connection, village: str, now: datetime, hours: int = 72) -> list[ForecastStep]:
    """The steps of one village from the one that holds now on, in their order; empty: nothing is known any more."""
    upto = now + timedelta(hours=hours)
    asked = select(forecast_step).where(_OF.village == village, _OF.at > now - _STEP, _OF.at <= upto)
    return [step_of(row) for row in conn.execute(asked.order_by(_OF.at)).mappings()]


def forecasts(conn: Connection, now: datetime, hours: int = 12) -> dict[str, list[ForecastStep]]:
    """Likewise of all villages, for a board."""
    upto = now + timedelta(hours=hours)
    asked = select(forecast_step).where(_OF.at > now - _STEP, _OF.at <= upto).order_by(_OF.village, _OF.at)
    found: dict[str, list[ForecastStep]] = {}
    for row in conn.execute(asked).mappings():
        found.setdefault(row["village"], []).append(step_of(row))
    return found


def is_demo(conn: Connection, village: str) -> bool:
    """Whether the forecast of a village is played."""
    asked = select(_OF.demo).where(_OF.village == village).order_by(_OF.at.desc()).limit(1)
    return bool(conn.execute(asked).scalar_one_or_none())


def remove_old(conn: Connection, now: datetime) -> int:
    """Steps that are long over go."""
    return conn.execute(delete(forecast_step).where(_OF.at < now - KEPT)).rowcount


def step_of(row: RowMapping) -> ForecastStep:
    return ForecastStep(
        village=row["village"],
        at=row["at"],
        analysed_at=row["analysed_at"],
        weather=json.loads(row["weather"]),
        **{name: row[name] for name in _NUMBERS},
    )
