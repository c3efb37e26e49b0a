"""The mappings of a source: its own, and those that people corrected, by the signature of a table's header.

A row of a corrected table carries that signature under MAPPED, so that it is read by the same mapping again after it
was rejected and corrected.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from data.store.db.engine import Engine, reading
from data.store.intake import mappings
from ingest.tabular.detection.workbook_table import with_dates
from ingest.tabular.mapping.columns import MappingSettings, fold
from ingest.tabular.mapping.mapping import TableMapping

MAPPED = "_pemetaan"
"""The key in a row's payload under which its header's signature stands."""


class KnownMappings:
    """What is corrected is asked of the store each time; what was compiled is kept."""

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
        self._read: dict[str, tuple[str | None, TableMapping]] = {}
        """By signature: what was kept, and how such rows are read."""
        self._newest: datetime | None = None

    def of_header(self, columns: Iterable[str]) -> TableMapping | None:
        """The corrected mapping for tables of this header; None when nobody has corrected one. Raises StoreDown."""
        return self._kept(header_signature(columns))

    def has_changed(self) -> bool:
        """Whether somebody has corrected a mapping since the last call. Raises StoreDown."""
        with reading(self._engine) as conn:
            newest = mappings.newest(conn, self._source)
        before, self._newest = self._newest, newest
        return newest != before

    def of_row(self, payload: Mapping[str, Any]) -> TableMapping:
        """The mapping by which a row is read; our own where it carries no known mark. Raises StoreDown."""
        mark = payload.get(MAPPED)
        if not isinstance(mark, str):
            return self.own
        if mark not in self._read:
            self._kept(mark)
        return self._read[mark][1]

    def _kept(self, signature: str) -> TableMapping | None:
        with reading(self._engine) as conn:
            kept = mappings.load(conn, self._source, signature)
        known = self._read.get(signature)
        if known is None or known[0] != kept:
            settings = read_mapping(kept)
            mapping = self.own if settings is None else self._make(with_dates(settings), signature)
            known = self._read[signature] = (kept, mapping)
        return None if known[1] is self.own else known[1]


def header_signature(columns: Iterable[str], agency: str | None = None) -> str:
    """SHA-256, hex, of the folded names in their order: the same header is known again. `agency`: whose all the rows of
    one table are, where a person said so; another table of the header need not be that agency's.
    """
    signed = "\x1f".join(fold(column) for column in columns) + (f"\x1e{agency}" if agency else "")
    return hashlib.sha256(signed.encode("utf-8", "replace")).hexdigest()


def of_any_table(mapping: MappingSettings, own: MappingSettings) -> MappingSettings:
    """What of one table's mapping holds for others of its header: not whose its rows are."""
    return mapping.model_copy(update={"agency_for_all": own.agency_for_all})


def row_mark(columns: Iterable[str], mapping: MappingSettings, own: MappingSettings) -> str:
    """The signature with which the rows of a table are marked, see MAPPED."""
    same = mapping.agency_for_all == own.agency_for_all
    return header_signature(columns, None if same else mapping.agency_for_all or "-")


def read_mapping(kept: str | None) -> MappingSettings | None:
    """A mapping that was kept as JSON; None also for one of another release, which knew other fields."""
    try:
        return MappingSettings.model_validate_json(kept) if kept is not None else None
    except ValidationError:
        return None
