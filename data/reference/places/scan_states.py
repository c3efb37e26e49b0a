"""The states of the scanner: what it expects next, and which words change the state."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from data.reference.places.vocabulary import WordKind


class Mode(IntEnum):
    """What the scanner expects next."""

    FREE = 0
    VILLAGE = 1
    DISTRICT = 2
    CITY = 3
    REGENCY = 4
    TOWARDS = 5
    NOT = 6
    """The next name, and those joined to it by `atau`, are places where it is not."""
    CALLED = 7
    """The next name belongs to a person, a firm or a thing."""
    ROAD = 8
    """The street's name comes next."""
    ON = 9
    """After a street's name: a village's name here means the village."""
    OWN = 10
    """After a street that has a village's name: it may lead to the next village named."""


SKIPPED_WORDS: Mapping[Mode, frozenset[WordKind]] = {
    Mode.TOWARDS: frozenset({WordKind.VILLAGE, WordKind.DISTRICT, WordKind.CITY, WordKind.REGENCY}),
    Mode.NOT: frozenset({WordKind.VILLAGE, WordKind.DISTRICT, WordKind.CITY, WordKind.REGENCY, WordKind.AT}),
}
"""Words that belong to the name of the other place, and do not change the state."""
NEUTRAL_WORDS = frozenset({WordKind.PART, WordKind.PLAIN})
NEXT: Mapping[WordKind, Mode] = {
    WordKind.VILLAGE: Mode.VILLAGE,
    WordKind.DISTRICT: Mode.DISTRICT,
    WordKind.STREET: Mode.ROAD,
    WordKind.ROAD: Mode.ROAD,
    WordKind.TOWARDS: Mode.TOWARDS,
    WordKind.AT: Mode.FREE,
    WordKind.CITY: Mode.CITY,
    WordKind.REGENCY: Mode.REGENCY,
    WordKind.NOT: Mode.NOT,
    WordKind.CALLED: Mode.CALLED,
}
