"""Finds the place that a source means: by its code, its id at the source, or its name."""

from __future__ import annotations

from sqlalchemy import select

from data.domain.guide.nouns import PlaceState
from data.store.db.schema.guide import place
from data.store.guide.told import Position
from data.store.guide.writing import GuideWrite

_THERE = place.c.state != PlaceState.WITHDRAWN.value
_ID = select(place.c.id).where(_THERE)
_NAMES = select(place.c.id, place.c.name).where(_THERE).order_by(place.c.id)


def folded(name: str) -> str:
    """For comparing names: case, blanks, hyphens and full stops do not matter."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


class PlaceFinder:
    """For one transaction. A code or an id is found by its index; for a name all names are read, once."""

    def __init__(self, write: GuideWrite) -> None:
        self._write = write
        self._found: dict[str, int | None] = {}
        self._names: dict[str, int] | None = None

    def find(self, told: str | None) -> int | None:
        """The place's id; None when it is none of ours, or two are called so."""
        word = (told or "").strip()
        if not word:
            return None
        if word not in self._found:
            self._found[word] = self._by_key(word) or self._by_name(word)
        return self._found[word]

    def position(self, place_id: int) -> Position:
        """Where it is."""
        asked = select(place.c.lat, place.c.lon, place.c.village).where(place.c.id == place_id)
        row = self._write.conn.execute(asked).one()
        return Position(row.lat, row.lon, row.village)

    def _by_key(self, word: str) -> int | None:
        own = (place.c.source == self._write.source) & (place.c.external_id == word)
        for which in (place.c.code == word, own):
            found: int | None = self._write.conn.execute(_ID.where(which)).scalar_one_or_none()
            if found is not None:
                return found
        return None

    def _by_name(self, word: str) -> int | None:
        if self._names is None:
            self._names = {}
            for row in self._write.conn.execute(_NAMES):
                key = folded(row.name)
                self._names[key] = 0 if key in self._names else row.id  # 0: two are called so, and nobody guesses
        return self._names.get(folded(word)) or None
