"""The order in which tests empty a store."""

from __future__ import annotations

from data.store.db.schema import metadata

_BACKWARDS = metadata.sorted_tables[::-1]
EMPTIED = tuple(sorted(_BACKWARDS, key=lambda table: bool(table.info.get("derived"))))
"""Who points before whom; derived tables last: while cases go, triggers ask which of them are in the index of words."""
