"""Finds the place that a source means: by its code, its id at the source, or its name."""

from __future__ import annotations

from sqlalchemy import select

from data.domain.guide.nouns import PlaceState
from data.store.db.schema.guide import place
from data.store.guide.told import Position
from data.store.guide.writing import GuideWrite

_ALL = select(place.c.id, place.c.code, place.c.source, place.c.external_id, place.c.name, place.c.state).where(
    place.c.state != PlaceState.WITHDRAWN
)


def folded(name: str) -> str:
    """For comparing names: case, blanks, hyphens and full stops do not matter."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


class PlaceFinder:
    """For one transaction: reads the names of all places once, when the first is asked for."""

    def __init__(self, write: GuideWrite) -> None:
        self._write = write
        self._by_word: dict[str, int] | None = None

    def find(self, told: str | None) -> int | None:
        """The place's id; None when it is none of ours, or two are called so."""
        if not told or not told.strip():
            return None
        if self._by_word is None:
            self._by_word = self._read()
        return self._by_word.get(told.strip()) or self._by_word.get(folded(told)) or None

    def position(self, place_id: int) -> Position:
        """Where it is."""
        asked = select(place.c.lat, place.c.lon, place.c.village).where(place.c.id == place_id)
        row = self._write.conn.execute(asked).one()
        return Position(row.lat, row.lon, row.village)

    def _read(self) -> dict[str, int]:
        rows = self._write.conn.execute(_ALL.order_by(place.c.id)).all()
        names: dict[str, int] = {}
        for row in rows:
            key = folded(row.name)
            names[key] = 0 if key in names else row.id  # 0: two are called so, and nobody guesses
        ids = {row.external_id: row.id for row in rows if row.source == self._write.source}
        return {**names, **ids, **{row.code: row.id for row in rows}}
