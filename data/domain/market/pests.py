"""Which reports and questions tell of pests and diseases of plants and animals, by the words of farmers."""

from __future__ import annotations

import re
from collections.abc import Mapping

PESTS: Mapping[str, tuple[str, ...]] = {
    "fruit_fly": ("lalat buah",),
    "aphid": ("kutu", "thrips", "trip", "kutu kebul", "kutu daun", "kutu putih", "wereng"),
    "caterpillar": ("ulat", "penggerek", "uret", "gayas"),
    "mite": ("tungau",),
    "rot": ("busuk", "hawar", "phytophthora"),
    "spots": ("bercak", "antraknosa", "patek", "embun tepung", "embun jelaga", "karat daun", "kudis"),
    "wilt": ("layu", "fusarium", "moler"),
    "curl": ("virus", "gemini", "bule", "mosaik"),
    "rodent": ("tikus",),
    "livestock": ("pmk", "mulut dan kuku", "mulut kuku", "lumpy", "lsd", "antraks", "mencret", "keguguran"),
    "other": ("hama", "penyakit", "serangan", "diserang"),
}
"""By code; of a text that tells of several, the first one here counts."""
_WORDS = {pest: re.compile(rf"\b(?:{'|'.join(words)})\b") for pest, words in PESTS.items()}


def pest_of(text: str) -> str | None:
    """The code of the pest that a text tells of; None: it tells of none."""
    plain = text.casefold()
    return next((pest for pest, words in _WORDS.items() if words.search(plain)), None)
