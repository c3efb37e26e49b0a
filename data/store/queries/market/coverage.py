"""Farmers' questions by village and field assistant: who is there for whom, and where nobody is."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, case, func, select

from data.reference.places.villages import VILLAGES
from data.store.assistants.assistants import Assistant, assistants
from data.store.db.schema.cases import case as case_table
from data.store.queries.market.watch import QUESTION

SINCE = timedelta(days=30)
_NOT_COUNTED = ("rejected", "merged")


@dataclass(frozen=True, slots=True)
class VillageCoverage:
    """One village."""

    code: str
    name: str
    questions: int
    """Received in the last 30 days."""
    unanswered: int
    """Of them, still without an answer."""
    assistants: tuple[str, ...]
    """Names; empty: nobody is there for it."""


@dataclass(frozen=True, slots=True)
class AssistantCoverage:
    """One field assistant; a question of a village with several counts for each of them."""

    assistant: Assistant
    questions: int
    unanswered: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """Villages without anybody first, then those with the most questions."""

    villages: tuple[VillageCoverage, ...]
    assistants: tuple[AssistantCoverage, ...]
    unplaced: int
    """Questions without a village: they are nobody's."""

    @property
    def without(self) -> int:
        """How many villages have nobody."""
        return sum(not each.assistants for each in self.villages)


def coverage(conn: Connection, now: datetime) -> Coverage:
    """Of the last 30 days."""
    asked, unanswered = _questions(conn, now)
    known = assistants(conn)
    names: dict[str, list[str]] = defaultdict(list)
    for each in known:
        for village in each.villages:
            names[village].append(each.name)
    villages = [
        VillageCoverage(v.code, v.name, asked[v.code], unanswered[v.code], tuple(names[v.code])) for v in VILLAGES
    ]
    villages.sort(key=lambda each: (bool(each.assistants), -each.questions, each.name))
    people = [
        AssistantCoverage(each, sum(asked[it] for it in each.villages), sum(unanswered[it] for it in each.villages))
        for each in known
    ]
    people.sort(key=lambda each: (-each.unanswered, -each.questions, each.assistant.code))
    return Coverage(tuple(villages), tuple(people), asked[None])


def _questions(conn: Connection, now: datetime) -> tuple[Counter[str | None], Counter[str | None]]:
    of = case_table.c
    waits = func.sum(case((of.answered_at.is_(None) & of.open, 1), else_=0))
    rows = conn.execute(
        select(of.village, func.count(), waits)
        .where(of.kind == QUESTION, of.received_at >= now - SINCE, of.state.not_in(_NOT_COUNTED))
        .group_by(of.village)
    ).all()
    return Counter({row[0]: row[1] for row in rows}), Counter({row[0]: int(row[2] or 0) for row in rows})
