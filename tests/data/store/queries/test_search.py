"""A search tells the same by whichever index it is answered: what it asks is gone through here case by case."""

from __future__ import annotations

from itertools import product

import pytest
from sqlalchemy import Row, select

from data.domain.access.roles import Audience
from data.store.db import word_index
from data.store.db.engine import Engine, reading, writing
from data.store.db.schema.cases import case
from data.store.queries.desk import lists, search
from data.store.queries.desk.search import CaseSearch, found_ids
from tests.conftest import Limit
from tests.factories import HOUR, MINUTE, NOW, a_case, a_history, stored

VILLAGES = (None, "35.79.01.1001", "35.79.02.2006")
TEXTS = ("Lubang dalam di jalan", "Sampah di tepi jalan", "Tebing runtuh")
SEARCHES = [
    CaseSearch(words=words, agency=agency, category=category, village=village, state=state, since=since)
    for words, agency, category, village, state, since in product(
        ("", "jalan", "jal tepi", "nirwana"),
        ("", "dlh"),
        ("", "sampah", "longsor"),
        ("", "35.79.01", "35.79.02.2006"),
        ("", "closed", "dispatched", "rejected", "open"),
        (None, NOW - 20 * HOUR),
    )
]


def expected(rows: list[Row[*tuple[object, ...]]], asked: CaseSearch, audience: Audience, most: int) -> list[int]:
    def fits(row: Row[*tuple[object, ...]]) -> bool:
        said = f"{row.title} {row.text}".lower().split()
        return (
            all(any(one.startswith(word) for one in said) for word in asked.words.split())
            and asked.agency in ("", row.agency)
            and (audience.agencies is None or row.agency in audience.agencies)
            and asked.category in ("", row.category)
            and (not asked.village or f"{row.village}.".startswith(f"{asked.village}."))
            and (asked.state in ("", row.state) or (asked.state == "open" and row.open))
            and (asked.since is None or row.received_at >= asked.since)
        )

    return [row.id for row in sorted(rows, key=lambda row: (row.received_at, row.id), reverse=True) if fits(row)][:most]


@pytest.mark.parametrize("many", [1, 4, 500], ids=["many", "some", "few"])
@pytest.mark.parametrize("left", [0, 12, 30])
def test_every_search_finds_what_fits_the_newest_first(engine: Engine, limit: Limit, left: int, many: int):
    """`left` of thirty cases are not in the index of words yet."""
    limit(lists, "MANY", many)
    limit(search, "MANY", many)
    with writing(engine) as conn:
        word_index.add_later(conn, 1, 1)
        for n in range(30):
            category, agency = (("jalan_rusak", "dpupr"), ("sampah", "dlh"), ("longsor", "bpbd"))[n % 3]
            new = a_case(category, title=TEXTS[n % 3], text=f"Mohon nomor {n}", village=VILLAGES[n // 3 % 3])
            later = {"dispatched": MINUTE} | ({"closed": HOUR} if n % 4 else {})
            stored(conn, new, a_history(NOW - (n * 7 % 30) * HOUR, agency, **later))
        if left < 30:
            word_index.work_next(conn, 30 - left)
        assert (word_index.missing(conn) is not None) is (left > 0)
    audiences = [Audience(None, private=True), Audience(frozenset({"bpbd", "dlh"}), private=True)]
    with reading(engine) as conn:
        rows = list(conn.execute(select(case)))
        for asked, audience, most in product(SEARCHES, audiences, (3, 50)):
            assert found_ids(conn, asked, audience, NOW, most) == expected(rows, asked, audience, most), asked
