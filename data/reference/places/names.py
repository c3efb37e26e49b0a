"""Finds the village or kecamatan that a text names: `Jl. Diponegoro 5, Kel. Sisir, Kec. Batu`.

The rules, from the strongest:

- A name after `desa` or `kelurahan` has more weight than a bare name, and a bare name more than a misspelt one; the
  largest weight counts. Two villages of equal weight give no village, only their kecamatan if they share it: there is
  no guess between two. In sentences a bare name counts as much: `Desa Beji bersih, Sidomulyo kotor` gives no village.
- A name after `jalan`, `gang`, `raya` is a street; a name after `ke`, `arah`, `dari`, `dekat`, or after `bukan`,
  `selain`, `seperti`, is another place. After `pak`, `toko`, `bakso`, and before `jaya`, `permai`, it is the name of a
  person, a firm or a product. `TPA Tlekung` in a sentence is mostly the cause of something elsewhere.
- `Kecamatan` with a name is a kecamatan. A bare `Bumiaji` or `Junrejo` may be village or kecamatan, so it gives the
  kecamatan. A bare `Batu` is the city or a stone, never the kecamatan.
- A village outside the kecamatan that is named with it is a contradiction: neither counts.
- Another city, regency or kecamatan (`Kota Malang`, `Kab. Blitar`, `Kec. Pujon`, `Kec. Beji`), also by its bare name
  after one of ours (`Beji, Depok`), means that the place is not in Kota Batu. `Batu, Malang` is. When a `desa` is
  unknown here, a bare name is that of a hamlet: `Dusun Beji, Desa Donowarih`.
- Misspelt names: similarity (rapidfuzz's ratio) of at least MIN_SCORE of 100, and MIN_LEAD ahead of every other
  village; names of up to EXACT_UP_TO letters must be exact. Only words at the place of a name are compared: after
  `desa` or `kecamatan`, or alone between two commas. See `data.reference.places.scanner`.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from data.reference.places.scanner import Mention, Scan
from data.reference.places.spelling import BOTH, NAMES, words_of
from data.reference.places.villages import VILLAGES
from data.reference.places.vocabulary import KINDS, WordKind

LONGEST = 4000
"""The most characters of a text that are read."""


class PlaceProblem(StrEnum):
    """Why no village was found."""

    TWO = "two"
    """Two villages are named with equal weight."""
    CONTRADICTION = "contradiction"
    """The village is not in the kecamatan named with it."""
    ELSEWHERE = "elsewhere"
    """Another city or regency is named."""
    DISTRICT = "district"
    """No more than a kecamatan is named."""
    SILENT = "silent"
    """No place is named."""


class NamedPlace(NamedTuple):
    """The place that a text names."""

    village: str | None = None
    """Kemendagri code."""
    district: str | None = None
    """Kecamatan by name; of a village, its own."""
    street: str = ""
    """A street's name, folded; empty when none is named."""
    problem: PlaceProblem | None = None
    """None when there is a village."""
    mention: Mention | None = None
    """The words by which the village was found."""


NO_PLACE = NamedPlace(problem=PlaceProblem.SILENT)
_PLACE_WORDS = frozenset(NAMES) | {
    word for word, kind in KINDS.items() if kind in (WordKind.VILLAGE, WordKind.DISTRICT)
}
_VILLAGE_AND_DISTRICT = {village.name: village for village in VILLAGES if village.name in BOTH}


def place_in_address(text: str) -> NamedPlace:
    """The place that an address, or the cell of a table, names."""
    return _decide(Scan(words_of(text[:LONGEST])).run())


def place_in_text(text: str) -> NamedPlace:
    """The place that a text of sentences names; streets are ignored."""
    text = text[:LONGEST]
    words = words_of(text)
    if _PLACE_WORDS.isdisjoint(words):
        return NO_PLACE
    return _decide(Scan(words, text).run(), sentences=True)._replace(street="")


def _decide(scan: Scan, *, sentences: bool = False) -> NamedPlace:
    street = " ".join(scan.street)
    if scan.elsewhere:
        return NamedPlace(street=street, problem=PlaceProblem.ELSEWHERE)
    known = bool(scan.districts | scan.ambiguous) or not scan.has_unknown_village  # `Dusun Beji, Desa Donowarih`
    mentions = [each for each in scan.mentions if known or each.weight == 3]
    if not mentions:
        return _only_district(scan, street)
    weight = max(mention.weight for mention in mentions)
    counted = (each for each in mentions if each.weight == weight or (sentences and each.score == 100))
    found = {mention.village.code: mention for mention in counted}
    districts = {mention.village.district for mention in found.values()}
    named = (
        scan.districts | scan.ambiguous if sentences else scan.districts or (scan.ambiguous if weight < 3 else set())
    )
    if len(districts) > 1:
        return NamedPlace(street=street, problem=PlaceProblem.TWO)
    (district,) = districts
    if named - districts:
        return NamedPlace(street=street, problem=PlaceProblem.CONTRADICTION)
    if len(found) > 1:
        return NamedPlace(district=district, street=street, problem=PlaceProblem.TWO)
    ((code, mention),) = found.items()
    return NamedPlace(code, district, street, mention=mention)


def _only_district(scan: Scan, street: str) -> NamedPlace:
    named = scan.districts | scan.ambiguous
    if len(named) > 1:
        return NamedPlace(street=street, problem=PlaceProblem.TWO)
    if not named:
        return NamedPlace(street=street, problem=PlaceProblem.SILENT)
    (district,) = named
    if scan.districts and scan.ambiguous:  # `Bumiaji, Kec. Bumiaji`: the village in its kecamatan
        village = _VILLAGE_AND_DISTRICT[district]
        return NamedPlace(village.code, district, street, mention=Mention(village, 2, district.casefold()))
    return NamedPlace(district=district, street=street, problem=PlaceProblem.DISTRICT)


@lru_cache(maxsize=4096)
def place_in_cell(text: str) -> NamedPlace:
    """`place_in_address` with a cache, for texts that repeat."""
    return place_in_address(text)
