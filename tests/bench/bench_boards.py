"""Each board's question and drawing, as the hub does them, at a hundred thousand cases and at a million."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from dashboard.boards import BOARDS, Board
from dashboard.realtime.message import build_message
from dashboard.realtime.render_context import RenderContext
from dashboard.server.serve import tune_garbage_collection
from data import clock
from data.store.db.engine import Engine, open_engine, reading
from data.store.queries.figures import baseline
from layouts.kit.screen import Part, viewports
from layouts.kit.viewport import Viewport
from tests.bench.measure import Env, Result, p95, timed
from tests.bench.stock import LARGE, STOCK, stock, the_render_context

LIVE = {name: board for name, board in BOARDS.items() if name not in ("performance", "city_board")}
"""Those ask the history, four times a minute at most; `bench_city` measures the other one."""
WARM_UP = 5
"""Rounds that are not counted: a server has drawn every board before anybody asks how long it takes."""


def measure(env: Env) -> list[Result]:
    """Milliseconds, 95 of 100; and how much more at ten times the history with the same open cases."""
    small, large = env.size(STOCK, 5_000), env.size(LARGE, 20_000)
    at_small, at_large = times([stock(env, small), stock(env, large)], env.size(100, 20))
    results = []
    for name in LIVE:
        results += [
            Result(f"{name} at {small:,} cases, p95", p95(at_small[name]), "ms", 20),
            Result(f"{name} at {large:,} to {small:,}", p95(at_large[name]) / p95(at_small[name]), "times", 1.5),
        ]
    return results


def times(paths: list[Path], rounds: int) -> list[dict[str, list[float]]]:
    """Milliseconds by board in each of the stores, turn by turn so that all see the same machine, on warm stores."""
    engines = [open_engine(f"sqlite:///{path}") for path in paths]
    contexts = [the_render_context(engine) for engine in engines]
    for engine, context in zip(engines, contexts, strict=True):
        baseline.refresh(engine, context.config.city, clock.now())  # as the jobs do
    found: list[dict[str, list[float]]] = [{name: [] for name in LIVE} for _ in paths]
    with as_served():
        for name, board in LIVE.items():
            for place in range(WARM_UP + rounds):
                for engine, context, taken in zip(engines, contexts, found, strict=True):
                    (took,) = timed(partial(draw, engine, context, board, viewport_of(context, name)), 1)
                    if place >= WARM_UP:
                        taken[name].append(took)
    for engine in engines:
        engine.dispose()
    return found


@contextmanager
def as_served() -> Iterator[None]:
    """With the garbage collector as the server sets it once it has loaded everything."""
    thresholds = gc.get_threshold()
    tune_garbage_collection()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)


def draw(engine: Engine, context: RenderContext, board: Board, viewport: Viewport) -> None:
    """What the hub does for one change."""
    now = clock.now()
    with reading(engine) as conn:
        answer = board.ask(conn, context.query, now, board.rows(viewport))
    build_message(board.name, board.draw(answer, viewport, now, context.drawing), 1, now)


def viewport_of(context: RenderContext, board: str) -> Viewport:
    """How the first screen with this board looks at it, or one that has it alone where no shipped screen has it."""
    screens = context.config.layouts.values()
    alone = replace(next(iter(screens)), main=(Part(board, 1.0),))
    screen = next((each for each in screens if board in each.boards), alone)
    return viewports(screen, portrait=False, lang="id", timezone=context.config.city.timezone)[board]
