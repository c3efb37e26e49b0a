"""The figures of charts from resident columns: CPU time of each, how soon new cases are in them, memory."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import date, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import psutil

from data import clock
from data.domain.figures.measures.forecast import DAY_S, forecast
from data.domain.figures.measures.stocks import backlog
from data.domain.figures.period import By, Filters, Period, Step, figures
from data.domain.figures.view import view
from data.domain.history.columns import CaseColumns
from data.store.db.engine import Engine, open_engine
from data.store.history.history import History
from tests.bench import stock
from tests.bench.bench_history import postgres
from tests.bench.measure import Env, Result, p95
from tests.bench.stock import LARGE, STOCK, filled, the_pipeline, the_render_context

CHART_MS, FIVE_MS, APPEND_S, LOAD_S, MEMORY_MB = 50.0, 150.0, 2.0, 2.0, 600.0
TIMES = 20
NEW = 1_000
FIVE = ("bands by week", "resolution by week", "on time by agency", "flow by week", "backlog by age")


class More(stock.History):
    """Cases that come while everybody looks."""

    name = "tambahan"


def measure(env: Env) -> list[Result]:
    """SQLite with a million, PostgreSQL with a hundred thousand."""
    large, some = env.size(LARGE, 20_000), env.size(STOCK, 10_000)
    path = stock.stock(env, large)
    found = of_store(f"sqlite:///{path}", env.folder / "columns", f"{large:,} cases on SQLite")
    with postgres(env.folder / "figures-pg") as url:
        filled(url, some)
        found += of_store(url, env.folder / "columns-pg", f"{some:,} cases on PostgreSQL")
    return found


def of_store(url: str, folder: Path, of: str) -> list[Result]:
    """Everything about one store."""
    engine = open_engine(url)
    first = a_history(engine, folder)
    read_s = seconds(first.refresh)
    first.save()
    del first
    gc.collect()
    history = a_history(engine, folder)
    load_s = seconds(history.refresh)
    columns = history.as_known(at=clock.now())
    results = [
        Result(f"read once from the store, {of}", read_s, "s", None),
        Result(f"loaded from files, {of}", load_s, "s", LOAD_S),
        *charts(columns, of),
        append(engine, history, of),
        Result(f"as known a thousand cases ago, {of}", seconds(lambda: history.as_known(columns.seq)), "s", None),
        Result(f"process with columns, {of}", megabytes(url, folder), "MB", MEMORY_MB, note="loaded, all charts asked"),
    ]
    engine.dispose()
    return results


def megabytes(url: str, folder: Path) -> float:
    """Of a process that does nothing else: this one has also filled the store."""
    with ProcessPoolExecutor(1, get_context("spawn")) as another:
        return another.submit(with_columns, url, folder).result()


def with_columns(url: str, folder: Path) -> float:
    """Load the columns, ask for every chart; the memory in use, MB."""
    engine = open_engine(url)
    history = a_history(engine, folder)
    history.refresh()
    for work in the_charts(history.as_known(at=clock.now())).values():
        work()
    engine.dispose()
    return float(psutil.Process().memory_info().rss / 1e6)


def a_history(engine: Engine, folder: Path) -> History:
    context = the_render_context(engine)
    return History(engine, folder, context.config.city, context.calendars)


def charts(columns: CaseColumns, of: str) -> list[Result]:
    """Each chart, and five of them together."""
    taken = {name: p95([cpu_ms(work) for _ in range(TIMES)]) for name, work in the_charts(columns).items()}
    found = [Result(f"{name}, {of}", value, "ms", CHART_MS, note="CPU, p95") for name, value in taken.items()]
    five = sum(taken[name] for name in FIVE)
    return [*found, Result(f"five charts, {of}", five, "ms", FIVE_MS, note="CPU, p95 of each")]


def the_charts(columns: CaseColumns) -> Mapping[str, Callable[[], object]]:
    """What a page about 24 months asks, the largest that it offers."""
    last = datetime.fromtimestamp(columns.at).date()
    two_years = Period.days(last - timedelta(days=730), last)
    month = Period.days(date(last.year, last.month, 1), last)
    dlh = Filters(agencies=frozenset({"dlh"}))

    def asked(period: Period, *codes: str, by: By | None = None, step: Step | None = None) -> Callable[[], object]:
        return lambda: figures(columns, period, by=by, step=step, codes=codes)

    return {
        "bands by week": asked(two_years, "first_response", step=Step.WEEK),
        "resolution by week": asked(two_years, "resolution", step=Step.WEEK),
        "on time by agency": asked(two_years, "on_time", by=By.AGENCY),
        "on time by month and agency": asked(two_years, "on_time", by=By.AGENCY, step=Step.MONTH),
        "median by week and agency": asked(two_years, "first_response", by=By.AGENCY, step=Step.WEEK),
        "flow by week": asked(two_years, "received", "resolved", step=Step.WEEK),
        "open by week": asked(two_years, "open", step=Step.WEEK),
        "overdue by week": asked(two_years, "overdue", step=Step.WEEK),
        "backlog by age": lambda: backlog(view(columns, two_years, Filters(), None, Step.WEEK, no_answers_from=())),
        "stages": asked(month, "stage_verify", "stage_accept", "stage_work", "stage_paused", by=By.AGENCY),
        "one agency's month by day": lambda: dict(figures(columns, month, dlh, step=Step.DAY).total),
        "forecast of a day": lambda: forecast(columns, DAY_S, origins=0),
    }


def append(engine: Engine, history: History, of: str, kind: type[stock.History] = More) -> Result:
    """From the commit of the new cases until the figures have all."""
    pipeline, now = the_pipeline(engine), clock.now()
    before, source = len(history.as_known()), kind(NEW, now)

    def bring() -> None:
        for delivery in source.fetch(None, now):
            pipeline.write_history(source, delivery, now)

    def take_in() -> None:
        assert len(history.as_known(at=clock.now())) == before + NEW

    brought_s = seconds(bring)
    name, note = f"{NEW:,} new cases are in the figures, {of}", f"the pipeline took {brought_s:.1f} s before"
    return Result(name, seconds(take_in), "s", APPEND_S, note=note)


def cpu_ms(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1000


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
