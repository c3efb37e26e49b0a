"""Places with something wrong near them: open cases, closed roads, outages.

A private case (narkoba, and whatever a person has closed to the public) is left out by the query itself: it is in no
number and in no distance here, so that no place, no count and no 'how near' can tell where it is. Nor is a case of
which only the street or the village is known: it is near no place in particular.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, select

from data.domain.cases.model import Precision
from data.domain.guide.board import PlaceTrouble
from data.store.cases.conditions import OPEN, URGENCY, urgency_at
from data.store.db.schema.cases import case
from data.store.geo.nearness import Pairs
from data.store.queries.guide.disruptions import Disruptions, Spots
from data.store.queries.guide.landmarks import Landmarks

STATES = ("overdue", "at_risk", "new", "running", "")
"""The worst first; the last one is of no case."""
_RANKS = {state: rank for rank, state in enumerate(STATES)}
_OPEN_CASES = select(
    case.c.lat,
    case.c.lon,
    case.c.category,
    URGENCY,
).where(OPEN, case.c.private.is_(False), case.c.precision == Precision.EXACT, case.c.lat.is_not(None))
Counts = NDArray[np.int64]


class _Around(NamedTuple):
    """Of each landmark: how many there are, and how near the nearest one is."""

    number: Counts
    nearest: NDArray[np.float64]


def troubles(
    conn: Connection,
    landmarks: Landmarks,
    wrong: Disruptions,
    *,
    now: datetime,
    within_m: float,
    limit: int,
) -> tuple[tuple[PlaceTrouble, ...], int]:
    """(the worst first, at most `limit`; how many there are in all)."""
    rows = conn.execute(_OPEN_CASES, urgency_at(now)).all()
    pairs = landmarks.points.near([row[0] for row in rows], [row[1] for row in rows], within_m)
    cases, closed, out = (
        _around(each, len(landmarks.ids))
        for each in (pairs, _near(landmarks, wrong.closures, within_m), _near(landmarks, wrong.outages, within_m))
    )
    worst = np.full(len(landmarks.ids), _RANKS[""])
    np.minimum.at(worst, pairs.known, _ranks(rows)[pairs.asked])
    nearest = np.minimum(np.minimum(cases.nearest, closed.nearest), out.nearest)
    (found,) = np.nonzero(np.isfinite(nearest))
    others = closed.number + out.number
    order = found[np.lexsort((nearest[found], -cases.number[found], -others[found], worst[found]))]
    shown = order[:limit]
    kinds = _kinds(rows, pairs, shown)
    return tuple(
        PlaceTrouble(
            place_id=landmarks.ids[at],
            name=landmarks.names[at],
            cases=int(cases.number[at]),
            kinds=kinds[at],
            outages=int(out.number[at]),
            closures=int(closed.number[at]),
            nearest_m=float(nearest[at]),
            state=STATES[worst[at]],
        )
        for at in shown.tolist()
    ), len(order)


def _near(landmarks: Landmarks, spots: Spots, within_m: float) -> Pairs:
    return landmarks.points.near([lat for lat, _ in spots], [lon for _, lon in spots], within_m)


def _around(pairs: Pairs, size: int) -> _Around:
    nearest = np.full(size, np.inf)
    np.minimum.at(nearest, pairs.known, pairs.metres)
    return _Around(np.bincount(pairs.known, minlength=size), nearest)


def _ranks(rows: Sequence[Row[*tuple[Any, ...]]]) -> Counts:
    return np.array([_RANKS[urgency] for *_, urgency in rows], np.int64)


def _kinds(
    rows: Sequence[Row[*tuple[Any, ...]]], pairs: Pairs, shown: Counts
) -> dict[int, tuple[tuple[str, int], ...]]:
    """The categories of the cases near each shown landmark, the most frequent first."""
    counted: dict[int, Counter[str]] = {at: Counter() for at in shown.tolist()}
    here = np.isin(pairs.known, shown)
    for at, asked in zip(pairs.known[here].tolist(), pairs.asked[here].tolist(), strict=True):
        counted[at][rows[asked][2]] += 1
    return {at: tuple(sorted(kinds.items(), key=lambda each: (-each[1], each[0]))) for at, kinds in counted.items()}
