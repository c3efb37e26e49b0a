"""What the walk through a text expects next, and which words make it expect something else."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from data.reference.places.vocabulary import Word


class Mode(IntEnum):
    """What the walk expects."""

    FREE = 0
    VILLAGE = 1
    DISTRICT = 2
    CITY = 3
    REGENCY = 4
    TOWARDS = 5
    NOT = 6
    """The next name, and those that `atau` joins to it, are where it is not."""
    CALLED = 7
    """The next name is somebody's or something's."""
    ROAD = 8
    """The street's own name comes next."""
    ON = 9
    """Behind a street's name: a village's name here is the village's."""
    OWN = 10
    """Behind a street that is called after a village: it may lead to the next one named."""


OVERHEARD: Mapping[Mode, frozenset[Word]] = {
    Mode.TOWARDS: frozenset({Word.VILLAGE, Word.DISTRICT, Word.CITY, Word.REGENCY}),
    Mode.NOT: frozenset({Word.VILLAGE, Word.DISTRICT, Word.CITY, Word.REGENCY, Word.AT}),
}
"""Words that belong to the name that is elsewhere."""
SAYS_NOTHING = frozenset({Word.PART, Word.PLAIN})
NEXT: Mapping[Word, Mode] = {
    Word.VILLAGE: Mode.VILLAGE,
    Word.DISTRICT: Mode.DISTRICT,
    Word.STREET: Mode.ROAD,
    Word.ROAD: Mode.ROAD,
    Word.TOWARDS: Mode.TOWARDS,
    Word.AT: Mode.FREE,
    Word.CITY: Mode.CITY,
    Word.REGENCY: Mode.REGENCY,
    Word.NOT: Mode.NOT,
    Word.CALLED: Mode.CALLED,
}
