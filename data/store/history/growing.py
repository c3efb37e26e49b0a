"""A table of columns with room to grow: appending moves nothing, and who holds an older view keeps what it saw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = NDArray[Any]
_LEAST = 1024


class GrowingTable:
    """Columns of equal length.

    A view reaches to the length that the table had. Appended rows lie behind it, and a column in which a row is written
    over is copied first, so that a view never changes.
    """

    def __init__(self, columns: Mapping[str, Column]) -> None:
        """Takes the columns over."""
        self._buffers = dict(columns)
        self._length = len(next(iter(columns.values())))

    def __len__(self) -> int:
        return self._length

    def view(self) -> dict[str, Column]:
        """The columns as they are now."""
        return {name: buffer[: self._length] for name, buffer in self._buffers.items()}

    def __getitem__(self, name: str) -> Column:
        return self._buffers[name][: self._length]

    def append(self, rows: Mapping[str, Column]) -> None:
        """Add rows at the end."""
        more = len(next(iter(rows.values())))
        if not more:
            return
        for name, buffer in self._buffers.items():
            if self._length + more > len(buffer):
                room = np.empty(self._length + more + max(_LEAST, self._length // 16), dtype=buffer.dtype)
                room[: self._length] = buffer[: self._length]
                self._buffers[name] = buffer = room
            buffer[self._length : self._length + more] = rows[name]
        self._length += more

    def write(self, places: NDArray[np.intp], rows: Mapping[str, Column]) -> None:
        """Write rows over those at the places; columns in which nothing differs are left as they are."""
        for name, buffer in self._buffers.items():
            if not np.array_equal(buffer[places], rows[name]):
                changed = buffer.copy()
                changed[places] = rows[name]
                self._buffers[name] = changed

    def insert(self, places: NDArray[np.intp], rows: Mapping[str, Column]) -> None:
        """Put rows before those at the places."""
        self._buffers = {name: np.insert(self[name], places, rows[name]) for name in self._buffers}
        self._length += len(places)
