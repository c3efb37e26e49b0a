"""What a password must be: long enough, and none that is tried first. Nothing is said of its characters.

NIST SP 800-63B-4: 15 characters, 8 with a second factor; 64 and more are allowed; no password ends by its age.
"""

from __future__ import annotations

import re

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
COMMON = """
    password passwort passw0rd katasandi sandi rahasia kunci admin administrator root user pengguna login masuk selamat
    datang welcome letmein iloveyou sayang cinta bismillah indonesia merdeka garuda jakarta malang batu kotabatu kota
    pemkot diskominfo kominfo among amongtani amongwarga amongkota batt qwerty asdf zxcv abc monkey dragon master
    football baseball superman sunshine princess shadow michael operator supervisor responder kepala dinas test testing
    demo default changeme secret server command center centre ruang kendali
"""
"""Words that are tried first here, and those of the lists of the most used passwords."""
_WORDS = re.compile("|".join(sorted(COMMON.split(), key=len, reverse=True)))
_FOLDED = str.maketrans("0134578@$!", "oieastbasi")


def fault_of(password: str, name: str, *, second_factor: bool) -> str | None:
    """Why it is refused: 'short', 'long', 'name', 'common'; None: it may be taken."""
    least = LEAST_WITH_SECOND_FACTOR if second_factor else LEAST
    if len(password) < least:
        return "short"
    if len(password) > MOST:
        return "long"
    if len(name) > 3 and _letters(name) and _letters(name) in _letters(password):
        return "name"
    return "common" if _is_common(password) else None


def _is_common(password: str) -> bool:
    lower = password.casefold()
    if len(set(lower)) < DISTINCT_LEAST or _is_repeated(lower):
        return True
    known = _in_words(lower) | _in_words(lower.translate(_FOLDED)) | _in_runs(lower)
    own = [char for place, char in enumerate(lower) if place not in known]
    return sum(char.isalpha() for char in own) + sum(char.isdigit() for char in own) // 2 < OWN_LEAST


def _is_repeated(text: str) -> bool:
    """Whether it is one short piece again and again."""
    return any(text == (text[:size] * len(text))[: len(text)] for size in range(1, len(text) // 2 + 1))


def _in_words(text: str) -> set[int]:
    """The places that belong to a common word."""
    return {place for found in _WORDS.finditer(text) for place in range(*found.span())}


def _in_runs(text: str) -> set[int]:
    """The places that belong to a piece of a keyboard or of the alphabet, forwards or backwards."""
    starts = (n for n in range(len(text) - RUN + 1) if any(text[n : n + RUN] in row for row in _ROWS))
    return {place for start in starts for place in range(start, start + RUN)}


def _letters(text: str) -> str:
    return "".join(each for each in text.casefold() if each.isalnum())
