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


class PlatformStage(StrEnum):
    """How far a report is, in SP4N's words; the value is the word."""

    UNVERIFIED = "belum terverifikasi"
    IN_PROCESS = "dalam proses"
    PENDING = "menunggu pelapor"
    """Asked back, before or after it was passed on: agrees with both. Only a status is so."""
    DONE = "selesai"
    ARCHIVED = "diarsipkan"
    """Rejected, not ours: nothing will be done."""


STAGE_OF_STATE: Mapping[CaseState, PlatformStage] = {
    CaseState.RECEIVED: PlatformStage.UNVERIFIED,
    CaseState.DISPATCHED: PlatformStage.IN_PROCESS,
    CaseState.ACKNOWLEDGED: PlatformStage.IN_PROCESS,
    CaseState.IN_PROGRESS: PlatformStage.IN_PROCESS,
    CaseState.WAITING: PlatformStage.IN_PROCESS,
    CaseState.RESOLVED: PlatformStage.DONE,
    CaseState.CLOSED: PlatformStage.DONE,
    CaseState.REJECTED: PlatformStage.ARCHIVED,
}
"""A merged case is as far as the one that speaks for it."""

_WORDS: Sequence[tuple[str, PlatformStage]] = (
    ("belum terverifikasi", PlatformStage.UNVERIFIED),
    ("belum diverifikasi", PlatformStage.UNVERIFIED),
    ("menunggu verifikasi", PlatformStage.UNVERIFIED),
    ("arsip", PlatformStage.ARCHIVED),
    ("bukan wewenang", PlatformStage.ARCHIVED),
    ("bukan kewenangan", PlatformStage.ARCHIVED),
    ("belum selesai", PlatformStage.IN_PROCESS),
    ("selesai", PlatformStage.DONE),
    ("ditutup", PlatformStage.DONE),
    ("proses", PlatformStage.IN_PROCESS),
    ("terverifikasi", PlatformStage.IN_PROCESS),
    ("disposisi", PlatformStage.IN_PROCESS),
    ("tunda", PlatformStage.PENDING),
    ("menunggu", PlatformStage.PENDING),
    ("ditindaklanjuti", PlatformStage.IN_PROCESS),
)
"""The first that a status contains says its stage."""


def stage_of_status(status: str | None) -> PlatformStage | None:
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


class ListedReport(NamedTuple):
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


class PlatformReport(NamedTuple):
    """A report of the platform, and when it was last listed."""

    listed: ListedReport
    listed_at: datetime
    export: str
    """The digest of the last export that lists it."""
    rejected: str | None = None
    """Why it is no case here, when its row was rejected."""

    @property
    def is_numberless(self) -> bool:
        """A row of its export that told no number: cut off, or of another width."""
        return self.listed.number.startswith(f"{self.export[:16]}#")


class NumberedCase(NamedTuple):
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

    report: PlatformReport
    case: NumberedCase


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What people have to look into; each list in order of receipt, those of unknown receipt first."""

    listed: int
    """Reports that the platform lists now."""
    matched: int
    """Those of them that are a case here."""
    missing_on_platform: Sequence[NumberedCase]
    """Received within an export, and in none that lists them now."""
    missing_here: Sequence[PlatformReport]
    states: Sequence[Pair]
    """Stages that differ, and statuses that nobody knows."""
    classes: Sequence[Pair]
    duplicates: Sequence[tuple[str, tuple[NumberedCase, ...]]]
    """Numbers that stand on several cases."""


def reconcile(
    there: Iterable[PlatformReport], here: Iterable[NumberedCase], exports: Sequence[Export]
) -> Reconciliation:
    """Lay them side by side. What a later export covers and does not list is no longer there.

    An export with a row that told no number may have been cut off: it proves nothing gone.
    """
    there = [each for each in there if each.rejected is not None or not each.is_numberless]
    cut = {each.export for each in there if each.is_numberless}
    exports = [export for export in exports if export.digest not in cut]
    listed = sorted((each for each in there if not _outdated(each, exports)), key=lambda each: each.listed_at)
    present = {number_of(each.listed.number): each for each in listed}
    cases: dict[str, list[NumberedCase]] = defaultdict(list)
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
        _duplicates(both),
    )


def _outdated(there: PlatformReport, exports: Sequence[Export]) -> bool:
    at, others = there.listed.received_at, (export for export in exports if export.digest != there.export)
    return at is not None and any(export.listed_at > there.listed_at and export.covers(at) for export in others)


def _differing(
    both: Sequence[tuple[PlatformReport, list[NumberedCase]]], same: Callable[[ListedReport, NumberedCase], bool]
) -> list[Pair]:
    """The first case of each number of which none agrees: the one that came first."""
    pairs = [
        Pair(there, min(found, key=_case_order))
        for there, found in both
        if not any(same(there.listed, case) for case in found)
    ]
    return sorted(pairs, key=lambda pair: _order(pair.report))


def _duplicates(both: list[tuple[PlatformReport, list[NumberedCase]]]) -> list[tuple[str, tuple[NumberedCase, ...]]]:
    several = [(there, found) for there, found in both if len(found) > 1]
    several.sort(key=lambda pair: _order(pair[0]))
    return [(there.listed.number, tuple(sorted(found, key=_case_order))) for there, found in several]


def _same_stage(listed: ListedReport, case: NumberedCase) -> bool:
    stage, ours = stage_of_status(listed.status), STAGE_OF_STATE.get(case.state)
    if stage is PlatformStage.PENDING:
        return ours in (PlatformStage.UNVERIFIED, PlatformStage.IN_PROCESS)
    return listed.status is None or stage is ours


def _same_class(listed: ListedReport, case: NumberedCase) -> bool:
    return listed.service_class in (None, case.service_class)


def _order(there: PlatformReport) -> tuple[float, str]:
    at = there.listed.received_at
    return (at.timestamp() if at else 0.0, there.listed.number)


def _case_order(case: NumberedCase) -> tuple[float, str]:
    return case.received_at.timestamp(), case.code
