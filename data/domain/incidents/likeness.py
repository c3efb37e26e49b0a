"""How much two reports say the same: spellings, synonyms, forms and typing errors do not count."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from data.domain.cases.vocabulary import ROLES, SPELLINGS, Role

WORDS_MOST = 30
"""Words of a report that are compared; what it is about stands at its beginning."""
FORM_LEAST, TYPO_LEAST = 4, 5
"""Letters of a word that may stand within a longer one, and of one that may have a typing error."""
_SILENT = frozenset({Role.FILLER, Role.PLACE, Role.AND, Role.BUT, Role.CAUSE, Role.EFFECT, Role.ALREADY})
_SYNONYMS = (
    "tumbang roboh ambruk rebah",
    "pju lampu penerangan bohlam",
    "mati padam putus redup",
    "tutup nutup halang hadang palang blokir",
    "longsor runtuh ambrol gugur",
    "kebakaran bakar api asap",
    "sampah limbah",
    "tumpuk timbun serak",
    "macet antre padat",
    "lubang rusak amblas ambles",
)
"""What citizens call the same thing in the same place."""
_NUMBERED = re.compile(r"\b(rt|rw|no|nomor|blok|km|tiang|gang|gg)\W*(\d+)")
"""What names one of several places that are near each other: another number is another place."""
_KINDS: Mapping[str, str] = {"nomor": "no", "gg": "gang"}


def _synonyms() -> Mapping[str, str]:
    groups = [group.split() for group in _SYNONYMS]
    return {word: group[0] for group in groups for word in group}


SYNONYMS = _synonyms()


def plain_words(text: str) -> str:
    """The words alone, to be compared."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def alike(words: str, others: str) -> float:
    """The words that both have, as a share of all (Dice), 0 to 1; of plain words."""
    mine, theirs = content_words(words), content_words(others)
    if not mine or not theirs:
        return 0.0
    short, long = sorted((mine, theirs), key=len)
    both = sum(word in long or any(_same(word, other) for other in long) for word in short)
    return 2 * both / (len(mine) + len(theirs))


@lru_cache(maxsize=8192)
def content_words(words: str) -> frozenset[str]:
    """Its words that say something, each in the spelling that stands for it and its synonyms."""
    found: dict[str, None] = {}
    for word in words.split():
        word = SPELLINGS.get(word, word)
        if word.isalpha() and len(word) > 1 and ROLES.get(word, Role.PLAIN) not in _SILENT:
            found[_root(word)] = None
    return frozenset(list(found)[:WORDS_MOST])


def _root(word: str) -> str:
    """What stands for a word and its synonyms, also for a form of one of them."""
    if word in SYNONYMS:
        return SYNONYMS[word]
    return next((root for known, root in SYNONYMS.items() if len(known) >= FORM_LEAST and known in word), word)


def _same(word: str, other: str) -> bool:
    """A form of the other word, or the other word with a typing error."""
    short, long = sorted((word, other), key=len)
    if len(short) >= FORM_LEAST and short in long:
        return True
    return len(short) >= TYPO_LEAST and len(long) - len(short) <= 1 and _one_error(short, long)


def _one_error(short: str, long: str) -> bool:
    """A letter is missing, another one, or exchanged with the next."""
    start = next((n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    short, long = short[start:], long[start:]
    rest = long[1:]
    return rest in (short, short[1:]) or (long[:2] == short[1::-1] and long[2:] == short[2:])


def names_another_place(words: str, others: str) -> bool:
    """Whether both name a number of the same kind, and none that is the same."""
    mine, theirs = _numbers(words), _numbers(others)
    return any(mine[kind].isdisjoint(theirs[kind]) for kind in mine.keys() & theirs.keys())


@lru_cache(maxsize=8192)
def _numbers(words: str) -> Mapping[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for kind, number in _NUMBERED.findall(words):
        found.setdefault(_KINDS.get(kind, kind), set()).add(int(number[:9]))
    return {kind: frozenset(numbers) for kind, numbers in found.items()}
