"""What permits of small businesses look like. A well-formed number proves nothing: an officer checks it."""

from __future__ import annotations

import re
from typing import NamedTuple

_NIB, _KBLI = re.compile(r"\d{13}"), re.compile(r"\d{5}")
_PIRT, _HALAL = re.compile(r"(\d)(\d{2})(\d{4})(\d{2})(\d{4})-(\d{2})"), re.compile(r"ID\d{5,20}")
_BETWEEN = re.compile(r"[\s.]+")
PACKAGINGS = range(1, 9)


class Pirt(NamedTuple):
    """What a P-IRT number says: packaging 1, food type 2, regency 4, product 2, firm 4 digits, and the year."""

    packaging: str
    food: str
    regency: str
    """BPS code; 3579 is Kota Batu."""
    product: str
    firm: str
    expires: int
    """The year."""


def nib(text: str) -> str | None:
    """13 digits, without blanks; None: it is none."""
    found = _BETWEEN.sub("", text)
    return found if _NIB.fullmatch(found) and found.isascii() else None


def kbli(text: str) -> str | None:
    """5 digits."""
    found = _BETWEEN.sub("", text)
    return found if _KBLI.fullmatch(found) and found.isascii() else None


def pirt(text: str) -> str | None:
    """13 digits, hyphen, 2 digits; the first digit is one of eight packagings."""
    found = _BETWEEN.sub("", text).replace("–", "-")
    return found if read_pirt(found) is not None else None


def read_pirt(number: str) -> Pirt | None:
    """The parts of a number; None: it is none."""
    match = _PIRT.fullmatch(number) if number.isascii() else None
    if match is None or int(match[1]) not in PACKAGINGS:
        return None
    packaging, food, regency, product, firm, year = match.groups()
    return Pirt(packaging, food, regency, product, firm, 2000 + int(year))


def halal(text: str) -> str | None:
    """'ID' and digits; a KH number is no certificate."""
    found = _BETWEEN.sub("", text).upper()
    return found if _HALAL.fullmatch(found) and found.isascii() else None
