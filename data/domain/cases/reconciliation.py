"""Compares our cases with the reports that the national platform (SP4N-LAPOR!) lists, matched by the platform's number.

Class and status of each report are compared with class and state of the case. Nothing is changed: the result lists what
people have to check. Several cases may carry one number (one came by Among Warga, one with the export): the number
agrees when one of these cases agrees.
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
    """The stages of a report on the platform; the value is the platform's own word."""

    UNVERIFIED = "belum terverifikasi"
    IN_PROCESS = "dalam proses"
    PENDING = "menunggu pelapor"
    """The platform waits for the reporter, before or after it assigned the report. Agrees with both stages of ours."""
    DONE = "selesai"
    ARCHIVED = "diarsipkan"
    """Rejected or not the city's: nothing will be done."""


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
"""Of a merged case its head's state counts."""

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
"""The first word of this table that a status contains decides its stage."""


def stage_of_status(status: str | None) -> PlatformStage | None:
    """The stage that a status text of the platform means; None for an empty or unknown one."""
    folded = " ".join((status or "").casefold().split())
    return next((stage for word, stage in _WORDS if word in folded), None)


_THOUSANDS = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*")
_WHOLE = re.compile(r"(\d+)(?:[.,]0+)?")
_EXPONENT = re.compile(r"(\d)[.,](\d+)E\+?0*(\d+)", re.IGNORECASE)


def number_of(written: str) -> str:
    """The platform's number without the changes that spreadsheets make to it; idempotent.

    `0012`, `12.0`, `'12` become 12, `1.234.567` and `1.234567E+06` become 1234567. A number that lost digits stays as
    it is.
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
    """Our code of the class; None when the platform gives none."""
    received_at: datetime | None = None


class Export(NamedTuple):
    """One export that was stored. It lists every report that the platform received from `first` to `last`."""

    digest: str
    first: datetime
    last: datetime
    listed_at: datetime
    """When the last part of it was stored."""

    def covers(self, at: datetime) -> bool:
        """Whether the export lists a report that was received at `at`."""
        return self.first <= at <= self.last


class PlatformReport(NamedTuple):
    """A report of the platform, and when it was last listed."""

    listed: ListedReport
    listed_at: datetime
    export: str
    """The digest of the last export that lists it."""
    rejected: str | None = None
    """The reason why its row was rejected; None when the row was readable."""

    @property
    def is_numberless(self) -> bool:
        """Whether its row had no number: the file was cut off, or the row has another width."""
        return self.listed.number.startswith(f"{self.export[:16]}#")


class NumberedCase(NamedTuple):
    """A case of ours that carries a number of the platform."""

    code: str
    source: str
    number: str
    state: CaseState
    """Of a merged case its head's state."""
    service_class: str
    received_at: datetime


class Pair(NamedTuple):
    """One report in both lists."""

    report: PlatformReport
    case: NumberedCase


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The result of the comparison. Each list is in order of receipt; reports without a time of receipt come first."""

    listed: int
    """Reports that the platform lists now."""
    matched: int
    """How many of them have a case here."""
    missing_on_platform: Sequence[NumberedCase]
    """Cases that an export should list by their time of receipt, and that the platform does not list now."""
    missing_here: Sequence[PlatformReport]
    states: Sequence[Pair]
    """Pairs with different stages, and pairs with an unknown status."""
    classes: Sequence[Pair]
    duplicates: Sequence[tuple[str, tuple[NumberedCase, ...]]]
    """Numbers that several cases carry."""


def reconcile(
    there: Iterable[PlatformReport], here: Iterable[NumberedCase], exports: Sequence[Export]
) -> Reconciliation:
    """Compare `there` (the platform's reports) with `here` (our cases).

    A report that a later export covers and does not list is no longer on the platform. An export with a row without a
    number may be cut off, so it is no proof that a report is gone.
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
    """Numbers of which no case agrees, each with the case that was received first."""
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
