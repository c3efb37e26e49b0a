"""What a reader of /kinerja sees: the columns as they are now, limited to the reader's agencies, in the reader's
language and theme."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from threading import Lock, Semaphore
from typing import Any

from flask import g

from callbacks.kinerja import QUESTIONS, TABLE, KinerjaDeps
from dashboard.performance.silence import Silence
from dashboard.realtime.render_context import RenderContext
from data import clock
from data.domain.history.columns import CaseColumns, without_private_places
from data.domain.performance.frame import Frame
from data.domain.performance.question import (
    COMPARED,
    DAYS,
    USUAL_PERIOD,
    AsOfRefused,
    Known,
    Question,
    compared_period,
    filters_of,
    known_at,
    read,
)
from data.domain.performance.question import period_of as period_of_question
from data.domain.sla.worktime import epoch, moment
from data.reference.places.villages import DISTRICTS, VILLAGES
from data.store.db.engine import StoreDown
from data.store.history.history import History, HistoryNotKept
from layouts.charts.chart import Chart, ChartContext
from layouts.kit.words import words
from layouts.pages.kinerja import CHARTS, Choices, Option

KEPT_S, OPENED_S = 5.0, 1.0
"""So long the charts of one page share the same columns; a page that is opened has none that are older."""
SAME_S = 60
"""So long they are kept while nothing changes: the page tells the moment to the minute."""
AT_ONCE = 2
"""So many answers are computed at a time: each takes some hundred bytes a case while it is."""
MONTHS = 12
PLACES = {**{code: f"Kec. {name}" for code, name in DISTRICTS.items()}, **{it.code: it.name for it in VILLAGES}}


class SharedColumns:
    """The newest columns, which all charts of a page share for a while, and what was computed from them."""

    def __init__(self, history: History) -> None:
        self._history, self._lock, self._turns = history, Lock(), Semaphore(AT_ONCE)
        self._ahead = ThreadPoolExecutor(1, "kinerja")
        self._columns: CaseColumns | None = None
        self._asked = 0.0
        self._answers: dict[Hashable, tuple[Lock, list[Any]]] = {}

    def now(self, kept_s: float = KEPT_S) -> CaseColumns:
        """The store was asked no longer ago than `kept_s`. Raises StoreDown."""
        with self._lock:
            if self._columns is None or time.monotonic() - self._asked >= kept_s:
                now = clock.now()
                if self._columns is None or not self._is_still(self._columns, now):
                    self._columns = without_private_places(self._history.as_known(at=now))
                    self._answers = {}
                self._asked = time.monotonic()
            return self._columns

    def _is_still(self, columns: CaseColumns, now: datetime) -> bool:
        """Whether they are as of the newest change and hardly older."""
        return 0 <= epoch(now) - columns.at < SAME_S and self._history.refresh() == columns.seq

    def as_known(self, as_of: int | datetime) -> CaseColumns:
        """As known at a change's number or at a moment. Raises AsOfRefused, StoreDown."""
        try:
            asked = (as_of,) if isinstance(as_of, int) else (self._history.seq_at(as_of), as_of)
            return without_private_places(self._history.as_known(*asked))
        except HistoryNotKept:
            raise AsOfRefused("not_kept") from None

    def shared(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        """What `compute` gives: it runs once for a key, and who asks meanwhile waits for it."""
        with self._lock:
            turn, found = self._answers.setdefault(key, (Lock(), []))
        with turn:
            if not found:
                with self._turns:
                    found.append(compute())
        return found[0]

    def prepare(self, columns: CaseColumns, answers: Iterable[tuple[Hashable, Callable[[], Any]]]) -> None:
        """Compute these in the background, one after the other, as long as the columns are the newest."""
        self._ahead.submit(self._prepare, columns, answers)

    def _prepare(self, columns: CaseColumns, answers: Iterable[tuple[Hashable, Callable[[], Any]]]) -> None:
        for key, compute in answers:
            if self._columns is not columns:
                return
            with suppress(StoreDown):  # whoever asks for it is told
                self.shared(key, compute)


@dataclass(frozen=True, slots=True)
class ReaderView:
    """For the reader of the present request."""

    render: RenderContext
    columns: SharedColumns
    silence: Silence
    scope: Callable[[], frozenset[str] | None]
    """The agencies that the reader may see; None: all."""

    def deps(self) -> KinerjaDeps:
        """What the callbacks need."""
        return KinerjaDeps(self.known(), self.frame, self.context, self.columns.shared, lambda: words(g.lang))

    def prepare(self, search: str) -> None:
        """Begin to compute what the page will ask for, while the browser reads its scripts. Raises StoreDown."""
        question = read(search, self.known())
        if question.as_of:
            return
        self.columns.now(OPENED_S)
        frame = self.frame(question)
        asked = dict.fromkeys(TABLE[name][0] for name in CHARTS)
        answers = [((name, frame.question), partial(QUESTIONS[name], frame)) for name in asked]
        self.columns.prepare(frame.columns, answers)

    def chart(self, name: str, frame: Frame, context: ChartContext) -> Chart:
        """A chart of the page."""
        asked, draw = TABLE[name]
        return draw(self.columns.shared((asked, frame.question), lambda: QUESTIONS[asked](frame)), context)

    def known(self) -> Known:
        """The codes that filters may name."""
        config = self.render.config
        channels = frozenset(it.name for it in config.source_infos)
        return Known(config.city, frozenset(PLACES), channels)

    def frame(self, question: Question) -> Frame:
        """The question with the columns. Raises AsOfRefused."""
        city, scope = self.render.config.city, self.scope()
        as_of = known_at(question.as_of, city.timezone, clock.now()) if question.as_of else None
        columns = self.columns.now() if as_of is None else self.columns.as_known(as_of)
        today = self.render.local_day(moment(columns.at))
        period = period_of_question(question, today, city.timezone)
        filters = filters_of(question, scope)
        before, silent = compared_period(question, period), partial(self._silent, filters.sources, moment(columns.at))
        return Frame(columns, city, self.render.calendars, period, before, filters, scope, silent)

    def _silent(self, sources: frozenset[str], now: datetime, first: date) -> frozenset[date]:
        return self.silence.days(sources, first, now)

    def context(self, question: Question, frame: Frame) -> ChartContext:
        """What drawings depend on besides the answer."""
        columns = frame.columns
        return ChartContext(words(g.lang), g.theme, frame.city, PLACES, moment(columns.at), seq=columns.seq)

    def choices(self) -> Choices:
        """The options of the filters."""
        said, config, scope = words(g.lang), self.render.config, self.scope()
        every = Option("", said("performance.all"))
        agencies = [it for it in config.city.agencies.values() if scope is None or it.code in scope]
        return {
            "period": [*_periods(said.lang), *self._months()],
            "compare": [Option(name, said(f"performance.compare.{name}")) for name in COMPARED],
            "agency": [*([every] if len(agencies) != 1 else []), *(Option(it.code, it.short) for it in agencies)],
            "category": [every, *(Option(it.code, it.name[said.lang]) for it in config.city.categories.values())],
            "place": [every, *(Option(code, name) for code, name in PLACES.items())],
            "channel": [every, *(Option(it.name, it.title) for it in config.source_infos)],
            "service": [every, *(Option(it.code, it.name[said.lang]) for it in config.city.classes.values())],
        }

    def _months(self) -> Sequence[Option]:
        """The last twelve months, then this year and the one before."""
        today, said = self.render.local_day(g.now), words(g.lang)
        months = [divmod(today.year * 12 + today.month - 1 - n, 12) for n in range(MONTHS)]
        named = [Option(f"{year}-{n + 1:02}", f"{said(f'js.month.{n + 1}')} {year}") for year, n in months]
        return [*named, *(Option(str(year), str(year)) for year in (today.year, today.year - 1))]


def _periods(lang: str) -> Sequence[Option]:
    ordered = sorted(DAYS, key=lambda name: name != USUAL_PERIOD)
    return [Option(name, words(lang)(f"performance.period.{name}")) for name in ordered]
