"""The board of the city with 5,000 places, 2,000 events and 200 warnings: question and drawing, as the hub does them;
the boards that carry near hints and the city's signs; and the tiles, which are asked every ten minutes."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import insert

from dashboard.boards import BOARDS
from dashboard.realtime.render_context import RenderContext
from data import clock
from data.domain.guide.nouns import ConditionKind, ConditionState, ForecastStep, PlaceKind, PlaceState
from data.domain.warnings.nouns import MessageType, Severity, WarningWords
from data.reference.places.villages import VILLAGES
from data.store.db.engine import Connection, Engine, open_engine, reading, writing
from data.store.db.schema.guide import agenda, occurrence
from data.store.guide import conditions, forecasts, places
from data.store.guide.told import ConditionTold, ForecastTold, PlaceTold, Position
from data.store.guide.writing import GuideWrite
from data.store.history.history import History
from data.store.queries.guide import tiles
from data.store.warnings.told import Reference, WarningFacts, WarningTold
from data.store.warnings.writing import take
from tests.bench.bench_boards import WARM_UP, as_served, draw, viewport_of
from tests.bench.measure import Env, Result, median, p95, timed
from tests.bench.stock import STOCK, stock, the_render_context

PLACES, EVENTS, WARNINGS, CONDITIONS = 5_000, 2_000, 200, 300
LANDMARKS = 0.4
"""Share of the places that are no businesses."""
DAYS = 30
"""Over which the events are spread."""
LIMIT_MS = 20
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CLOUDS = {"id": "Berawan", "en": "Mostly Cloudy"}
SENDER = "cuaca.ekstrem@bmkg.go.id"


def measure(env: Env) -> list[Result]:
    """One store with everything."""
    engine = open_engine(f"sqlite:///{store_of(env)}")
    context = the_render_context(engine)
    history = History(engine, env.folder / "city-columns", context.config.city, context.calendars)
    context.use_columns(lambda now: history.as_known(at=now))
    rounds = env.size(100, 10)
    found = {name: times(engine, context, name, rounds) for name in ("city_board", "sla_wall", "command_map")}
    results = [Result(f"{name} of a full city, p95", p95(taken), "ms", LIMIT_MS) for name, taken in found.items()]
    with reading(engine) as conn:
        columns, now = context.query.columns(clock.now()), clock.now()
        took = timed(lambda: tiles.ask(conn, columns, context.config.city, now), 5)
    engine.dispose()
    return [*results, Result("tiles, every ten minutes", median(took), "ms", None)]


def times(engine: Engine, context: RenderContext, name: str, rounds: int) -> list[float]:
    """Milliseconds of each draw of a warm board."""
    board, viewport = BOARDS[name], viewport_of(context, name)
    with as_served():
        return timed(partial(draw, engine, context, board, viewport), WARM_UP + rounds)[WARM_UP:]


def store_of(env: Env) -> Path:
    """Cases as everywhere, and a city around them."""
    path = env.folder / "city.db"
    shutil.move(stock(env, env.size(STOCK, 5_000)), path)
    engine, now = open_engine(f"sqlite:///{path}"), clock.now().replace(microsecond=0)
    with writing(engine) as conn:
        fill(conn, now, random.Random(22))
    engine.dispose()
    return path


def fill(conn: Connection, now: datetime, chance: random.Random) -> None:
    """Everything at once."""
    write = GuideWrite(conn, "ukur", now)
    places.take(write, [_place(n, now, chance) for n in range(PLACES)])
    conditions.take(write, [_condition(n, now, chance) for n in range(CONDITIONS)])
    forecasts.take(write, [_forecast(village.code, now) for village in VILLAGES])
    for row, starts in _events(now, chance):
        number = conn.execute(insert(agenda).values(row).returning(agenda.c.id)).scalar_one()
        lasts = {"agenda_id": number, "starts_at": starts, "ends_at": starts + 2 * HOUR, "state": "confirmed"}
        conn.execute(insert(occurrence).values(lasts))
    for n in range(WARNINGS):
        take(conn, "bmkg", _warning(n, now, chance), now)


def _spot(chance: random.Random) -> Position:
    return Position(chance.uniform(-7.92, -7.80), chance.uniform(112.48, 112.58), chance.choice(VILLAGES).code)


def _place(n: int, now: datetime, chance: random.Random) -> PlaceTold:
    kinds = (PlaceKind.TOURISM, PlaceKind.SERVICE, PlaceKind.NATURE)
    kind = chance.choice(kinds) if chance.random() < LANDMARKS else PlaceKind.BUSINESS
    return PlaceTold(f"T{n}", now, kind, "taman", f"Tempat nomor {n}", PlaceState.PUBLISHED, _spot(chance))


def _condition(n: int, now: datetime, chance: random.Random) -> ConditionTold:
    kind = chance.choice((ConditionKind.ROAD, ConditionKind.OUTAGE, ConditionKind.PARKING))
    state = chance.choice((ConditionState.CLOSED, ConditionState.OPEN))
    until = now + 6 * HOUR
    return ConditionTold(f"K{n}", now, kind, state, until, "Dishub", None, f"Jalan {n}", _spot(chance))


def _forecast(village: str, now: datetime) -> ForecastTold:
    analysed = now - HOUR
    steps = tuple(ForecastStep(village, now + 3 * n * HOUR, analysed, CLOUDS, temperature_c=22) for n in range(24))
    return ForecastTold(village, analysed, village, steps)


def _events(now: datetime, chance: random.Random) -> Iterator[tuple[dict[str, object], datetime]]:
    for n in range(EVENTS):
        starts, spot = now + chance.uniform(-1, DAYS) * DAY, _spot(chance)
        starts = starts.replace(microsecond=0)
        told = {"source": "ukur", "uid": f"A{n}", "recurrence_id": "", "event": "", "title": f"Acara nomor {n}"}
        stamp = {"at": now, "recorded_at": now, "seq": 1, "heard_at": now, "code": f"AG-{n}", "all_day": False}
        where = {"place_name": f"Tempat nomor {n}", "lat": spot.lat, "lon": spot.lon, "expected": 200}
        yield (
            {**told, **stamp, **where, "starts_at": starts, "ends_at": starts + 2 * HOUR, "state": "confirmed"},
            starts,
        )


def _warning(n: int, now: datetime, chance: random.Random) -> WarningTold:
    """Of an event of its own, so that none speaks for another."""
    villages, spot = tuple(each.code for each in chance.sample(VILLAGES, 5)), _spot(chance)
    west, south = spot.lon or 0.0, spot.lat or 0.0
    east, north = west + 0.01, south + 0.01
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    words = WarningWords(f"Bahaya {n}", f"Bahaya nomor {n}", "Berbahaya.", "Waspada.", "Kota Batu")
    facts = WarningFacts(
        event="other",
        rank=99,
        severity=Severity.MODERATE,
        urgency="Immediate",
        certainty="Observed",
        words={"id": words},
        effective_at=now,
        ends_at=now + 3 * HOUR,
        expires_at=now + 3 * HOUR,
        villages=villages,
        is_for_city=True,
        sender_name="BMKG",
        geometry={"type": "Polygon", "coordinates": [ring]},
    )
    own = Reference(SENDER, f"ukur-{n}", now)
    return WarningTold(f"ukur-{n}", f"ukur-{n}", own, MessageType.ALERT, "<alert/>", (), facts)
