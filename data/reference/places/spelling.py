"""The names of the villages in all known spellings, and the village that a misspelt name means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

from rapidfuzz.fuzz import ratio

from data.reference.places.villages import VILLAGES, Village
from data.reference.places.vocabulary import WORDS

MIN_SCORE = 88.0
"""Of 100: one letter too many or too few in a name of seven, one wrong letter in a name of nine."""
MIN_LEAD = 4.0
"""The score must be this much higher than that of every other village."""
EXACT_UP_TO = 6
"""Names of up to this many letters must be exact."""
OTHER_CITIES_VILLAGES = frozenset({"giripurwo", "bulukarto", "pandanreja"})
"""Villages of other cities with names so similar to ours that they look like misspellings."""

Name = tuple[tuple[str, ...], Village]


def words_of(text: str) -> list[str]:
    """Folded words, numbers and marks."""
    return WORDS.findall(text.casefold())


def _names() -> Mapping[str, tuple[Name, ...]]:
    """By the first word of every spelling, the remaining words and the village, the longest spelling first."""
    found: dict[str, set[Name]] = defaultdict(set)
    for village in VILLAGES:
        for spelling in (village.name, *village.spellings):
            first, *rest = words = words_of(spelling)
            found[first].add((tuple(rest), village))
            found["".join(words)].add(((), village))
    return {first: tuple(sorted(each, key=lambda name: -len(name[0]))) for first, each in found.items()}


NAMES = _names()
_LONG = tuple(
    (squeezed, village)
    for village in VILLAGES
    for squeezed in sorted({"".join(words_of(text)) for text in (village.name, *village.spellings)})
    if len(squeezed) > EXACT_UP_TO
)
BOTH = frozenset(village.name for village in VILLAGES if village.name == village.district)
"""Village and kecamatan at once."""


@lru_cache(maxsize=8192)
def match_misspelt(squeezed: str) -> tuple[Village, float] | None:
    """The one village that a misspelt name (folded, without blanks) means, and how similar; None when not sure."""
    if not EXACT_UP_TO <= len(squeezed) <= 3 * EXACT_UP_TO or squeezed in OTHER_CITIES_VILLAGES:
        return None
    best: dict[str, tuple[float, Village]] = {}
    for name, village in _LONG:
        score = ratio(squeezed, name)
        if score > best.get(village.code, (0.0, village))[0]:
            best[village.code] = (score, village)
    ranked = sorted(best.values(), key=lambda pair: -pair[0]) + [(0.0, VILLAGES[0])] * 2
    score, village = ranked[0]
    return (village, score) if score >= MIN_SCORE and score - ranked[1][0] >= MIN_LEAD else None
