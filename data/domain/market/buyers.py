"""The same buyer under several names: same telephone or device, or a name that is nearly the same."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

Alike = Callable[[Sequence[str]], Iterable[tuple[int, int]]]
"""Which of these names, by their places, are nearly the same."""
_TITLES = frozenset({"pak", "bu", "bapak", "ibu", "haji", "hj", "h", "ud", "cv", "pt", "toko", "tb", "tbk"})


class Sign(StrEnum):
    """Why two names may be one buyer's."""

    TELEPHONE = "telephone"
    DEVICE = "device"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Buyer:
    """One account."""

    id: str
    name: str
    telephone: str | None = None
    """Whatever was typed, or a digest of it."""
    device: str | None = None


@dataclass(frozen=True, slots=True)
class SameBuyer:
    """Accounts that may be one buyer."""

    buyers: tuple[Buyer, ...]
    """By id."""
    signs: tuple[Sign, ...]


def plain_telephone(typed: str) -> str:
    """Digits only; 0812.., 62812.. and +62 812.. are one telephone."""
    digits = re.sub(r"\D", "", typed)
    return "0" + digits[2:] if digits.startswith("62") else digits


def plain_name(typed: str) -> str:
    """Small letters without signs, titles and forms of companies, the words in alphabetical order."""
    bare = unicodedata.normalize("NFKD", typed).casefold()
    words = re.findall(r"[a-z0-9]+", bare)
    return " ".join(sorted(word for word in words if word not in _TITLES) or sorted(words))


def same_buyers(buyers: Iterable[Buyer], alike: Alike) -> list[SameBuyer]:
    """The groups of two and more; those with the most accounts first."""
    known = sorted(buyers, key=lambda each: each.id)
    parent = {each.id: each.id for each in known}
    signs: list[tuple[str, Sign]] = []
    for one, other, sign in [*_shared(known), *_named_alike(known, alike)]:
        parent[_root(parent, other)] = _root(parent, one)
        signs.append((one, sign))
    members: dict[str, list[Buyer]] = defaultdict(list)
    for each in known:
        members[_root(parent, each.id)].append(each)
    why: dict[str, set[Sign]] = defaultdict(set)
    for one, sign in signs:
        why[_root(parent, one)].add(sign)
    groups = [
        SameBuyer(tuple(group), tuple(sign for sign in Sign if sign in why[root])) for root, group in members.items()
    ]
    return sorted(
        (each for each in groups if len(each.buyers) > 1), key=lambda each: (-len(each.buyers), each.buyers[0].id)
    )


def _root(parent: dict[str, str], one: str) -> str:
    while parent[one] != one:
        parent[one] = parent[parent[one]]
        one = parent[one]
    return one


def _shared(buyers: Sequence[Buyer]) -> list[tuple[str, str, Sign]]:
    first: dict[tuple[Sign, str], str] = {}
    found = []
    for each in buyers:
        telephone = plain_telephone(each.telephone) if each.telephone else ""
        for sign, value in ((Sign.TELEPHONE, telephone or each.telephone), (Sign.DEVICE, each.device)):
            if value and (earlier := first.setdefault((sign, value), each.id)) != each.id:
                found.append((earlier, each.id, sign))
    return found


def _named_alike(buyers: Sequence[Buyer], alike: Alike) -> list[tuple[str, str, Sign]]:
    named = [each for each in buyers if each.name.strip()]
    pairs = alike([plain_name(each.name) for each in named])
    return [(named[one].id, named[other].id, Sign.NAME) for one, other in pairs]
