"""A citizen's text as words that a table can know: spellings and forms undone, places and negations marked."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

from data.domain.cases.vocabulary import (
    ABBREVIATED,
    ASKS,
    COMPLAINTS,
    DONE,
    LITTLE,
    NASALS,
    NEVER,
    PLACES,
    PRAISE,
    PREFIXES,
    ROLES,
    SPELLINGS,
    STILL,
    SUFFIXES,
    UNDIVIDED,
    UNTRUE,
    Role,
)

LONGEST = 400
"""Words of a text that are read; a report that needs more has said it by then."""
ROOT_LEAST = 4
"""Letters that must be left of a word without its prefixes and suffixes."""
TYPO_LEAST = 6
"""Letters of a word in which one may be missing or too many, or two exchanged."""
KNOWN_MOST = 20_000
PLACE_WORDS, NAME_WORDS, FEAR_WORDS, ALREADY_WORDS = 3, 2, 4, 4
"""How many words behind `di`, `jalan`, `takut` and `sudah` they speak of."""

_TOKENS = re.compile(r"[^\W\d_]+|(?<!\d)\.(?!(?:go|id|com|co|net|org)\b)|(?<=\d)\.(?!\d)|[!?;:\n,/()]")
"""Words and marks. A full stop within a number (2.500) or an address (batukota.go.id) is none."""
_LONG_DRAWN = re.compile(r"(.)\1{2,}")
_ENDS = frozenset(".!?;\n")
_NAMED = frozenset({Role.STREET, Role.ADDRESS, Role.OFFICE})


class Word(NamedTuple):
    """One that the table knows, and what the words around it make of it."""

    said: str
    forms: tuple[str, ...]
    """Itself, or the words of the table that it is a form of, the longest first."""
    at: int
    """Its place in the text, small words not counted."""
    sentence: int
    place: bool
    """It says where, not what."""
    rejected: bool
    """Behind `bukan`."""
    consequence: bool
    feared: bool


class Wording(NamedTuple):
    """A text, read."""

    words: list[Word]
    causes: dict[int, int]
    """By sentence the place from which on it tells a cause."""
    done: frozenset[int]
    """Sentences that say that it is over."""
    complaints: list[tuple[int, int]]
    """Sentence and place of words that complain or ask, whatever of."""


class _Token(NamedTuple):
    role: Role
    forms: tuple[str, ...]
    place: bool
    """Written together with `di`."""
    complains: bool


class WordReader:
    """Reads texts by a vocabulary; safe to use from many threads."""

    def __init__(self, vocabulary: Collection[str], never_places: Collection[str]) -> None:
        """`never_places`: those of the words that are never the name of a place."""
        self._vocabulary = frozenset(vocabulary)
        self._never_places = frozenset(never_places)
        self._shortened = _shortened(self._vocabulary)
        self._known: dict[str, _Token] = {}

    def read(self, text: str) -> Wording:
        """The text's words in order."""
        state = _State(self._never_places)
        for token in _TOKENS.findall(text.casefold())[:LONGEST]:
            if token.isalpha():
                state.word(token, self._known.get(token) or self._learned(token))
            else:
                state.mark(token)
        return state.wording()

    def forms(self, phrase: str) -> tuple[str, ...]:
        """A phrase of the table as it stands in read texts."""
        said = [SPELLINGS.get(word, word) for word in _TOKENS.findall(phrase.casefold())]
        return tuple(word for n, word in enumerate(said) if keeps(word) and word not in said[n - 1 : n])

    def _learned(self, token: str) -> _Token:
        found = self._looked_up(token)
        if len(self._known) < KNOWN_MOST:
            self._known[token] = found
        return found

    def _looked_up(self, token: str) -> _Token:
        token = _LONG_DRAWN.sub(r"\1", token)
        word = SPELLINGS.get(token, token)
        forms = (word,) if word in self._vocabulary else ()
        complains = word in COMPLAINTS
        if role := ROLES.get(word, Role.PLAIN):
            return _Token(role, forms, False, complains)
        rest = SPELLINGS.get(token[2:], token[2:])
        if token[:2] in {"di", "ke"} and not forms:
            if ROLES.get(rest) is Role.PLACE:
                return _Token(Role.PLACE, (), False, False)
            if rest in PLACES:
                return _Token(Role.PLAIN, (rest,) if rest in self._vocabulary else (), True, False)
        return _Token(Role.PLAIN, forms + self._roots(word, forms), False, complains)

    def _roots(self, word: str, known: Collection[str]) -> tuple[str, ...]:
        if word in UNDIVIDED:
            return ()
        roots = {root: None for root in _stripped(word) if root in self._vocabulary and root not in known}
        if roots or known or len(word) < TYPO_LEAST:
            return tuple(sorted(roots, key=len, reverse=True))
        near = {right for short in _without_one(word) for right in self._shortened.get(short, ()) if _typo(word, right)}
        return (near.pop(),) if len(near) == 1 else ()


class _State:
    """Where in the text the reading is."""

    def __init__(self, never_places: Collection[str]) -> None:
        self._never_places = never_places
        self._words: list[Word] = []
        self._complaints: list[tuple[int, int]] = []
        self._causes: dict[int, int] = {}
        self._done: dict[int, int] = {}
        self._still = -1
        self._never = False
        self._said = ""
        self._at = self._sentence = 0
        self._ended()

    def _ended(self) -> None:
        self._place = self._name = self._fear = self._already = 0
        self._office = self._denied = False
        self._before = Role.FILLER
        self._rejects = self._consequence = self._no_longer = False

    def mark(self, mark: str) -> None:
        """A full stop ends a sentence, a comma what is said of a place."""
        if mark == "." and (self._said in ABBREVIATED or len(self._said) == 1):
            return
        if mark in _ENDS:
            self._sentence += 1
            self._ended()
        else:
            self._at += 1  # no phrase goes over it
            self._place = self._name = self._fear = self._already = 0
            self._rejects = False

    def word(self, said: str, token: _Token) -> None:
        """The next word."""
        role, forms, place, _ = token
        self._said = said
        self._at += role is not Role.FILLER
        if token.complains:
            self._complaints.append((self._sentence, self._at))
        if SPELLINGS.get(said, said) in ASKS:
            self._already = 0
        if said in STILL and not self._is_over_for_good(said):
            self._still = self._at
        elif said in NEVER:
            self._never = True
        if role is Role.STREET and self._before is not Role.PLACE:
            self._place = 0
        if role is not Role.PLAIN:
            self._small(role)
        self._before = role
        over = said in UNTRUE or (said in DONE and self._already) or (said in PRAISE and not self._denied)
        if over and self._sentence not in self._done:
            self._done[self._sentence] = self._at
        self._denied = role is Role.NOT or said in LITTLE
        if forms or role is Role.PLAIN:
            self._keep(said, forms, place or role is Role.ADDRESS or self._office)
        self._office = role is Role.OFFICE
        if role in _NAMED:
            self._name = NAME_WORDS + 1
        self._count_down()

    def _is_over_for_good(self, said: str) -> bool:
        """Sudah tidak mampet lagi, sudah berfungsi kembali."""
        return (
            self._no_longer if said == "lagi" else said == "kembali" and self._done.get(self._sentence) == self._at - 1
        )

    def _keep(self, said: str, forms: tuple[str, ...], place: bool) -> None:
        if (forms and forms[0] in self._never_places and not place) or said.endswith("nya"):
            self._place = self._name = 0
        if forms:
            where = place or self._place > 0 or self._name > 0
            self._words.append(
                Word(said, forms, self._at, self._sentence, where, self._rejects, self._consequence, self._fear > 0)
            )

    def _count_down(self) -> None:
        self._place -= self._place > 0
        self._name -= self._name > 0
        self._fear -= self._fear > 0
        self._already -= self._already > 0

    def _small(self, role: Role) -> None:
        match role:
            case Role.PLACE:
                self._place = PLACE_WORDS + 1
            case Role.AND:
                self._place = self._name = 0
            case Role.NOT:
                self._no_longer, self._already = self._already > 0, 0
            case Role.REJECTS:
                self._rejects = True
            case Role.CAUSE:
                self._causes.setdefault(self._sentence, self._at)
                self._place = self._name = 0
                self._consequence = False
            case Role.EFFECT:
                self._consequence = bool(self._words) and self._words[-1].sentence == self._sentence
                self._place = self._name = 0
            case Role.FEAR:
                self._fear = FEAR_WORDS + 1
            case Role.BUT:
                self._rejects = self._consequence = False
                self._still, self._place, self._name = self._at, 0, 0
            case Role.ALREADY:
                self._already = ALREADY_WORDS + 1
            case _:
                pass

    def wording(self) -> Wording:
        """All of it."""
        over = {sentence for sentence, at in self._done.items() if at > self._still}
        done = frozenset() if self._never else frozenset(over)
        return Wording(self._words, self._causes, done, self._complaints)


def keeps(word: str) -> bool:
    """Whether a word of a phrase stands in read texts: small words that say nothing do not."""
    return ROLES.get(word, Role.PLAIN) not in {Role.FILLER, Role.AND}


def _stripped(word: str) -> list[str]:
    """What is left of a word without a prefix, a suffix or both."""
    found = []
    for suffix in SUFFIXES:
        stem = word.removesuffix(suffix) if suffix and word.endswith(suffix) else word
        if suffix and stem == word:
            continue
        for prefix in PREFIXES:
            if stem.startswith(prefix):
                rest = stem[len(prefix) :]
                found += [root + rest for root in NASALS.get(prefix, ("",)) if len(root + rest) >= ROOT_LEAST]
        if suffix == "nya":
            found.append(stem)
    return [SPELLINGS.get(root, root) for root in found]


def _typo(word: str, right: str) -> bool:
    """Whether a letter is missing, too many, or two are exchanged; another letter makes another word."""
    return len(word) != len(right) or sorted(word) == sorted(right)


def _without_one(word: str) -> list[str]:
    """The word, and the word without each of its letters but the first."""
    return [word, *(word[:n] + word[n + 1 :] for n in range(1, len(word)))]


def _shortened(vocabulary: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """Long words of the vocabulary by what is left of them without one letter."""
    found: dict[str, tuple[str, ...]] = {}
    for word in vocabulary:
        if len(word) >= TYPO_LEAST:
            for short in _without_one(word):
                found[short] = (*found.get(short, ()), word)
    return found
