"""One walk through the words of an address or a text: every village, kecamatan, street and other city it names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.fuzz import ratio

from data.reference.placewords import (
    KINDS,
    NO_DISTRICT,
    NO_STREET,
    ORDINARY,
    OTHER_CITIES,
    POINTING,
    WORDS,
    Word,
)
from data.reference.villages import VILLAGES, Village

LEAST = 88.0
"""Of 100: one letter too many or too few in a name of seven, one wrong letter in a name of nine."""
LEAD = 4.0
"""So much ahead of every other village."""
SHORT = 6
"""Names of up to so many letters must be exact."""
_ALONE = 3
"""So many unknown words between two marks may be one misspelt name."""

_Name = tuple[tuple[str, ...], Village]


class Mention(NamedTuple):
    """A village that is named."""

    village: Village
    weight: int
    """3: behind `desa`. 2: alone, or misspelt behind `desa`. 1: misspelt, alone."""
    written: str
    """The words as folded."""
    score: float = 100.0
    """Similarity; 100: exact."""


class Mode(IntEnum):
    """What the walk expects."""

    FREE = 0
    VILLAGE = 1
    DISTRICT = 2
    CITY = 3
    REGENCY = 4
    TOWARDS = 5
    ROAD = 6
    """The street's own name comes next."""
    ON = 7
    """Behind a street's name: a village's name here is the village's."""
    OWN = 8
    """Behind a street that is called after a village: it may lead to the next one named."""


_FREE, _VILLAGE, _DISTRICT, _CITY, _REGENCY, _TOWARDS, _ROAD, _ON, _OWN = Mode
_PART, _PLAIN, _ROADWORD, _VILLAGEWORD = Word.PART, Word.PLAIN, Word.ROAD, Word.VILLAGE
_NEXT: Mapping[Word, Mode] = {
    Word.VILLAGE: _VILLAGE,
    Word.DISTRICT: _DISTRICT,
    Word.STREET: _ROAD,
    Word.ROAD: _ROAD,
    Word.TOWARDS: _TOWARDS,
    Word.AT: _FREE,
    Word.CITY: _CITY,
    Word.REGENCY: _REGENCY,
}


def words_of(text: str) -> list[str]:
    """Folded words, numbers and marks."""
    return WORDS.findall(text.casefold())


def _names() -> Mapping[str, tuple[_Name, ...]]:
    """The rest of every spelling by its first word, the longest first."""
    found: dict[str, set[_Name]] = defaultdict(set)
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
    if not SHORT <= len(squeezed) <= 3 * SHORT:
        return None
    best: dict[str, tuple[float, Village]] = {}
    for name, village in _LONG:
        score = ratio(squeezed, name)
        if score > best.get(village.code, (0.0, village))[0]:
            best[village.code] = (score, village)
    ranked = sorted(best.values(), key=lambda pair: -pair[0]) + [(0.0, VILLAGES[0])] * 2
    score, village = ranked[0]
    return (village, score) if score >= LEAST and score - ranked[1][0] >= LEAD else None


class Scan:
    """The walk. `text` is given of a text of sentences, where words are only words more often."""

    __slots__ = (
        "_alone",
        "_at",
        "_clean",
        "_mode",
        "_new_street",
        "_text",
        "_words",
        "districts",
        "elsewhere",
        "loose",
        "mentions",
        "street",
    )

    def __init__(self, words: Sequence[str], text: str | None = None) -> None:
        self._words, self._text = words, text
        self.mentions: list[Mention] = []
        self.districts: set[str] = set()
        self.loose: set[str] = set()
        """`Bumiaji`, `Junrejo` alone: village or kecamatan."""
        self.street: list[str] = []
        """The words of the first street's name."""
        self.elsewhere = False
        self._at, self._mode, self._new_street = 0, _FREE, True
        self._alone: list[str] = []
        """What nobody knows between two marks, where no street and no direction stands."""
        self._clean = True

    def run(self) -> Scan:
        """Read all words."""
        words, count, kind_of, modes = self._words, len(self._words), KINDS.get, _BY_MODE
        while self._at < count:
            word = words[self._at]
            kind = kind_of(word)
            if kind is not None:
                self._keyword(kind, word)
            elif word in NAMES and (name := self._name_here(word)) is not None:
                self._at += len(name[0])
                self._name(name[1], word if not name[0] else f"{word} {' '.join(name[0])}")
            else:
                modes[self._mode](self, word)
            self._at += 1
        self._part()
        return self

    def _name_here(self, word: str) -> _Name | None:
        for name in NAMES[word]:
            rest = name[0]
            if not rest or tuple(self._words[self._at + 1 : self._at + 1 + len(rest)]) == rest:
                return name
        return None

    def _keyword(self, kind: Word, word: str) -> None:
        mode = self._mode
        if kind is _PART:
            self._part()
        elif kind is _PLAIN:
            self._plain(word)
        elif not (kind is _ROADWORD and mode >= _ROAD) and not (kind is _VILLAGEWORD and mode is _TOWARDS):
            self._mode = mode = _NEXT[kind]
            if mode is _ROAD or mode is _TOWARDS:
                self._clean, self._new_street = False, not self.street

    def _plain(self, word: str) -> None:
        """`Kec. Batu` is the kecamatan, `Jl. Batu Permata` a street; else such a word says nothing."""
        mode = self._mode
        if mode is _DISTRICT and word == "batu":
            self.districts.add("Batu")
        if mode is _ROAD:
            self._road(word)
        elif mode not in (_VILLAGE, _ON, _OWN):
            self._mode = _FREE

    def _name(self, village: Village, written: str) -> None:
        mode, self._mode = self._mode, _FREE
        if mode in (_ROAD, _OWN):
            self._mode = _OWN
            if mode is _ROAD and self._new_street:
                self.street.append(written)
        elif mode is _VILLAGE:
            self.mentions.append(Mention(village, 3, written))
        elif mode is _DISTRICT and village.name in BOTH:
            self.districts.add(village.name)
        elif mode is not _TOWARDS and (self._text is None or written not in ORDINARY or self._points()):
            self._alone_named(Mention(village, 2, written))

    def _alone_named(self, mention: Mention) -> None:
        if mention.village.name in BOTH:
            self.loose.add(mention.village.name)
        else:
            self.mentions.append(mention)

    def _points(self) -> bool:
        """Whether the word before makes an ordinary word a place."""
        before = self._words[self._at - 1] if self._at else ""
        if before in POINTING:
            return True
        as_written = WORDS.findall(self._text or "")
        capital = len(as_written) == len(self._words) and as_written[self._at].istitle()
        return before == "di" and capital

    def _part(self) -> None:
        if self._alone and self._clean and len(self._alone) <= _ALONE and self._text is None:
            found = alike("".join(self._alone))
            if found is not None:
                self._alone_named(Mention(found[0], 1, " ".join(self._alone), found[1]))
        self._alone, self._clean, self._mode = [], True, _FREE

    def _free(self, word: str) -> None:
        if not word.isdigit():
            self._alone.append(word)
        self._mode = _FREE

    def _village(self, word: str) -> None:
        """Behind `desa` stands no name that we know: one word or two may be one misspelt."""
        self._mode = _FREE
        following = self._words[self._at + 1 : self._at + 2]
        for more in ([], following) if following and following[0].isalpha() else ([],):
            found = alike(word + "".join(more))
            if found is not None:
                self.mentions.append(Mention(found[0], 2, " ".join([word, *more]), found[1]))
                self._at += len(more)
                return
        self._clean = False  # a village that is none of ours

    def _district(self, word: str) -> None:
        self._mode = _FREE
        found = alike(word)
        if found is not None and found[0].name in BOTH:
            self.districts.add(found[0].name)
        elif self._text is None and word.isalpha() and word not in NO_DISTRICT:
            self.elsewhere = True

    def _city(self, word: str) -> None:
        self._mode = _FREE
        self.elsewhere = self.elsewhere or word in OTHER_CITIES

    def _regency(self, word: str) -> None:
        self._mode = _FREE
        self.elsewhere = self.elsewhere or word.isalpha()

    def _road(self, word: str) -> None:
        if word in NO_STREET:
            self._mode = _FREE
            return
        self._mode = _ON
        if self._new_street:
            self.street.append(word)

    def _on(self, word: str) -> None:
        if word.isdigit():
            self._mode = _FREE
        elif self._new_street:
            self.street.append(word)

    def _own(self, word: str) -> None:
        if word.isdigit():
            self._mode = _FREE


_BY_MODE: Sequence[Callable[[Scan, str], None]] = (
    Scan._free,
    Scan._village,
    Scan._district,
    Scan._city,
    Scan._regency,
    Scan._free,
    Scan._road,
    Scan._on,
    Scan._own,
)
"""What becomes of a word that nobody knows, by Mode."""
