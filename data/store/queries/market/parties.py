"""The buyers, to be compared with one another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rapidfuzz import fuzz, process
from sqlalchemy import Connection, select

from data.domain.market.buyers import Buyer
from data.store.db.schema.market import party

ALIKE = 88.0
"""From so alike on (0 to 100) two names may be one person's."""
MOST = 3000
"""The newest so many: each is compared with each."""


def buyers(conn: Connection) -> list[Buyer]:
    """By their codes."""
    rows = conn.execute(select(party).where(party.c.side == "buyer").order_by(party.c.id.desc()).limit(MOST)).mappings()
    return [Buyer(row["code"], row["name"] or "", row["phone"], row["device_id"]) for row in rows]


def alike(names: Sequence[str]) -> list[tuple[int, int]]:
    """The pairs of names that are nearly the same, by their places."""
    if len(names) < 2:
        return []
    scores = process.cdist(names, names, scorer=fuzz.ratio, score_cutoff=ALIKE, dtype=np.uint8)
    ones, others = np.nonzero(np.triu(scores, k=1))
    return list(zip(ones.tolist(), others.tolist(), strict=True))
