"""Identifies the village of a feature in a boundary file: by codes of either numbering, else by name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from data.reference.boundaries.findings import printable
from data.reference.places.villages import DISTRICTS, REGENCY, Village, code_digits, village_named

_NAME_KEYS = frozenset(
    {
        "nama", "name", "namobj", "wadmkd", "desa", "kelurahan", "namadesa", "nmdesa", "namakel", "namakelurahan",
        "desakelurahan", "keldesa", "desakel", "village", "villagename", "adm4en", "adm4id", "adm4name", "name4",
        "namakeldesa", "nmkeldesa",
    }
)  # fmt: skip
_REGENCY_KEYS = frozenset(
    {
        "kabupaten", "kota", "kabkota", "kabkot", "wadmkk", "regency", "adm2en", "adm2id", "adm2name", "name2",
        "namakab", "nmkab", "namakabkota",
    }
)  # fmt: skip
_DISTRICT_KEYS = frozenset(
    {
        "kecamatan", "wadmkc", "district", "adm3en", "adm3id", "adm3name", "name3", "namakec", "nmkec",
    }
)  # fmt: skip
_CODE_KEY = re.compile(r"kode|code|^kd|^id|bps|kemendagri|wilayah")
_CODE_LENGTHS = frozenset({4, 6, 7, 10})
"""Digits of the codes of a regency, a kecamatan (Kemendagri, BPS) and a village."""
_FOREST = re.compile(r"^(ke|kawasan )?hutan|^tahura|^taman hutan|^perhutani|^forest", re.IGNORECASE)
_BPS_DISTRICTS = {"3579010": "Batu", "3579020": "Junrejo", "3579030": "Bumiaji"}


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity of a feature: a village, forest, of another regency, or (with `fault`) unknown."""

    label: str
    """Its name or code for messages, may be empty."""
    village: Village | None = None
    forest: bool = False
    foreign: bool = False
    district: str = ""
    """Of forest: the kecamatan, empty when unknown."""
    fault: str = ""


def identify(properties: Mapping[str, object]) -> Identity:
    """Identifies a feature by its properties; all codes and names in them must mean the same village.

    An unknown name (a hamlet, a misspelling) does not contradict a code; a name does not correct an unknown code.
    """
    texts = list(_texts(properties))
    codes = {digits for _, text in texts if (digits := code_digits(text)) and _is_of_batu(digits)}
    names = [text for key, text in texts if key in _NAME_KEYS]
    label = printable(next(iter(names), next(iter(sorted(codes)), "")))
    if not codes and _elsewhere(texts):
        return Identity(label, foreign=True)
    found = _villages({*codes, *names}) if _villages(codes) or not codes else []
    if len(found) == 1:
        return Identity(label, village=found[0])
    if len(found) > 1:
        meant = " and ".join(f"{village.name} ({village.code})" for village in found)
        return Identity(label, fault=f"its codes and names mean different villages: {meant}")
    if any(_forest_code(code) for code in codes) or (not codes and any(_FOREST.match(name) for name in names)):
        return Identity(label, forest=True, district=_district(texts, codes))
    return Identity(label, fault=_unknown(codes, names))


def _texts(properties: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Every property that may be a code or a name: (key reduced to letters and digits, text)."""
    for key, value in properties.items():
        short = "".join(letter for letter in str(key).casefold() if letter.isalnum())
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**12:
            yield short, str(value)
        elif isinstance(value, str) and value.strip():
            yield short, value.strip()[:200]


def _is_of_batu(digits: str) -> bool:
    return len(digits) == 10 and digits.startswith(REGENCY)


def _forest_code(digits: str) -> bool:
    """BPS numbers the forest of each kecamatan 999."""
    return digits[:7] in _BPS_DISTRICTS and digits[7:] == "999"


def _villages(texts: set[str]) -> list[Village]:
    found = {village.code: village for text in texts if (village := village_named(text))}
    return [found[code] for code in sorted(found)]


def _elsewhere(texts: list[tuple[str, str]]) -> bool:
    """True when a code or a regency's name says that this is not Kota Batu."""
    for key, text in texts:
        digits = code_digits(text) if _CODE_KEY.search(key) else None
        if digits and len(digits) in _CODE_LENGTHS and not digits.startswith(REGENCY):
            return True
        if key in _REGENCY_KEYS and re.sub(r"^kota\s+", "", text.casefold()) != "batu":
            return True
    return False


def _district(texts: list[tuple[str, str]], codes: set[str]) -> str:
    given = [text.title() for key, text in texts if key in _DISTRICT_KEYS]
    by_code = [_BPS_DISTRICTS[code[:7]] for code in codes if code[:7] in _BPS_DISTRICTS]
    return next((name for name in (*given, *by_code) if name in DISTRICTS.values()), "")


def _unknown(codes: set[str], names: list[str]) -> str:
    if codes:
        return f"code {', '.join(sorted(codes))} is no village of Kota Batu"
    if names:
        return f"{', '.join(printable(name) for name in names)} is no village of Kota Batu"
    return "has neither a code nor a name of a village among its properties"
