"""Which open cases are shown as one group, because they may tell of one event and no person has folded them yet."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy import BigInteger, Connection, select, type_coerce

from data.domain.figures.boards import CaseRow
from data.store.cases.conditions import OPEN
from data.store.db.schema.cases import case
from data.store.db.schema.incidents import proposed_incident


class Member(NamedTuple):
    """An open case of a group."""

    id: int
    agency: str
    state: str


@dataclass(frozen=True, slots=True)
class ProposedGroup:
    """A group of two open cases and more."""

    first_id: int
    """What it is known by; that case may have ended."""
    members: tuple[Member, ...]
    """Those due first before the others."""
    reports: int
    """How many reports it has, with those that are folded into its members."""


_FIRST = (
    select(proposed_incident.c.first_id)
    .where(proposed_incident.c.case_id == case.c.id, proposed_incident.c.category == case.c.category)
    .scalar_subquery()
)
"""Asked for each open case: these are few, and the table has a row for every group that ever was."""
_ALL = (
    select(
        *(case.c[name] for name in ("id", "agency", "state", "folded")),
        type_coerce(case.c.next_due_at, BigInteger).label("due"),
        _FIRST.label("first"),
    )
    .where(OPEN, case.c.head_id.is_(None), case.c.private.is_(False))
    .subquery()
)
_GROUPED = select(_ALL).where(_ALL.c.first.is_not(None))


def proposed_groups(conn: Connection) -> list[ProposedGroup]:
    """All of them, in order of their first cases."""
    members: dict[int, list[tuple[float, Member, int]]] = defaultdict(list)
    for case_id, agency, state, folded, due, first_id in conn.execute(_GROUPED).all():
        members[first_id].append((math.inf if due is None else due, Member(case_id, agency, state), folded + 1))
    return [
        ProposedGroup(first_id, tuple(one[1] for one in sorted(found)), sum(one[2] for one in found))
        for first_id, found in sorted(members.items())
        if len(found) > 1
    ]


def of_group(row: CaseRow, reports: int) -> CaseRow:
    """The row of a case in a group with so many reports; 0: it is in none."""
    return replace(row, proposed=reports) if reports else row


@dataclass(frozen=True, slots=True)
class ShownGroups:
    """What a list of cases makes of the groups: one line each, with the clock that is due first."""

    reports: Mapping[int, int]
    """By the id of the case that is shown, how many reports its group has."""
    behind: frozenset[int]
    """The cases that stand behind it. Their clocks run, and figures count them."""
    behind_in: Mapping[str, int]
    """How many of them each list has."""


def shown(groups: Iterable[ProposedGroup], list_of: Callable[[Member], str | None]) -> ShownGroups:
    """Each list shows one of its own cases of a group. `list_of` names a case's list; None: it is in none."""
    reports: dict[int, int] = {}
    behind: dict[int, str] = {}
    for group in groups:
        lists: set[str] = set()
        for member in group.members:
            name = list_of(member)
            if name is not None and name in lists:
                behind[member.id] = name
            elif name is not None:
                lists.add(name)
                reports[member.id] = group.reports
    return ShownGroups(reports, frozenset(behind), Counter(behind.values()))
