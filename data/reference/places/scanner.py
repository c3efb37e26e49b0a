"""Scans the words of an address or a text once, and finds every village, kecamatan, street and other city in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from data.reference.places import vocabulary as vocabulary
from data.reference.places.scan_states import NEUTRAL_WORDS, NEXT, SKIPPED_WORDS, Mode
from data.reference.places.spelling import BOTH, NAMES, Name, match_misspelt
from data.reference.places.villages import Village
from data.reference.places.vocabulary import KINDS, WORDS, WordKind

_ALONE = 3
"""Up to this many unknown words between two separators may be one misspelt name."""


class Mention(NamedTuple):
    """A village that the text names."""

    village: Village
    weight: int
    """3: after `desa`. 2: a bare name, or misspelt after `desa`. 1: a misspelt bare name."""
    written: str
    """The words as folded."""
    score: float = 100.0
    """Similarity; 100: exact."""


_FREE, _VILLAGE, _DISTRICT, _CITY, _REGENCY, _TOWARDS, _NOT, _CALLED, _ROAD, _ON, _OWN = Mode
_PART, _PLAIN, _ROADWORD, _FOREIGN = WordKind.PART, WordKind.PLAIN, WordKind.ROAD, WordKind.FOREIGN


class Scan:
    """One scan. `text` is given for a text of sentences, in which a village's name is more often an ordinary word."""

    __slots__ = (
        "_alone",
        "_at",
        "_clean",
        "_last_place_at",
        "_mode",
        "_new_street",
        "_text",
        "_words",
        "ambiguous",
        "districts",
        "elsewhere",
        "has_unknown_village",
        "mentions",
        "street",
    )

    def __init__(self, words: Sequence[str], text: str | None = None) -> None:
        self._words, self._text = words, text
        self.mentions: list[Mention] = []
        self.districts: set[str] = set()
        self.ambiguous: set[str] = set()
        """Bare `Bumiaji` or `Junrejo`: village or kecamatan."""
        self.street: list[str] = []
        """The words of the first street's name."""
        self.elsewhere = False
        self.has_unknown_village = False
        """An address names a `desa` that is not in Kota Batu."""
        self._at, self._mode, self._new_street = 0, _FREE, True
        self._last_place_at = -1
        """Index of the last word that named a place in Kota Batu; -1: none."""
        self._alone: list[str] = []
        """Unknown words since the last separator."""
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
        self._end_part()
        return self

    def _name_here(self, word: str) -> Name | None:
        for name in NAMES[word]:
            rest = name[0]
            if not rest or tuple(self._words[self._at + 1 : self._at + 1 + len(rest)]) == rest:
                return name
        return None

    def _keyword(self, kind: WordKind, word: str) -> None:
        mode = self._mode
        if kind is _PART:
            self._end_part()
        elif kind is _PLAIN:
            self._plain(word)
        elif kind is _FOREIGN:
            self._foreign(word)
        elif kind is WordKind.NOT and not self._is_negation(word):
            _BY_MODE[mode](self, word)
        elif not self._keeps_mode(kind, word):
            self._mode = mode = NEXT[kind]
            if mode is _ROAD or mode is _TOWARDS:
                self._clean, self._new_street = False, not self.street

    def _plain(self, word: str) -> None:
        """`Kec. Batu` is the kecamatan, `Jl. Batu Permata` a street; otherwise such a word is neutral."""
        mode = self._mode
        if mode is _DISTRICT and word == "batu":
            if self._next() in vocabulary.BATU_MORE:
                self.elsewhere = True
            else:
                self.districts.add("Batu")
                self._last_place_at = self._at
        if mode is _ROAD:
            self._road(word)
        elif mode not in (_VILLAGE, _NOT, _ON, _OWN):
            self._mode = _FREE

    def _next(self) -> str:
        return self._words[self._at + 1] if self._at + 1 < len(self._words) else ""

    def _before(self) -> str:
        return self._words[self._at - 1] if self._at else ""

    def _is_negation(self, word: str) -> bool:
        return (
            self._next() in vocabulary.NOT_THERE if word in vocabulary.NO else self._next() not in vocabulary.NOT_ONLY
        )

    def _keeps_mode(self, kind: WordKind, word: str) -> bool:
        """Whether the word does not change the state."""
        mode = self._mode
        if kind is _ROADWORD:
            return mode >= _ROAD
        if word == "tpa":  # a place; in a text more often the reason of something elsewhere
            return self._text is None or mode is _TOWARDS
        if mode is _TOWARDS and self._before() == "dari" and kind in (WordKind.CITY, WordKind.REGENCY):
            return False
        if mode is _TOWARDS and word in vocabulary.STILL_TOWARDS:
            return self._before() != "dekat"
        if mode is _TOWARDS and word == "di":
            return self._before() in vocabulary.EXTENT
        return kind in SKIPPED_WORDS.get(mode, ())

    def _foreign(self, word: str) -> None:
        mode = self._mode
        if mode >= _ROAD or mode is _VILLAGE:
            _BY_MODE[mode](self, word)
            return
        if mode in (_DISTRICT, _CITY, _REGENCY) or (mode is _FREE and self._ends_address(word)):
            self.elsewhere = True
        self._clean = False
        self._mode = _FREE

    def _ends_address(self, word: str) -> bool:
        """Whether the word here is the city of the place named before it: `Beji, Depok`."""
        if word == "malang" and not vocabulary.OURS.isdisjoint(self._words):
            return False
        between = self._words[self._last_place_at + 1 : self._at] if self._last_place_at >= 0 else ("",)
        if all(each.isdigit() or KINDS.get(each) in NEUTRAL_WORDS for each in between):
            return True
        before = self._before()
        return self._text is None and (before.isdigit() or (KINDS.get(before, _PART) is _PART and not before.isalpha()))

    def _name(self, village: Village, written: str) -> None:
        mode, self._mode = self._mode, _FREE
        if mode in (_ROAD, _OWN):
            self._mode = _OWN
            if mode is _ROAD and self._new_street:
                self.street.append(written)
        elif mode is _NOT:
            self._mode = _NOT
        elif self._next() in vocabulary.COMPASS:
            self._clean = False
        elif mode is _VILLAGE:
            self._last_place_at = self._at
            self.mentions.append(Mention(village, 3, written))
        elif mode is _DISTRICT:
            self._add_district(village)
        elif mode not in (_TOWARDS, _CALLED) and self._next() not in vocabulary.FIRM and self._is_place(written):
            self._add_bare_name(Mention(village, 2, written))

    def _add_district(self, village: Village) -> None:
        """A kecamatan with the name of one of our villages is in another city: Beji, Pesanggrahan, Ngaglik."""
        self._last_place_at = self._at
        if village.name in BOTH:
            self.districts.add(village.name)
        else:
            self.elsewhere = True

    def _is_place(self, written: str) -> bool:
        return self._text is None or written not in vocabulary.ORDINARY or self._is_place_by_context()

    def _add_bare_name(self, mention: Mention) -> None:
        self._last_place_at = self._at
        if mention.village.name in BOTH:
            self.ambiguous.add(mention.village.name)
        else:
            self.mentions.append(mention)

    def _is_place_by_context(self) -> bool:
        """Whether the word before makes an ordinary word the name of a place."""
        before = self._before()
        if before in vocabulary.POINTING:
            return True
        as_written = WORDS.findall(self._text or "")
        capital = len(as_written) == len(self._words) and as_written[self._at].istitle()
        return before == "di" and capital

    def _end_part(self) -> None:
        if self._alone and self._clean and len(self._alone) <= _ALONE and self._text is None:
            found = match_misspelt("".join(self._alone))
            if found is not None:
                self._add_bare_name(Mention(found[0], 1, " ".join(self._alone), found[1]))
        self._alone, self._clean, self._mode = [], True, _FREE

    def _free(self, word: str) -> None:
        if not word.isdigit():
            self._alone.append(word)
        self._mode = _FREE

    def _village(self, word: str) -> None:
        """After `desa` comes an unknown word: one or two words may be a misspelt name."""
        self._mode = _FREE
        following = self._words[self._at + 1 : self._at + 2]
        for more in ([], following) if following and following[0].isalpha() else ([],):
            found = match_misspelt(word + "".join(more))
            if found is not None:
                self.mentions.append(Mention(found[0], 2, " ".join([word, *more]), found[1]))
                self._at += len(more)
                self._last_place_at = self._at
                return
        self._clean = False
        self.has_unknown_village = self.has_unknown_village or (
            self._text is None and word.isalpha() and word not in vocabulary.NO_DISTRICT
        )

    def _district(self, word: str) -> None:
        self._mode = _FREE
        found = match_misspelt(word)
        if found is not None and found[0].name in BOTH:
            self.districts.add(found[0].name)
        elif self._text is None and word.isalpha() and word not in vocabulary.NO_DISTRICT:
            self.elsewhere = True

    def _towards(self, word: str) -> None:
        if word not in vocabulary.STILL_TOWARDS or self._before() == "dekat":
            self._mode = _FREE

    def _not(self, word: str) -> None:
        if word not in vocabulary.STILL_NOT:
            self._mode = _FREE

    def _regency(self, word: str) -> None:
        self._mode = _FREE
        self.elsewhere = self.elsewhere or word.isalpha()

    def _road(self, word: str) -> None:
        if word in vocabulary.NO_STREET:
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
    Scan._free,
    Scan._regency,
    Scan._towards,
    Scan._not,
    Scan._free,
    Scan._road,
    Scan._on,
    Scan._own,
)
"""By Mode, the method that handles an unknown word."""
