"""A title for a report that has none: its first sentence or line, as long as a wall can show."""

from __future__ import annotations

import re

_ADDRESSES = ("ds", "dsn", "gg", "jl", "jln", "kab", "kec", "kel", "no", "rt", "rw")
_PERSONS = (
    "bpk", "brigjen", "dr", "drs", "hj", "hm", "ir", "jend", "kapt", "kh", "kol", "letjen", "mayjen", "moh", "prof",
    "sdr", "wr",
)  # fmt: skip
_SHORTENED = (*_ADDRESSES, *_PERSONS, "tgl", r"[^\W\d_]")
"""Words, and single letters, that have a full stop and end no sentence: Jl. Ir. Soekarno No. 5, Jl. A. Yani."""
_GOES_ON = "".join(rf"(?<!\b{word}\.)" for word in _SHORTENED)
_SENTENCE = re.compile(rf"[\r\n]|(?<=[.!?]){_GOES_ON}\s", re.IGNORECASE)


def headline(text: str, most: int) -> str:
    """The first sentence or line of a text, in at most `most` characters; "" of an empty text."""
    first = _SENTENCE.split(text.strip(), maxsplit=1)[0]
    return first if len(first) <= most else first[: most - 1].rsplit(" ", 1)[0] + "…"
