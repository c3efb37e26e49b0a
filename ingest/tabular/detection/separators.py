"""By which sign a CSV file separates its columns: the one with which its first lines are a table, with the evidence."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from ingest.tabular.detection.header import header_place
from ingest.tabular.readers.csv_table import DELIMITERS, BrokenTable, head_records
from ingest.tabular.readers.model import Delimiter

_NAMES: dict[Delimiter, str] = {"comma": "koma", "semicolon": "titik koma", "tab": "tab", "pipe": "garis tegak"}


class Separated(NamedTuple):
    """A guess."""

    delimiter: Delimiter
    records: list[list[str]]
    """The first lines, separated."""
    said: str
    """Why: a sentence in Bahasa Indonesia."""


def separated(head: list[str]) -> Separated:
    """The best guess; a comma for a table of one column. Raises BrokenTable when no guess leads to a table."""
    best: tuple[float, Separated] | None = None
    for delimiter, name in _NAMES.items():
        try:
            found = head_records(head, DELIMITERS[delimiter])
        except BrokenTable:
            if best is None and delimiter == "pipe":
                raise
            continue
        full = [cells for cells in found if any(cell.strip() for cell in cells)]
        width, often = Counter(len(cells) for cells in full).most_common(1)[0] if full else (0, 0)
        points = header_place(found).points + (often / len(full) * min(width, 10) if width > 1 else 0)
        said = f"Pemisah {name}: {often} dari {len(full)} baris pertama berisi {width} kolom."
        if best is None or points > best[0]:
            best = points, Separated(delimiter, found, said)
    assert best is not None
    return best[1]
