"""What is known so far of a table's columns, and what stands in its first rows, for rules that compare columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from data.domain.reasons import Reason
from ingest.tabular.detection.vocabulary import PERSONS, plain
from ingest.tabular.proposal.evidence.column_content import Column

Cells = Mapping[str, Sequence[str]]
"""By column the texts of the first rows; '' for an empty cell and for words that mean nothing."""


class Match(NamedTuple):
    """A column's field."""

    column: str
    field: str
    confidence: float
    """0 to 1."""
    reason: Reason


@dataclass(frozen=True, slots=True)
class Roles:
    """Columns and the fields that they were given; grows."""

    evidence: Mapping[str, Column]
    cells: Cells
    matches: dict[str, Match]
    """By field."""

    def free(self) -> Iterator[str]:
        """Columns that hold something, are no field yet, and are not about the reporter."""
        taken = {match.column for match in self.matches.values()}
        names = (name for name, column in self.evidence.items() if column.filled and name not in taken)
        return (name for name in names if PERSONS.isdisjoint(plain(name).split()))

    def column(self, field: str) -> str | None:
        """The column of a field."""
        match = self.matches.get(field)
        return match.column if match is not None else None

    def give(self, field: str, column: str | None, confidence: float, why: Reason) -> None:
        """Make a column a field that has none yet; nothing without a column."""
        if column is not None and field not in self.matches:
            self.matches[field] = Match(column, field, confidence, why)


def share(flags: Sequence[bool]) -> float:
    """Of those that hold; 0 of none."""
    return sum(flags) / len(flags) if flags else 0.0
