"""The table of the 24 villages (desa and kelurahan) of Kota Batu, with their codes and spellings.

There are two numberings. Kemendagri: kecamatan Batu .01, Bumiaji .02, Junrejo .03; BPS: Batu 010, Junrejo 020,
Bumiaji 030. The fourth group tells them apart: 1xxx and 2xxx are Kemendagri codes, 0xxx BPS codes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

REGENCY = "3579"
"""The code of Kota Batu, in both numberings."""

DISTRICTS: Mapping[str, str] = {"35.79.01": "Batu", "35.79.02": "Bumiaji", "35.79.03": "Junrejo"}
"""Kecamatan by Kemendagri code."""

BOX = (112.4746, -7.9394, 112.5957, -7.7326)
"""West, south, east, north of the city, in degrees."""


@dataclass(frozen=True, slots=True)
class Village:
    """One desa or kelurahan. Positions are WGS84 degrees; the area is that of the Kemendagri boundary."""

    code: str
    """Kemendagri code with dots; the key of the village in the whole system."""
    name: str
    district: str
    bps: str
    """BPS code, ten digits."""
    spellings: tuple[str, ...]
    """Other ways of writing the name; case, blanks and hyphens do not matter."""
    office_lat: float
    office_lon: float
    inside_lat: float
    """A point well inside, about the middle; the office may be at one end of a long village."""
    inside_lon: float
    kind: str
    """Desa or Kelurahan."""
    area_km2: float


# fmt: off
VILLAGES: tuple[Village, ...] = (
    Village(
        "35.79.01.1001", "Temas", "Batu", "3579010002", (),
        -7.877516, 112.541415, -7.878791, 112.542957, "Kelurahan", 3.422,
    ),
    Village(
        "35.79.01.1002", "Ngaglik", "Batu", "3579010004", ("Ngaglek",),
        -7.877572, 112.518332, -7.886268, 112.515411, "Kelurahan", 5.179,
    ),
    Village(
        "35.79.01.1003", "Songgokerto", "Batu", "3579010006", ("Songgo Kerto",),
        -7.864769, 112.505861, -7.872275, 112.494337, "Kelurahan", 6.788,
    ),
    Village(
        "35.79.01.1004", "Sisir", "Batu", "3579010003", (),
        -7.869642, 112.527647, -7.876309, 112.528995, "Kelurahan", 5.099,
    ),
    Village(
        "35.79.01.2005", "Sumberejo", "Batu", "3579010007", ("Sumber Rejo", "Sumber Ejo"),
        -7.858531, 112.512885, -7.854056, 112.511264, "Desa", 2.885,
    ),
    Village(
        "35.79.01.2006", "Oro-oro Ombo", "Batu", "3579010001", ("Orooro Ombo", "Oro2 Ombo", "Oro Ombo"),
        -7.894413, 112.533606, -7.905663, 112.511344, "Desa", 11.77,
    ),
    Village(
        "35.79.01.2007", "Sidomulyo", "Batu", "3579010008", ("Sido Mulyo",),
        -7.850396, 112.528082, -7.853191, 112.524883, "Desa", 2.504,
    ),
    Village(
        "35.79.01.2008", "Pesanggrahan", "Batu", "3579010005", ("Pasanggrahan", "Pesanggerahan"),
        -7.873035, 112.513955, -7.882359, 112.500245, "Desa", 6.62,
    ),
    Village(
        "35.79.02.2001", "Punten", "Bumiaji", "3579030005", (),
        -7.837914, 112.527882, -7.831652, 112.524006, "Desa", 2.559,
    ),
    Village(
        "35.79.02.2002", "Gunungsari", "Bumiaji", "3579030004", ("Gunung Sari",),
        -7.842335, 112.515123, -7.840606, 112.508593, "Desa", 6.701,
    ),
    Village(
        "35.79.02.2003", "Tulungrejo", "Bumiaji", "3579030006", ("Tulung Rejo",),
        -7.825835, 112.52993, -7.795734, 112.520663, "Desa", 33.781,
    ),
    Village(
        "35.79.02.2004", "Sumbergondo", "Bumiaji", "3579030007", ("Sumber Gondo",),
        -7.831801, 112.530459, -7.797814, 112.545287, "Desa", 13.821,
    ),
    Village(
        "35.79.02.2005", "Pandanrejo", "Bumiaji", "3579030001", ("Pandan Rejo",),
        -7.864562, 112.539836, -7.851887, 112.554849, "Desa", 3.756,
    ),
    Village(
        "35.79.02.2006", "Bumiaji", "Bumiaji", "3579030002", (),
        -7.857435, 112.538494, -7.821695, 112.561688, "Desa", 8.293,
    ),
    Village(
        "35.79.02.2007", "Giripurno", "Bumiaji", "3579030008", ("Giri Purno",),
        -7.864583, 112.559063, -7.835717, 112.567408, "Desa", 9.081,
    ),
    Village(
        "35.79.02.2008", "Bulukerto", "Bumiaji", "3579030003", ("Bulu Kerto",),
        -7.847222, 112.532306, -7.814595, 112.552352, "Desa", 12.7,
    ),
    Village(
        "35.79.02.2009", "Sumberbrantas", "Bumiaji", "3579030009", ("Sumber Brantas", "Sumber Berantas"),
        -7.765302, 112.529532, -7.754419, 112.54541, "Desa", 29.17,
    ),
    Village(
        "35.79.03.1001", "Dadaprejo", "Junrejo", "3579020007", ("Dadap Rejo",),
        -7.912059, 112.578827, -7.910671, 112.572868, "Kelurahan", 1.934,
    ),
    Village(
        "35.79.03.2002", "Beji", "Junrejo", "3579020005", (),
        -7.891578, 112.549021, -7.895692, 112.550816, "Desa", 3.146,
    ),
    Village(
        "35.79.03.2003", "Junrejo", "Junrejo", "3579020002", ("Jun Rejo",),
        -7.911235, 112.560096, -7.909853, 112.554838, "Desa", 4.276,
    ),
    Village(
        "35.79.03.2004", "Tlekung", "Junrejo", "3579020001", (),
        -7.911492, 112.538854, -7.921185, 112.519782, "Desa", 11.498,
    ),
    Village(
        "35.79.03.2005", "Mojorejo", "Junrejo", "3579020003", ("Mojo Rejo",),
        -7.902401, 112.562603, -7.900217, 112.566099, "Desa", 1.929,
    ),
    Village(
        "35.79.03.2006", "Pendem", "Junrejo", "3579020006", (),
        -7.901834, 112.581799, -7.898164, 112.582471, "Desa", 3.957,
    ),
    Village(
        "35.79.03.2007", "Torongrejo", "Junrejo", "3579020004", ("Torong Rejo",),
        -7.887426, 112.559146, -7.886548, 112.561567, "Desa", 3.287,
    ),
)
# fmt: on
"""In the order of their codes."""

by_code: Mapping[str, Village] = {v.code: v for v in VILLAGES}

_ADMIN_WORD = re.compile(r"^\s*(desa|kelurahan|kel|ds|ds\.|kel\.)[\s.]+", re.IGNORECASE)
_CODE = re.compile(r"^(?:ID)?(\d[\d.\s-]*\d)$", re.IGNORECASE)


def _key(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def code_digits(text: str) -> str | None:
    """The digits of what is written as an administrative code (`35.79.01.1001`, `ID3579010002`), else None."""
    found = _CODE.match(text.strip())
    return re.sub(r"\D", "", found[1]) if found else None


def _names() -> dict[str, Village]:
    names = {_key(spelling): v for v in VILLAGES for spelling in (v.name, *v.spellings)}
    return names | {_key(v.code): v for v in VILLAGES} | {v.bps: v for v in VILLAGES}


_BY_NAME = _names()


@lru_cache(maxsize=256)
def village_named(text: str | None) -> Village | None:
    """The village that a code of either numbering or a name in any spelling means; None when there is none.

    `Kelurahan`, `Desa` and their short forms may come before it, and `, Kecamatan ...` after it.
    A kecamatan is not a village: `Kecamatan Bumiaji` is None, `Bumiaji` the desa.
    """
    if not text:
        return None
    digits = code_digits(text)
    if digits is not None:
        return _BY_NAME.get(digits)
    name = _ADMIN_WORD.sub("", text.split(",")[0])
    return _BY_NAME.get(_key(name))
