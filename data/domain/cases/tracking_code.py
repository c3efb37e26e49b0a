"""Tracking codes: 60 random bits in twelve characters of Crockford's base32, and a check character (Luhn mod 32).

The check character finds every single wrong character and nearly every pair that was exchanged.
"""

from __future__ import annotations

import re

BITS = 60
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = BITS // 5
_VALUES = {letter: n for n, letter in enumerate(_LETTERS)}
_MEANT = str.maketrans("OIL", "011")
"""Letters that are read or typed for digits."""
_BETWEEN = re.compile(r"[\s\-–.]+")


def code_of(number: int) -> str:
    """The code of a random number below 2**BITS, 13 characters."""
    body = "".join(_LETTERS[number >> 5 * place & 31] for place in reversed(range(_LENGTH)))
    return body + _check(body)


def read_code(text: str) -> str | None:
    """The code that somebody has typed, with lower case, blanks and hyphens as they like; None when it is none."""
    code = _BETWEEN.sub("", text).upper().translate(_MEANT)
    is_code = len(code) == _LENGTH + 1 and all(letter in _VALUES for letter in code)
    return code if is_code and _check(code[:-1]) == code[-1] else None


def shown(code: str) -> str:
    """In groups that can be read out: XXXX-XXXX-XXXX-X."""
    return "-".join(code[place : place + 4] for place in range(0, len(code), 4))


def _check(body: str) -> str:
    total = 0
    for n, letter in enumerate(reversed(body)):
        value = _VALUES[letter] * (2 - n % 2)
        total += value // 32 + value % 32
    return _LETTERS[-total % 32]
