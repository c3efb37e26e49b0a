"""Which cases changed between two numbers of the feed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from sqlalchemy import Connection, select

from data.store.db.change_feed import Change, since
from data.store.db.schema.cases import case_version
from data.store.history.rows import Ids

AT_ONCE = 5_000
_SINGLE = 500
_PAGE = 5_000


class Changed(NamedTuple):
    """Single cases, and imports as (first, last)."""

    single: set[int]
    imports: list[tuple[int, int]]

    def ids(self) -> Iterator[Ids]:
        """All of them in slices, no case twice."""
        for first, last in self.imports:
            yield from ranges(first, last)
        yield from singles(each for each in sorted(self.single) if not any(a <= each <= b for a, b in self.imports))


def ranges(first: int, last: int) -> Iterator[Ids]:
    """The ids from `first` to `last` in slices."""
    for begin in range(first, last + 1, AT_ONCE):
        yield Ids(begin, min(begin + AT_ONCE - 1, last))


def singles(ids: Iterable[int]) -> Iterator[Ids]:
    """The ids in slices."""
    left = iter(ids)
    while some := tuple(islice(left, _SINGLE)):
        yield Ids(single=some)


def changed(conn: Connection, after: int, until: int) -> Changed:
    """The cases of all changes with a number above `after`, up to `until`."""
    found = Changed(set(), [])
    placed = False
    for change in _changes(conn, after, until):
        placed = placed or change.kind == "placed"
        if change.case_id is not None:
            found.single.add(change.case_id)
        if change.first_case_id is not None and change.last_case_id is not None:
            found.imports.append((change.first_case_id, change.last_case_id))
    if placed:
        moved = case_version.c.until_seq.between(after + 1, until)
        found.single.update(conn.execute(select(case_version.c.case_id).where(moved)).scalars())
    return found


def _changes(conn: Connection, after: int, until: int) -> Iterator[Change]:
    while page := since(conn, after, _PAGE):
        yield from (change for change in page if change.seq <= until)
        after = page[-1].seq
