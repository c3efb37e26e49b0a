"""What people folded and separated, as labels of pairs of cases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Exists, Select, and_, exists, select

from data.domain.cases.commands.model import FOLDED
from data.domain.cases.model import SEPARATED, ActorKind, EventKind
from data.domain.city.model import City, IncidentRule
from data.domain.distances import bounding_box
from data.domain.incidents.folding import IncidentCase, compare
from data.domain.incidents.learning import LabelledPair
from data.domain.incidents.likelihood import AS_SHIPPED
from data.store.cases.incidents.proposals import COMPARED, compared_case
from data.store.db.schema.cases import case, case_event

_HEAD, _SAID = case.alias("head"), case_event.alias("said")
_BOTH = [each.c[name] for each in (_HEAD, case) for name in COMPARED]


def _by_person(kind: EventKind, reason: str) -> Exists:
    said = (_SAID.c.case_id == case.c.id, _SAID.c.kind == kind, _SAID.c.reason == reason)
    return exists().where(*said, _SAID.c.actor_kind == ActorKind.OPERATOR)


_FOLDED = select(*_BOTH).join(_HEAD, case.c.head_id == _HEAD.c.id).where(_by_person(EventKind.MERGED, FOLDED))
_WAS_IN = and_(case_event.c.case_id == case.c.id, case_event.c.kind == EventKind.MERGED)
_SEPARATED = (
    select(*_BOTH)
    .join(case_event, _WAS_IN)
    .join(_HEAD, _HEAD.c.code == case_event.c.head)
    .where(case.c.head_id.is_(None), _by_person(EventKind.UNDONE, SEPARATED))
)


class _Pair(NamedTuple):
    head: IncidentCase
    other: IncidentCase
    same: bool


def labelled_pairs(conn: Connection, city: City, since: datetime) -> list[LabelledPair]:
    """What persons have said of the cases that were received since: each pair is a head and another case near it.

    One event: what a person has folded. Not one event: what a person has separated, and what has ended on its own
    although it was there to be folded. Pairs that the rules of today would not compare, or whose words are erased, are
    no labels.
    """
    told = [*_pairs(conn, _FOLDED, since, same=True), *_pairs(conn, _SEPARATED, since, same=False)]
    found = {(pair.head.code, pair.other.code): pair for pair in told}
    for head in {pair.head.code: pair.head for pair in told}.values():
        for other in _passed_over(conn, head, _rule(head, city)):
            found.setdefault((head.code, other.code), _Pair(head, other, same=False))
    return [labelled for pair in found.values() if (labelled := _labelled(pair, city)) is not None]


def _rule(head: IncidentCase, city: City) -> IncidentRule | None:
    category = city.categories.get(head.category)
    return category.incident if category else None


def _labelled(pair: _Pair, city: City) -> LabelledPair | None:
    rule = _rule(pair.head, city)
    if rule is None or not pair.head.words or not pair.other.words:
        return None
    one = compare(pair.head, pair.other, rule, AS_SHIPPED)  # the evidence is the same by any weights
    return None if one is None else LabelledPair(pair.head.category, pair.head.code, one.evidence, pair.same)


def _pairs(conn: Connection, query: Select[*tuple[object, ...]], since: datetime, *, same: bool) -> Iterator[_Pair]:
    for row in conn.execute(query.where(case.c.received_at >= since)):
        yield _Pair(compared_case(row[: len(COMPARED)]), compared_case(row[len(COMPARED) :]), same)


def _passed_over(conn: Connection, head: IncidentCase, rule: IncidentRule | None) -> Iterator[IncidentCase]:
    """Cases near a head that have ended without it: who folded the others saw them, too."""
    if rule is None or head.lat is None or head.lon is None:
        return
    south, north, west, east = bounding_box(head.lat, head.lon, rule.radius_m)
    near = select(*(case.c[name] for name in COMPARED)).where(
        case.c.received_at.between(head.received_at - rule.window, head.received_at + rule.window),
        case.c.category == head.category,
        case.c.lat.between(south, north),
        case.c.lon.between(west, east),
        case.c.head_id.is_(None),
        case.c.open.is_(False),
        case.c.folded == 0,
        case.c.code != head.code,
    )
    for row in conn.execute(near):
        yield compared_case(row)
