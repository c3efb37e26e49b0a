"""The delimiter of a CSV file: the one with which its first lines are a table, with the evidence."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from data.domain.reasons import Reason, reason
from ingest.tabular.detection.header import header_place
from ingest.tabular.readers.csv_table import DELIMITERS, BrokenTable, head_records
from ingest.tabular.readers.model import Delimiter

_CHOICES: tuple[Delimiter, ...] = ("comma", "semicolon", "tab", "pipe")


class DelimiterGuess(NamedTuple):
    """A guess."""

    delimiter: Delimiter
    records: list[list[str]]
    """The first lines, separated."""
    evidence: Reason


def guess_delimiter(head: list[str]) -> DelimiterGuess:
    """A comma for a table of one column. Raises BrokenTable when no delimiter leads to a table."""
    best: tuple[float, DelimiterGuess] | None = None
    for delimiter in _CHOICES:
        try:
            found = head_records(head, DELIMITERS[delimiter])
        except BrokenTable:
            if best is None and delimiter == "pipe":
                raise
            continue
        full = [cells for cells in found if any(cell.strip() for cell in cells)]
        width, often = Counter(len(cells) for cells in full).most_common(1)[0] if full else (0, 0)
        points = header_place(found).points + (often / len(full) * min(width, 10) if width > 1 else 0)
        if best is None or points > best[0]:
            name, counts = reason(f"form.delimiter_name.{delimiter}"), {"often": often, "records": len(full)}
            evidence = reason("form.delimiter", delimiter=name, width=width, **counts)
            best = points, DelimiterGuess(delimiter, found, evidence)
    assert best is not None
    return best[1]
