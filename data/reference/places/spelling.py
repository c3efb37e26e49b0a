"""The names of the villages in all their spellings, and which of them a misspelt one means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

from rapidfuzz.fuzz import ratio

from data.reference.places.villages import VILLAGES, Village
from data.reference.places.vocabulary import WORDS

LEAST = 88.0
"""Of 100: one letter too many or too few in a name of seven, one wrong letter in a name of nine."""
LEAD = 4.0
"""So much ahead of every other village."""
SHORT = 6
"""Names of up to so many letters must be exact."""
ELSEWHERE_SO = frozenset({"giripurwo", "bulukarto", "pandanreja"})
"""Villages of other cities whose right names are as near to ours as a misspelling."""

Name = tuple[tuple[str, ...], Village]


def words_of(text: str) -> list[str]:
    """Folded words, numbers and marks."""
    return WORDS.findall(text.casefold())


def _names() -> Mapping[str, tuple[Name, ...]]:
    """The rest of every spelling by its first word, the longest first."""
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
    if len(squeezed) > SHORT
)
BOTH = frozenset(village.name for village in VILLAGES if village.name == village.district)
"""Village and kecamatan at once."""


@lru_cache(maxsize=8192)
def alike(squeezed: str) -> tuple[Village, float] | None:
    """The one village that a misspelt name (folded, without blanks) means, and how similar; None when not sure."""
    if not SHORT <= len(squeezed) <= 3 * SHORT or squeezed in ELSEWHERE_SO:
        return None
    best: dict[str, tuple[float, Village]] = {}
    for name, village in _LONG:
        score = ratio(squeezed, name)
        if score > best.get(village.code, (0.0, village))[0]:
            best[village.code] = (score, village)
    ranked = sorted(best.values(), key=lambda pair: -pair[0]) + [(0.0, VILLAGES[0])] * 2
    score, village = ranked[0]
    return (village, score) if score >= LEAST and score - ranked[1][0] >= LEAD else None
