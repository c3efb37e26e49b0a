"""The names behind the codes of the resident columns: they only grow, so that a code keeps its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from threading import Lock

import numpy as np

from data.domain.history.columns import Codes, Names

TABLES = tuple(field.name for field in fields(Names))
MOST = 2**16


class CodeTables:
    """One table of names a column; the first name is '', for none."""

    def __init__(self, names: Mapping[str, Iterable[str]] | None = None) -> None:
        """`names`: as `as_lists` gave them."""
        known = names or {}
        self._lock = Lock()
        self._codes = {table: {name: n for n, name in enumerate(known.get(table, [""]))} for table in TABLES}

    def codes(self, table: str, names: Iterable[str | None]) -> Codes:
        """A code for each name; what is new gets the next one. Raises OverflowError when a column would not hold it."""
        with self._lock:  # a past may be computed while changes are taken in
            known = self._codes[table]
            found = [known.setdefault(name or "", len(known)) for name in names]
        if len(known) > MOST:
            raise OverflowError(f"more than {MOST} names of {table}")
        return np.array(found, dtype=np.uint16)

    def names(self) -> Names:
        """As they are now."""
        with self._lock:
            return Names(**{table: tuple(codes) for table, codes in self._codes.items()})

    def as_lists(self) -> dict[str, list[str]]:
        """To be kept."""
        return {table: list(codes) for table, codes in self._codes.items()}
