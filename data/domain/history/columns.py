"""Cases as columns, as known at a number of the change feed: what every figure of a period is
computed from.

A column is a numpy array with one value a case, in the order of the cases' ids. Moments are epoch seconds in uint32
with NONE where nothing happened; what has a name is a code into `Names`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import IntEnum
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.domain.cases.model import CaseState

Flags = NDArray[np.bool_]
Moments = NDArray[np.uint32]
Codes = NDArray[np.uint16]
Small = NDArray[np.uint8]
Hashes = NDArray[np.uint64]

NONE = 0
"""In a column of moments: it has not happened. As a code: it has no name (see `Names`)."""
UNKNOWN_S = 2**32 - 1
"""In a column of durations: nobody knows how long, or it is not over."""
OUTSIDE_S = 2**32 - 2
"""Of an answer: given outside the working hours before any working time had passed, which tells no pace."""

NOTHING_SAID, ERASED = 0, 1
"""In a column of what was said: nothing was; it was erased, so that nobody can tell any more."""

_NO_LETTERS = re.compile(r"[\W\d_]+")

STATES = tuple(CaseState)
"""`state` is the place in here."""


class End(IntEnum):
    """How a cycle ended."""

    OPEN = 0
    RESOLVED = 1
    CLOSED = 2
    """Without a resolution."""
    REJECTED = 3
    MERGED = 4


class Verdict(IntEnum):
    """What became of the first answer that a cycle owed: see `data.domain.sla.answers`."""

    NONE = 0
    """None is owed, or none yet."""
    WAITING = 1
    """It is not due yet, and there is none."""
    MET = 2
    MISSED = 3
    UNDATED = 4
    """Owed, and nobody knows when it was given or since when: of a share it is in the denominator only."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names behind the codes; the first of each table is '', for none."""

    source: tuple[str, ...] = ("",)
    category: tuple[str, ...] = ("",)
    agency: tuple[str, ...] = ("",)
    village: tuple[str, ...] = ("",)
    district: tuple[str, ...] = ("",)
    service_class: tuple[str, ...] = ("",)
    policy: tuple[str, ...] = ("",)
    """code:version."""
    reason: tuple[str, ...] = ("",)
    """Of pauses."""

    def codes(self, table: str, names: Mapping[str, object] | frozenset[str] | tuple[str, ...]) -> Codes:
        """The codes of those of the names that the table has."""
        known: tuple[str, ...] = getattr(self, table)
        return np.array([code for code, name in enumerate(known) if name in names], dtype=np.uint16)


@dataclass(frozen=True, slots=True)
class FormerColumns:
    """The cycles before the present one of reopened cases, one row each."""

    row: NDArray[np.uint32]
    """The case, as a place in CaseColumns."""
    started: Moments
    dispatched: Moments
    answered: Moments
    verify_due: Moments
    answer_due: Moments
    resolve_due: Moments
    limit_due: Moments
    """The limit of the service class."""
    finished: Moments
    """The resolution, else the end."""
    end: Small
    undated: Small
    answer_worked: NDArray[np.uint32]

    def __len__(self) -> int:
        return len(self.row)


@dataclass(frozen=True, slots=True)
class PauseColumns:
    """The pauses of all cycles, one row each."""

    row: NDArray[np.uint32]
    """The case, as a place in CaseColumns."""
    agency: Codes
    """Who held the case in it."""
    reason: Codes
    since: Moments
    until: Moments
    """When it was ended or reaches its cap; NONE: it runs and has no cap."""

    def __len__(self) -> int:
        return len(self.row)


@dataclass(frozen=True, slots=True)
class CaseColumns:
    """One row a case, as known at `seq`; of a reopened case the present cycle, the others are in `former`."""

    seq: int
    """The change's number."""
    at: int
    """The moment of that number, epoch seconds: what runs is measured until then."""
    names: Names
    former: FormerColumns
    pauses: PauseColumns
    id: NDArray[np.uint32]
    source: Codes
    category: Codes
    agency: Codes
    """Who holds it or held it last; the triage queue is one of them."""
    village: Codes
    district: Codes
    """The kecamatan, by the village or as far as it is known."""
    service_class: Codes
    policy: Codes
    private: Flags
    """It is private, or was by then."""
    state: Small
    """A place in STATES."""
    received: Moments
    verified: Moments
    """Verified, or dispatched, whichever came first."""
    started: Moments
    """The receipt, or the last reopening."""
    dispatched: Moments
    """In this cycle."""
    acknowledged: Moments
    answered: Moments
    """First answer by a person in this cycle."""
    first_answer: Moments
    """The first answer ever that has a date; NONE of a case whose first answer has none."""
    resolved: Moments
    finished: Moments
    """The resolution, else the end; NONE of an open case."""
    end: Small
    """End."""
    verify_due: Moments
    answer_due: Moments
    """When this cycle's first answer is or was due, whatever became of the case; NONE: none is owed."""
    resolve_due: Moments
    limit_due: Moments
    """The limit of the service class."""
    next_due: Moments
    """Of the citizen's running clock that is due first."""
    next_warn: Moments
    paused_since: Moments
    """NONE: it does not wait."""
    paused_until: Moments
    """When that pause reaches its cap; NONE: it has none, or it does not wait."""
    promised: Moments
    """Until when its source has promised it."""
    answer_worked: NDArray[np.uint32]
    """Working seconds from dispatch to answer in this cycle; UNKNOWN_S, OUTSIDE_S."""
    paused: NDArray[np.uint32]
    """Calendar seconds of the pauses in all cycles that are over."""
    has_pauses: Flags
    """It was paused at some time."""
    undated: Small
    """Undated, of this cycle."""
    reopened: Small
    """How often."""
    rating: Small
    """The last one, 1 to 5; 0: none."""
    said: Hashes
    """What a person said last when answering or ending this cycle: see `what_is_said`; NOTHING_SAID, ERASED."""
    first_seq: NDArray[np.uint32]
    """The number with which it came; 0: before the store kept numbers."""
    last_seq: NDArray[np.uint32]
    """The number of its last change."""

    def __len__(self) -> int:
        return len(self.id)

    def rows_of(self, ids: NDArray[np.uint32]) -> NDArray[np.intp]:
        """The rows of these cases, which must be known."""
        return np.searchsorted(self.id, ids)


def without_private_places(columns: CaseColumns) -> CaseColumns:
    """The same, but of private cases neither village nor kecamatan is known: a count of one would tell of it."""
    if not columns.private.any():
        return columns
    village, district = (np.where(columns.private, NONE, each) for each in (columns.village, columns.district))
    return replace(columns, village=village.astype(np.uint16), district=district.astype(np.uint16))


def array_fields(kind: type) -> dict[str, np.dtype[Any]]:
    """The columns of one of these tables with their types, in order."""
    of_hint = {
        "Flags": np.bool_,
        "Small": np.uint8,
        "Codes": np.uint16,
        "Moments": np.uint32,
        "Hashes": np.uint64,
        "NDArray[np.uint32]": np.uint32,
    }
    return {each.name: np.dtype(of_hint[each.type]) for each in fields(kind) if each.type in of_hint}


def what_is_said(text: str) -> int:
    """A number that is the same for texts that differ in case, digits, blanks and punctuation only; NOTHING_SAID for
    blanks. An empty text is one that was erased."""
    if not text.strip():
        return NOTHING_SAID if text else ERASED
    letters = _NO_LETTERS.sub("", text.casefold()) or text
    return int.from_bytes(blake2b(letters.encode(errors="replace"), digest_size=8).digest(), "big") | 2


def verdicts(due: Moments, answered: Moments, undated: Small, at: int) -> Small:
    """The Verdict of each answer at a moment; see `data.domain.sla.answers` for what is owed."""
    met = (answered != NONE) & (answered <= due)
    late_or_none = ~met & (due <= at)
    found = np.full(len(due), int(Verdict.WAITING), dtype=np.uint8)
    found[met] = Verdict.MET
    found[late_or_none] = Verdict.MISSED
    unsure = (undated & 3).astype(bool) & (answered != NONE)
    found[unsure] = Verdict.UNDATED
    found[due == NONE] = Verdict.NONE
    return found
