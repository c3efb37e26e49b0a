"""Finds open cases near another one, and keeps which came as likely reports of one event.

`data.domain.incidents.folding` says which may tell of the same event.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from data.domain.city.model import IncidentRule
from data.domain.distances import bounding_box
from data.domain.incidents.folding import IncidentCase, joined_group
from data.domain.incidents.likelihood import IncidentModel
from data.domain.incidents.likeness import plain_words
from data.store.db.engine import insert_into
from data.store.db.schema.cases import case, reporter
from data.store.db.schema.incidents import proposed_incident

SENDERS = ("phone", "email", "account_id", "device_id")
"""Columns of the reporter that tell who somebody is; a name does not."""
COMPARED = ("id", "code", "category", "received_at", "lat", "lon", "title", "text")


class NearCase(NamedTuple):
    """An open case near another one."""

    id: int
    case: IncidentCase
    private: bool
    first_id: int | None
    """The first case of the group that it came in; None: it came alone."""


def open_near(conn: Connection, new: IncidentCase, rule: IncidentRule) -> dict[str, NearCase]:
    """Open cases of the same category within the rule's square and time window, without merged ones; by code.

    Empty when the new one has no position.
    """
    if new.lat is None or new.lon is None:
        return {}
    south, north, west, east = bounding_box(new.lat, new.lon, rule.radius_m)
    group = select(proposed_incident.c.first_id).where(proposed_incident.c.case_id == case.c.id).scalar_subquery()
    rows = conn.execute(
        select(*(case.c[name] for name in COMPARED), case.c.private, group, *(reporter.c[name] for name in SENDERS))
        .outerjoin(reporter, reporter.c.case_id == case.c.id)
        .where(
            case.c.open,
            case.c.category == new.category,
            case.c.received_at.between(new.received_at - rule.window, new.received_at + rule.window),
            case.c.lat.between(south, north),
            case.c.lon.between(west, east),
            case.c.head_id.is_(None),
        )
    )
    return {row.code: _near(row) for row in rows}


def _near(row: Row[*tuple[Any, ...]]) -> NearCase:
    compared, private, first_id = row[: len(COMPARED)], row[len(COMPARED)], row[len(COMPARED) + 1]
    return NearCase(row.id, compared_case(compared, senders_of(row[-len(SENDERS) :])), private, first_id)


def compared_case(row: Sequence[Any], senders: frozenset[str] = frozenset()) -> IncidentCase:
    """From the values of COMPARED in their order."""
    _, code, category, received_at, lat, lon, title, text = row
    return IncidentCase(code, category, received_at, lat, lon, plain_words(f"{title} {text}"), senders)


def senders_of(known: Iterable[str | None]) -> frozenset[str]:
    """What tells who sent a case, from the values of SENDERS in their order."""
    return frozenset(f"{name}:{value.strip().casefold()}" for name, value in zip(SENDERS, known, strict=True) if value)


class Around(NamedTuple):
    """A new case, the rule of its category, and the open cases near it, by code."""

    new: IncidentCase
    rule: IncidentRule
    near: Mapping[str, NearCase]


def join_group(conn: Connection, case_id: int, around: Around, model: IncidentModel) -> int | None:
    """Put a new case into the group near it that it likely belongs to; the group's first case, None: into none.

    Private cases are in no group: walls would tell where they are.
    """
    groups: dict[int, list[NearCase]] = defaultdict(list)
    for one in around.near.values():
        if not one.private:
            groups[one.first_id or one.id].append(one)
    members = list(groups.values())
    place = joined_group(around.new, [[one.case for one in group] for group in members], around.rule, model)
    if place is None:
        return None
    first_id = list(groups)[place]
    rows = [{"case_id": each, "first_id": first_id, "category": around.new.category} for each in (first_id, case_id)]
    conn.execute(insert_into(conn, proposed_incident).on_conflict_do_nothing(index_elements=["case_id"]), rows)
    return first_id


def leave_group(conn: Connection, case_id: int, category: str) -> None:
    """A person says that the case tells of something else: from now on it is a group of its own."""
    alone = insert_into(conn, proposed_incident).values(case_id=case_id, first_id=case_id, category=category)
    again = alone.on_conflict_do_update(index_elements=["case_id"], set_={"first_id": case_id})
    conn.execute(again)
