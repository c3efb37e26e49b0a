"""The chapters of a report, in order. A part of the system that has something to report adds a row to `CHAPTERS`."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from dashboard.reports.month.chapters import backlog, coverage, market, quality, rules, times, volume
from dashboard.reports.month.context import MonthContext
from dashboard.reports.month.facts import Chapter


class ChapterRow(NamedTuple):
    """A chapter: its name, after which its texts are called, and what makes it."""

    name: str
    build: Callable[[MonthContext, str], Chapter]


CHAPTERS: tuple[ChapterRow, ...] = (
    ChapterRow("summary", volume.summary),
    ChapterRow("volume", volume.volume),
    ChapterRow("times", times.times),
    ChapterRow("backlog", backlog.backlog),
    ChapterRow("stages", times.stages),
    ChapterRow("quality", quality.quality),
    ChapterRow("channels", volume.channels),
    ChapterRow("market", market.market),
    ChapterRow("coverage", coverage.coverage),
    ChapterRow("follow_up", quality.follow_up),
    ChapterRow("rules", rules.rules),
)


def chapters(context: MonthContext) -> tuple[Chapter, ...]:
    """All of them."""
    return tuple(row.build(context, row.name) for row in CHAPTERS)
