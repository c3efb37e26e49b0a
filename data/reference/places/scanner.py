"""One walk through the words of an address or a text: every village, kecamatan, street and other city it names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from data.reference.places import vocabulary as told
from data.reference.places.scan_states import NEXT, OVERHEARD, SAYS_NOTHING, Mode
from data.reference.places.spelling import BOTH, NAMES, Name, alike
from data.reference.places.villages import Village
from data.reference.places.vocabulary import KINDS, WORDS, Word

_ALONE = 3
"""So many unknown words between two marks may be one misspelt name."""


class Mention(NamedTuple):
    """A village that is named."""

    village: Village
    weight: int
    """3: behind `desa`. 2: alone, or misspelt behind `desa`. 1: misspelt, alone."""
    written: str
    """The words as folded."""
    score: float = 100.0
    """Similarity; 100: exact."""


_FREE, _VILLAGE, _DISTRICT, _CITY, _REGENCY, _TOWARDS, _NOT, _CALLED, _ROAD, _ON, _OWN = Mode
_PART, _PLAIN, _ROADWORD, _FOREIGN = Word.PART, Word.PLAIN, Word.ROAD, Word.FOREIGN


class Scan:
    """The walk. `text` is given of a text of sentences, where words are only words more often."""

    __slots__ = (
        "_alone",
        "_at",
        "_clean",
        "_mode",
        "_new_street",
        "_said_at",
        "_text",
        "_words",
        "districts",
        "elsewhere",
        "loose",
        "mentions",
        "stranger",
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
        self.stranger = False
        """An address names a `desa` that is none of ours."""
        self._at, self._mode, self._new_street = 0, _FREE, True
        self._said_at = -1
        """Where the last place of ours was named."""
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

    def _name_here(self, word: str) -> Name | None:
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
        elif kind is _FOREIGN:
            self._foreign(word)
        elif kind is Word.NOT and not self._denies(word):
            _BY_MODE[mode](self, word)
        elif not self._goes_on(kind, word):
            self._mode = mode = NEXT[kind]
            if mode is _ROAD or mode is _TOWARDS:
                self._clean, self._new_street = False, not self.street

    def _plain(self, word: str) -> None:
        """`Kec. Batu` is the kecamatan, `Jl. Batu Permata` a street; else such a word says nothing."""
        mode = self._mode
        if mode is _DISTRICT and word == "batu":
            if self._next() in told.BATU_MORE:
                self.elsewhere = True
            else:
                self.districts.add("Batu")
                self._said_at = self._at
        if mode is _ROAD:
            self._road(word)
        elif mode not in (_VILLAGE, _NOT, _ON, _OWN):
            self._mode = _FREE

    def _next(self) -> str:
        return self._words[self._at + 1] if self._at + 1 < len(self._words) else ""

    def _before(self) -> str:
        return self._words[self._at - 1] if self._at else ""

    def _denies(self, word: str) -> bool:
        return self._next() in told.NOT_THERE if word in told.NO else self._next() not in told.NOT_ONLY

    def _goes_on(self, kind: Word, word: str) -> bool:
        """Whether the word changes nothing of what is expected."""
        mode = self._mode
        if kind is _ROADWORD:
            return mode >= _ROAD
        if word == "tpa":  # a place; in a text more often the reason of something elsewhere
            return self._text is None or mode is _TOWARDS
        if mode is _TOWARDS and self._before() == "dari" and kind in (Word.CITY, Word.REGENCY):
            return False
        if mode is _TOWARDS and word in told.STILL_TOWARDS:
            return self._before() != "dekat"
        if mode is _TOWARDS and word == "di":
            return self._before() in told.EXTENT
        return kind in OVERHEARD.get(mode, ())

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
        """Whether what stands here is where the place named before lies: `Beji, Depok`."""
        if word == "malang" and not told.OURS.isdisjoint(self._words):
            return False
        between = self._words[self._said_at + 1 : self._at] if self._said_at >= 0 else ("",)
        if all(each.isdigit() or KINDS.get(each) in SAYS_NOTHING for each in between):
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
        elif self._next() in told.COMPASS:
            self._clean = False
        elif mode is _VILLAGE:
            self._said_at = self._at
            self.mentions.append(Mention(village, 3, written))
        elif mode is _DISTRICT:
            self._district_named(village)
        elif mode not in (_TOWARDS, _CALLED) and self._next() not in told.FIRM and self._is_place(written):
            self._alone_named(Mention(village, 2, written))

    def _district_named(self, village: Village) -> None:
        """A kecamatan called as a village of ours lies elsewhere: Beji, Pesanggrahan, Ngaglik."""
        self._said_at = self._at
        if village.name in BOTH:
            self.districts.add(village.name)
        else:
            self.elsewhere = True

    def _is_place(self, written: str) -> bool:
        return self._text is None or written not in told.ORDINARY or self._points()

    def _alone_named(self, mention: Mention) -> None:
        self._said_at = self._at
        if mention.village.name in BOTH:
            self.loose.add(mention.village.name)
        else:
            self.mentions.append(mention)

    def _points(self) -> bool:
        """Whether the word before makes an ordinary word a place."""
        before = self._before()
        if before in told.POINTING:
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
                self._said_at = self._at
                return
        self._clean = False
        self.stranger = self.stranger or (self._text is None and word.isalpha() and word not in told.NO_DISTRICT)

    def _district(self, word: str) -> None:
        self._mode = _FREE
        found = alike(word)
        if found is not None and found[0].name in BOTH:
            self.districts.add(found[0].name)
        elif self._text is None and word.isalpha() and word not in told.NO_DISTRICT:
            self.elsewhere = True

    def _towards(self, word: str) -> None:
        if word not in told.STILL_TOWARDS or self._before() == "dekat":
            self._mode = _FREE

    def _not(self, word: str) -> None:
        if word not in told.STILL_NOT:
            self._mode = _FREE

    def _regency(self, word: str) -> None:
        self._mode = _FREE
        self.elsewhere = self.elsewhere or word.isalpha()

    def _road(self, word: str) -> None:
        if word in told.NO_STREET:
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
"""What becomes of a word that nobody knows, by Mode."""
