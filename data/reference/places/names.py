"""Which village or kecamatan a text names: `Jl. Diponegoro 5, Kel. Sisir, Kec. Batu`.

The rules, from the strongest:

- A name behind `desa` or `kelurahan` weighs more than a name alone, that more than one misspelt; the heaviest counts.
  Two villages of equal weight are none, but their kecamatan when they share it: never a guess between two.
  In sentences a name alone counts as much: `Desa Beji bersih, Sidomulyo kotor` says neither.
- A name behind `jalan`, `gang`, `raya` is a street's; one behind `ke`, `arah`, `dari`, `dekat` is elsewhere, and so
  is one behind `bukan`, `selain`, `seperti`. Behind `pak`, `toko`, `bakso`, before `jaya`, `permai` it is a person's,
  a firm's, a product's. `TPA Tlekung` in a sentence is mostly the reason of something elsewhere.
- `Kecamatan` with a name is a kecamatan. `Bumiaji` and `Junrejo` alone may be village or kecamatan: the kecamatan is
  true of both. `Batu` alone is the city or a stone, never the kecamatan.
- A village that lies outside the kecamatan named with it contradicts it: neither is believed.
- Another city, regency or kecamatan (`Kota Malang`, `Kab. Blitar`, `Kec. Pujon`, `Kec. Beji`), also by its bare name
  behind ours (`Beji, Depok`): nothing of it is ours. `Batu, Malang` is ours. Behind a `desa` that is none of ours a
  bare name is a hamlet's: `Dusun Beji, Desa Donowarih`.
- Misspelt: similarity (rapidfuzz's ratio) of at least LEAST of 100, and LEAD ahead of every other village; names of
  up to SHORT letters must be exact. Only what stands where a name stands is compared: behind `desa` or `kecamatan`,
  or alone between two commas. See `data.reference.places.scanner`.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from data.reference.places.scanner import Mention, Scan
from data.reference.places.spelling import BOTH, NAMES, words_of
from data.reference.places.villages import VILLAGES
from data.reference.places.vocabulary import KINDS, Word

LONGEST = 4000
"""So many letters of a text are read."""


class Why(StrEnum):
    """Why there is no village."""

    TWO = "two"
    """Two are named equally strongly."""
    CONTRADICTION = "contradiction"
    """The village is not in the kecamatan named with it."""
    ELSEWHERE = "elsewhere"
    """Another city or regency is named."""
    DISTRICT = "district"
    """No more than a kecamatan is named."""
    SILENT = "silent"
    """No place is named."""


class Named(NamedTuple):
    """What a text names."""

    village: str | None = None
    """Kemendagri code."""
    district: str | None = None
    """Kecamatan by name; of a village, its own."""
    street: str = ""
    """A street's name, folded; empty when none is named."""
    why: Why | None = None
    """None when there is a village."""
    mention: Mention | None = None
    """By which words the village was found."""


NOTHING = Named(why=Why.SILENT)
_TELLING = frozenset(NAMES) | {word for word, kind in KINDS.items() if kind in (Word.VILLAGE, Word.DISTRICT)}
_VILLAGE_AND_DISTRICT = {village.name: village for village in VILLAGES if village.name in BOTH}


def named_in(text: str) -> Named:
    """What an address, or the cell of a table, names."""
    return _decided(Scan(words_of(text[:LONGEST])).run())


def told_in(text: str) -> Named:
    """What a text of sentences names; its streets are not told."""
    text = text[:LONGEST]
    words = words_of(text)
    if _TELLING.isdisjoint(words):
        return NOTHING
    return _decided(Scan(words, text).run(), sentences=True)._replace(street="")


def _decided(scan: Scan, *, sentences: bool = False) -> Named:
    street = " ".join(scan.street)
    if scan.elsewhere:
        return Named(street=street, why=Why.ELSEWHERE)
    known = bool(scan.districts | scan.loose) or not scan.stranger  # `Dusun Beji, Desa Donowarih`
    mentions = [each for each in scan.mentions if known or each.weight == 3]
    if not mentions:
        return _only_district(scan, street)
    weight = max(mention.weight for mention in mentions)
    counted = (each for each in mentions if each.weight == weight or (sentences and each.score == 100))
    found = {mention.village.code: mention for mention in counted}
    districts = {mention.village.district for mention in found.values()}
    named = scan.districts | scan.loose if sentences else scan.districts or (scan.loose if weight < 3 else set())
    if len(districts) > 1:
        return Named(street=street, why=Why.TWO)
    (district,) = districts
    if named - districts:
        return Named(street=street, why=Why.CONTRADICTION)
    if len(found) > 1:
        return Named(district=district, street=street, why=Why.TWO)
    ((code, mention),) = found.items()
    return Named(code, district, street, mention=mention)


def _only_district(scan: Scan, street: str) -> Named:
    named = scan.districts | scan.loose
    if len(named) > 1:
        return Named(street=street, why=Why.TWO)
    if not named:
        return Named(street=street, why=Why.SILENT)
    (district,) = named
    if scan.districts and scan.loose:  # `Bumiaji, Kec. Bumiaji`: the village in its kecamatan
        village = _VILLAGE_AND_DISTRICT[district]
        return Named(village.code, district, street, mention=Mention(village, 2, district.casefold()))
    return Named(district=district, street=street, why=Why.DISTRICT)


@lru_cache(maxsize=4096)
def cell(text: str) -> Named:
    """`named_in` for texts that come again and again."""
    return named_in(text)
