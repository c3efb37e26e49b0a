"""The warnings in force as boards show them, and how their area is named in few words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from data.domain.warnings.nouns import PublicWarning


class VillageName(NamedTuple):
    """A village's own name, and its kecamatan's."""

    name: str
    district: str


@dataclass(frozen=True, slots=True)
class WarningOverlay:
    """warning_overlay: what is in force, the gravest first. Which of it a screen shows is told by the rules."""

    as_of: datetime
    warnings: tuple[PublicWarning, ...]
    villages: Mapping[str, VillageName]
    """Every village of the city, by code."""


class NamedArea(NamedTuple):
    """An area in few words."""

    is_whole_city: bool
    districts: tuple[str, ...] = ()
    """Kecamatan of which every village is touched."""
    villages: tuple[str, ...] = ()
    """The others."""


def named_area(codes: Sequence[str], every: Mapping[str, VillageName]) -> NamedArea:
    """Whole kecamatan by their names, the other villages by theirs."""
    touched = [code for code in every if code in set(codes)]
    if len(touched) == len(every):
        return NamedArea(True)
    whole = [
        district
        for district in dict.fromkeys(each.district for each in every.values())
        if all(code in touched for code, each in every.items() if each.district == district)
    ]
    villages = tuple(every[code].name for code in touched if every[code].district not in whole)
    return NamedArea(False, tuple(whole), villages)
