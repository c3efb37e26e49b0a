"""A tile of the wall and the figure of the same code tell the same of the same moment."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings

from data.domain.figures.period import figures
from data.domain.figures.selection import Period
from data.domain.figures.values import Count, Duration, Share, Value
from data.domain.sla.worktime import epoch
from data.store.cases.sweep import due, sweep
from data.store.db.engine import Engine, reading, writing
from data.store.history.history import History
from data.store.queries.figures import kpi_strip
from tests.factories import DAY, HOUR, NOW, a_case, a_city, a_history, calendars, stored, terms_of
from tests.ingest.pipeline.worlds import Step, World, plans

_FEW_SHRINKS = (Phase.explicit, Phase.reuse, Phase.generate)


def the_value(value: Value) -> float | None:
    if isinstance(value, Count):
        return value.n
    if isinstance(value, Share):
        return value.value
    assert isinstance(value, Duration)
    return value.median_s


@settings(max_examples=8, phases=_FEW_SHRINKS, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=plans)
def test_each_tile_is_the_figure_of_its_period(engine: Engine, tmp_path: Path, plan: list[Step]):
    world = World(engine)
    world.live(plan)
    with writing(engine) as conn:
        sweep(conn, due(conn, terms_of(), world.now, 100), terms_of(), world.now)
    history = History(engine, tmp_path / f"{len(list(tmp_path.iterdir()))}", a_city(), calendars())
    columns = history.as_known(at=world.now)
    with reading(engine) as conn:
        tiles = kpi_strip.ask(conn, a_city(), calendars(), world.now, 99).tiles
    today = Period.days((world.now + timedelta(hours=7)).date(), (world.now + timedelta(hours=7)).date())
    last_24_h = Period(epoch(world.now - DAY) + 1, epoch(world.now) + 1)
    for tile in tiles:
        period = last_24_h if tile.name == "on_time" else today
        value = figures(columns, period, codes=(tile.name,)).total[tile.name]
        assert the_value(value) == tile.value, tile.name
        if tile.n is not None:
            assert value.n == tile.n, tile.name
        if isinstance(value, Duration):
            p90 = [note.value for note in tile.notes if note.name == "p90"]
            assert p90 in ([], [value.p90_s])


def test_every_tile_has_a_value_when_there_is_something_to_tell(engine: Engine, tmp_path: Path):
    """Else the test above might compare nothing with nothing."""
    with writing(engine) as conn:
        for n in range(6):
            later = {"dispatched": HOUR, "answered": (2 + n) * HOUR}
            stored(conn, a_case(), a_history(NOW - 9 * HOUR + n * HOUR / 2, **later))
            stored(conn, a_case(), a_history(NOW - 30 * HOUR, dispatched=HOUR))
    columns = History(engine, tmp_path, a_city(), calendars()).as_known(at=NOW)
    today = Period.days((NOW + timedelta(hours=7)).date(), (NOW + timedelta(hours=7)).date())
    told = figures(columns, today).total
    assert told["open"] == Count(12)
    assert told["overdue"] != Count(0)
    assert told["on_time"].n
    assert all(the_value(told[name]) for name in ("received", "on_time", "first_response", "citizen_wait"))
