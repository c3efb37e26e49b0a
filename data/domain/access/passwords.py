"""What a password must be: long enough, and none that is tried first. Nothing is said of its characters.

NIST SP 800-63B-4: 15 characters, 8 with a second factor; 64 and more are allowed; no password ends by its age.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LEAST, LEAST_WITH_SECOND_FACTOR, MOST = 15, 8, 256
DISTINCT_LEAST = 5
"""Fewer different characters are a pattern, not a password."""
OWN_LEAST = 4
"""Letters, or pairs of digits, that must be left when common words are taken away."""
_KEYS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
)
_ROWS = (*_KEYS, *(row[::-1] for row in _KEYS))
RUN = 5
"""So many characters in the order of a keyboard or of the alphabet are a piece of it."""
_WORD = re.compile(r"[^\W_]{3,}")
_YEAR = re.compile(r"(?:\d{4})?(?:19|20)\d\d")
_FOLDED = str.maketrans("0134578@$!", "oieastbasi")


@dataclass(frozen=True, slots=True)
class CommonPasswords:
    """What is tried first; all in small letters."""

    listed: frozenset[str]
    """Passwords and words: nobody may take one, or two of them together, with whatever digits and signs."""
    parts: frozenset[str]
    """Words that count for nothing in a password."""

    def about(self, *texts: str) -> CommonPasswords:
        """With the words of these texts as parts: what everybody knows of the account."""
        words = {word for text in texts for word in _WORD.findall(text.casefold())}
        return CommonPasswords(self.listed, self.parts | words)


def fault_of(password: str, name: str, common: CommonPasswords, *, second_factor: bool) -> str | None:
    """Why it is refused: 'short', 'long', 'name', 'common'; None: it may be taken."""
    least = LEAST_WITH_SECOND_FACTOR if second_factor else LEAST
    if len(password) < least:
        return "short"
    if len(password) > MOST:
        return "long"
    if len(name) > 3 and _letters(name) and _letters(name) in _letters(password):
        return "name"
    return "common" if _is_common(password, common) else None


def _is_common(password: str, common: CommonPasswords) -> bool:
    lower = password.casefold()
    if len(set(lower)) < DISTINCT_LEAST or _is_repeated(lower) or lower in common.listed:
        return True
    folded = lower.translate(_FOLDED)
    known = _in_words(lower, common.parts) | _in_words(folded, common.parts) | _in_runs(lower) | _in_years(lower)
    own = [place for place in range(len(lower)) if place not in known]
    letters, digits = sum(lower[n].isalpha() for n in own), sum(lower[n].isdigit() for n in own)
    if letters + digits // 2 < OWN_LEAST:
        return True
    remains = [[text[n] for n in places] for text in (lower, folded) for places in (range(len(lower)), own)]
    kinds = (str.isalpha, str.isalnum)
    return any(_is_listed("".join(filter(kind, chars)), common.listed) for chars in remains for kind in kinds)


def _is_listed(text: str, listed: frozenset[str]) -> bool:
    """Whether it is a listed word, or two in a row."""
    halves = ((text[:n], text[n:]) for n in range(3, len(text) - 2))
    return text in listed or any(a in listed and b in listed for a, b in halves)


def _is_repeated(text: str) -> bool:
    """Whether it is one short piece again and again."""
    return any(text == (text[:size] * len(text))[: len(text)] for size in range(1, len(text) // 2 + 1))


def _in_words(text: str, words: frozenset[str]) -> set[int]:
    """The places that belong to one of the words."""
    found = ((start, len(word)) for word in words for start in _starts(text, word))
    return {place for start, size in found for place in range(start, start + size)}


def _starts(text: str, word: str) -> Iterator[int]:
    start = text.find(word)
    while start >= 0:
        yield start
        start = text.find(word, start + 1)


def _in_years(text: str) -> set[int]:
    """The places that belong to a year of this century or the last, with the day and month before it."""
    return {place for found in _YEAR.finditer(text) for place in range(*found.span())}


def _in_runs(text: str) -> set[int]:
    """The places that belong to a piece of a keyboard or of the alphabet, forwards or backwards."""
    starts = (n for n in range(len(text) - RUN + 1) if any(text[n : n + RUN] in row for row in _ROWS))
    return {place for start in starts for place in range(start, start + RUN)}


def _letters(text: str) -> str:
    return "".join(each for each in text.casefold() if each.isalnum())
