"""Every chart of /kinerja, as known at a number, tells the same for ever: what is recorded later changes later ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings

from callbacks.kinerja import QUESTIONS
from data.domain.figures.selection import Filters, Period
from data.domain.history.columns import CaseColumns
from data.domain.performance.answers import Where
from data.domain.performance.frame import Frame
from data.store.db.engine import Engine
from tests.data.store.history.test_history import NO_SHRINK, a_history_of
from tests.factories import NOW, a_city, calendars
from tests.ingest.pipeline.worlds import Step, World, plans

DAYS_BACK, EVERY = 60, 3


def the_answers(columns: CaseColumns) -> dict[str, Any]:
    """Of all questions of the page. What is private now has a place in no past: of places only the sum stays."""
    period = Period.days(NOW.date().replace(day=1), NOW.date(), a_city().timezone)
    before = Period(period.start - DAYS_BACK * 86_400, period.start)
    frame = Frame(columns, a_city(), calendars(), replace(period), before, Filters(), None)
    told = {name: ask(frame) for name, ask in QUESTIONS.items()}
    where: Where = told.pop("where")
    return told | {"where": sum(row.n for row in where.rows) + where.unplaced}


@settings(max_examples=4, phases=NO_SHRINK, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=plans)
def test_late_facts_change_only_later_answers_of_the_page(engine: Engine, tmp_path: Path, plan: list[Step]):
    folder = tmp_path / f"{len(list(tmp_path.iterdir()))}"
    live, world, told = a_history_of(engine, folder), World(engine), dict[int, dict[str, Any]]()

    def look() -> None:
        if len(world.seen) % EVERY == 0:
            columns = live.as_known()
            told[columns.seq] = the_answers(columns)

    world.looks.append(look)
    world.live(plan)
    for history in (live, a_history_of(engine, folder / "none")):
        for seq, answers in told.items():
            now = the_answers(history.as_known(seq))
            assert [name for name in now if now[name] != answers[name]] == []
