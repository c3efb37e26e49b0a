"""Reads a row of a table of the guide as a GuideRecord: compiled once from the columns' settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from ingest.guide_record import GuideRecord
from ingest.tabular.mapping.cells import Cells, Position, Row, Times, column_reader
from ingest.tabular.mapping.columns import GuideColumns, MappingSettings

_NUMBERS = frozenset({"ticket", "capacity", "expected", "free"})
AT = {"starts": "starts_at", "ends": "ends_at", "expires": "expires_at", "phone_consent": "phone_consent_at"}
"""What a GuideRecord calls the moments."""
_YES = frozenset({"yes", "ya", "true", "1", "batal", "dibatalkan", "dihapus", "cancelled", "canceled", "withdrawn"})
_record: Callable[[dict[str, Any]], GuideRecord] = GuideRecord.__pydantic_validator__.validate_python


class GuideRows:
    """Reads the rows of one kind of table."""

    def __init__(self, settings: MappingSettings, cells: Cells, times: Times, *, demo: bool) -> None:
        assert settings.guide is not None
        of: GuideColumns = settings.guide
        self._of, self._demo, self._times = of, demo, times
        self._received, self._updated = settings.received, settings.updated
        self._position = Position(settings.position, cells, None) if settings.position else None
        self._picks = [(name, column_reader(pick, cells)) for name, pick in of.picks.items()]

    def read(self, row: Row, external_id: str) -> GuideRecord:
        """Raises Unreadable, ValidationError."""
        found = {name: self._value(name, text) for name, pick in self._picks if (text := pick(row)) is not None}
        moments = {"at": self._received, "updated_at": self._updated or ()}
        moments |= {AT[name]: columns for name, columns in self._of.moments.items()}
        for name, columns in moments.items():
            moment = self._times.read(row, columns) if columns else None
            if moment is not None:
                found[name] = moment.at
                if name == "starts_at" and not moment.timed:
                    found["all_day"] = True
        if self._position is not None and (where := self._position.read(row)) is not None:
            found["lat"], found["lon"] = where
        return _record(found | {"kind": self._of.kind, "external_id": external_id, "demo": self._demo})

    def faults(self, row: Row) -> Iterator[Callable[[], object]]:
        """What may be wrong with a row's cells: each raises Unreadable when it is."""
        yield from (partial(pick, row) for _, pick in self._picks)
        yield from (partial(self._times.read, row, columns) for columns in self._of.moments.values())
        if self._received:
            yield partial(self._times.read, row, self._received)
        if self._position is not None:
            yield partial(self._position.read, row)

    def _value(self, name: str, text: str) -> Any:
        if name == "cancelled":
            return text.casefold() in _YES
        if name in _NUMBERS and self._of.decimal == "point":
            with suppress(InvalidOperation, ValueError, OverflowError):
                return int(Decimal(text))
        return text
