"""A source's own mapping, and beside it those that people corrected: a table is read as its header was corrected once.

A row of a corrected table carries the signature of its header under MAPPED, so that it is still understood when it was
refused, mended by a person and is read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from data.store import mappings
from data.store.engine import Engine, reading
from ingest.columns import MappingSettings
from ingest.mapping import TableMapping
from ingest.sheets.model import header_signature
from ingest.sheets.table import with_dates

MAPPED = "_pemetaan"
"""The key in a row's payload under which its header's signature stands."""


class KnownTables:
    """Of one source."""

    def __init__(
        self,
        source: str,
        own: MappingSettings,
        make: Callable[[MappingSettings, str | None], TableMapping],
        engine: Engine,
    ) -> None:
        """make: a TableMapping of settings, and the signature with which its rows are marked (None: not at all)."""
        self._source, self._make, self._engine = source, make, engine
        self.own = make(with_dates(own), None)
        """As configured; it understands the dates of workbooks, too."""
        self._read: dict[str, tuple[str, TableMapping]] = {}
        self._newest: datetime | None = None

    def of_header(self, columns: Iterable[str]) -> TableMapping | None:
        """The corrected mapping for tables of this header; None when nobody has corrected one. Raises StoreDown."""
        return self._kept(header_signature(columns))

    def has_learnt(self) -> bool:
        """Whether somebody has corrected a mapping since this was asked last. Raises StoreDown."""
        with reading(self._engine) as conn:
            newest = mappings.newest(conn, self._source)
        before, self._newest = self._newest, newest
        return newest != before

    def of_row(self, payload: Mapping[str, Any]) -> TableMapping:
        """The mapping by which a row is read; our own where it carries no known mark. Raises StoreDown."""
        mark = payload.get(MAPPED)
        if not isinstance(mark, str):
            return self.own
        known = self._read.get(mark)
        return known[1] if known is not None else self._kept(mark) or self.own

    def _kept(self, signature: str) -> TableMapping | None:
        with reading(self._engine) as conn:
            kept = mappings.kept(conn, self._source, signature)
        if kept is None:
            return None
        known = self._read.get(signature)
        if known is None or known[0] != kept:
            try:
                settings = MappingSettings.model_validate_json(kept)
            except ValidationError:
                return None  # kept by another release that knew other fields: it is corrected once more
            known = self._read[signature] = (kept, self._make(with_dates(settings), signature))
        return known[1]
