"""Two lists of the same reports, ours and the national platform's (SP4N-LAPOR!), laid side by side by number.

Number, class and status there are compared with case, class and state here. Nothing is changed by it: people are told
what to look into. A number that stands on several cases (one came by Among Warga, one with the export) is found with
all of them, and agrees when one of them agrees.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from data.domain.cases.model import CaseState


class Stage(StrEnum):
    """How far a report is, in SP4N's words; the value is the word."""

    UNVERIFIED = "belum terverifikasi"
    IN_PROCESS = "dalam proses"
    PENDING = "menunggu pelapor"
    """Asked back, before or after it was passed on: agrees with both. Only a status is so."""
    DONE = "selesai"
    ARCHIVED = "diarsipkan"
    """Rejected, not ours: nothing will be done."""


STAGE_OF: Mapping[CaseState, Stage] = {
    CaseState.RECEIVED: Stage.UNVERIFIED,
    CaseState.DISPATCHED: Stage.IN_PROCESS,
    CaseState.ACKNOWLEDGED: Stage.IN_PROCESS,
    CaseState.IN_PROGRESS: Stage.IN_PROCESS,
    CaseState.WAITING: Stage.IN_PROCESS,
    CaseState.RESOLVED: Stage.DONE,
    CaseState.CLOSED: Stage.DONE,
    CaseState.REJECTED: Stage.ARCHIVED,
}
"""A merged case is as far as the one that speaks for it."""

_WORDS: Sequence[tuple[str, Stage]] = (
    ("belum terverifikasi", Stage.UNVERIFIED),
    ("belum diverifikasi", Stage.UNVERIFIED),
    ("menunggu verifikasi", Stage.UNVERIFIED),
    ("arsip", Stage.ARCHIVED),
    ("bukan wewenang", Stage.ARCHIVED),
    ("bukan kewenangan", Stage.ARCHIVED),
    ("belum selesai", Stage.IN_PROCESS),
    ("selesai", Stage.DONE),
    ("ditutup", Stage.DONE),
    ("proses", Stage.IN_PROCESS),
    ("terverifikasi", Stage.IN_PROCESS),
    ("disposisi", Stage.IN_PROCESS),
    ("tunda", Stage.PENDING),
    ("menunggu", Stage.PENDING),
    ("ditindaklanjuti", Stage.IN_PROCESS),
)
"""The first that a status contains says its stage."""


def stage_of_status(status: str | None) -> Stage | None:
    """The stage that a status of the platform means; None for none and for one that nobody knows."""
    folded = " ".join((status or "").casefold().split())
    return next((stage for word, stage in _WORDS if word in folded), None)


_THOUSANDS = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*")
_WHOLE = re.compile(r"(\d+)(?:[.,]0+)?")
_EXPONENT = re.compile(r"(\d)[.,](\d+)E\+?0*(\d+)", re.IGNORECASE)


def number_of(written: str) -> str:
    """A number of the platform as it writes it itself, without what spreadsheets make of it; idempotent.

    `0012`, `12.0`, `'12` are 12, `1.234.567` and `1.234567E+06` are 1234567. What has lost digits stays as it is.
    """
    text = "".join(written.split()).lstrip("'#")
    if found := _EXPONENT.fullmatch(text):
        text = found[1] + found[2] if len(found[2]) == int(found[3]) else text
    elif _THOUSANDS.fullmatch(text):
        text = re.sub(r"[.,]", "", text)
    elif found := _WHOLE.fullmatch(text):
        text = found[1]
    return text.lstrip("0") or "0" if text.isdigit() else text


class Listed(NamedTuple):
    """A report as the platform lists it."""

    number: str
    status: str | None = None
    service_class: str | None = None
    """A code of ours; None when it is not told."""
    received_at: datetime | None = None


class Export(NamedTuple):
    """One export that was taken: the platform lists every report received within."""

    digest: str
    first: datetime
    last: datetime
    listed_at: datetime
    """When the last part of it was taken."""

    def covers(self, at: datetime) -> bool:
        """Whether it would list a report received at `at`."""
        return self.first <= at <= self.last


class There(NamedTuple):
    """A report of the platform, and when it was last listed."""

    listed: Listed
    listed_at: datetime
    export: str
    """The digest of the last export that lists it."""
    refused: str | None = None
    """Why it is no case here, when its row was refused."""

    @property
    def is_numberless(self) -> bool:
        """A row of its export that told no number: cut off, or of another width."""
        return self.listed.number.startswith(f"{self.export[:16]}#")


class Here(NamedTuple):
    """A case of ours that carries a number of the platform."""

    code: str
    source: str
    number: str
    state: CaseState
    """Of a merged one, that of its head."""
    service_class: str
    received_at: datetime


class Pair(NamedTuple):
    """One report in both lists."""

    there: There
    here: Here


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What people have to look into; each list in order of receipt, those of unknown receipt first."""

    listed: int
    """Reports that the platform lists now."""
    matched: int
    """Those of them that are a case here."""
    here_only: Sequence[Here]
    """Received within an export, and in none that lists them now."""
    there_only: Sequence[There]
    states: Sequence[Pair]
    """Stages that differ, and statuses that nobody knows."""
    classes: Sequence[Pair]
    doubled: Sequence[tuple[str, tuple[Here, ...]]]
    """Numbers that stand on several cases."""


def reconcile(there: Iterable[There], here: Iterable[Here], exports: Sequence[Export]) -> Reconciliation:
    """Lay them side by side. What a later export covers and does not list is no longer there.

    An export with a row that told no number may have been cut off: it proves nothing gone.
    """
    there = [each for each in there if each.refused is not None or not each.is_numberless]
    cut = {each.export for each in there if each.is_numberless}
    exports = [export for export in exports if export.digest not in cut]
    listed = sorted((each for each in there if not _outdated(each, exports)), key=lambda each: each.listed_at)
    present = {number_of(each.listed.number): each for each in listed}
    cases: dict[str, list[Here]] = defaultdict(list)
    for case in here:
        cases[number_of(case.number)].append(case)
    both = [(present[number], found) for number, found in cases.items() if number in present]
    missing = [case for number, found in cases.items() if number not in present for case in found]
    return Reconciliation(
        len(present),
        len(both),
        sorted((case for case in missing if any(e.covers(case.received_at) for e in exports)), key=_case_order),
        sorted((each for number, each in present.items() if number not in cases), key=_order),
        _differing(both, _same_stage),
        _differing(both, _same_class),
        _doubled(both),
    )


def _outdated(there: There, exports: Sequence[Export]) -> bool:
    at, others = there.listed.received_at, (export for export in exports if export.digest != there.export)
    return at is not None and any(export.listed_at > there.listed_at and export.covers(at) for export in others)


def _differing(both: Sequence[tuple[There, list[Here]]], same: Callable[[Listed, Here], bool]) -> list[Pair]:
    """The first case of each number of which none agrees: the one that came first."""
    pairs = [
        Pair(there, min(found, key=_case_order))
        for there, found in both
        if not any(same(there.listed, case) for case in found)
    ]
    return sorted(pairs, key=lambda pair: _order(pair.there))


def _doubled(both: list[tuple[There, list[Here]]]) -> list[tuple[str, tuple[Here, ...]]]:
    several = [(there, found) for there, found in both if len(found) > 1]
    several.sort(key=lambda pair: _order(pair[0]))
    return [(there.listed.number, tuple(sorted(found, key=_case_order))) for there, found in several]


def _same_stage(listed: Listed, case: Here) -> bool:
    stage, ours = stage_of_status(listed.status), STAGE_OF.get(case.state)
    if stage is Stage.PENDING:
        return ours in (Stage.UNVERIFIED, Stage.IN_PROCESS)
    return listed.status is None or stage is ours


def _same_class(listed: Listed, case: Here) -> bool:
    return listed.service_class in (None, case.service_class)


def _order(there: There) -> tuple[float, str]:
    at = there.listed.received_at
    return (at.timestamp() if at else 0.0, there.listed.number)


def _case_order(case: Here) -> tuple[float, str]:
    return case.received_at.timestamp(), case.code
