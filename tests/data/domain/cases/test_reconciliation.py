"""Two lists side by side: every report is in one list, the other or both, and nothing is hidden."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.domain.cases.model import CaseState
from data.domain.cases.reconciliation import (
    STAGE_OF_STATE,
    Export,
    ListedReport,
    NumberedCase,
    PlatformReport,
    PlatformStage,
    number_of,
    reconcile,
    stage_of_status,
)
from tests.factories import DAY, NOW

MONTH = Export("november", NOW - 30 * DAY, NOW, NOW + DAY)


def there(
    number: str, status: str | None = "Dalam Proses", at: datetime | None = NOW, **more: object
) -> PlatformReport:
    return PlatformReport(ListedReport(number, status, "pengaduan", at), NOW + DAY, "november", **more)  # type: ignore[arg-type]


def here(number: str, state: CaseState = CaseState.DISPATCHED, **changes: object) -> NumberedCase:
    plain = NumberedCase(f"AW-{number}", "lapor", number, state, "pengaduan", NOW)
    return plain._replace(**changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "stage"),
    [
        ("Belum Terverifikasi", PlatformStage.UNVERIFIED),
        ("belum  diverifikasi", PlatformStage.UNVERIFIED),
        ("Terverifikasi", PlatformStage.IN_PROCESS),
        ("Sedang Diproses", PlatformStage.IN_PROCESS),
        ("Dalam Proses", PlatformStage.IN_PROCESS),
        ("Disposisi", PlatformStage.IN_PROCESS),
        ("Ditunda", PlatformStage.PENDING),
        ("Menunggu Kelengkapan Informasi", PlatformStage.PENDING),
        ("Belum Selesai", PlatformStage.IN_PROCESS),
        ("Selesai", PlatformStage.DONE),
        ("Ditutup oleh Sistem", PlatformStage.DONE),
        ("Ditutup oleh Pelapor", PlatformStage.DONE),
        ("Diarsipkan oleh Admin", PlatformStage.ARCHIVED),
        ("Bukan Wewenang", PlatformStage.ARCHIVED),
        ("Entah", None),
        ("", None),
        (None, None),
    ],
)
def test_a_status_means_a_stage(status: str | None, stage: PlatformStage | None):
    assert stage_of_status(status) is stage


def test_every_state_but_that_of_a_merged_case_has_its_stage():
    assert set(STAGE_OF_STATE) == set(CaseState) - {CaseState.MERGED}


def test_what_agrees_is_only_counted():
    found = reconcile([there("1")], [here("1")], [MONTH])
    assert (found.listed, found.matched) == (1, 1)
    assert not any((found.missing_on_platform, found.missing_here, found.states, found.classes, found.duplicates))


def test_a_number_that_the_platform_does_not_list_is_here_only_within_an_export():
    within, before, after = here("1"), here("2", received_at=NOW - 31 * DAY), here("3", received_at=NOW + DAY)
    assert reconcile([], [within, before, after], [MONTH]).missing_on_platform == [within]
    assert reconcile([], [within], []).missing_on_platform == []


def test_what_is_not_a_case_here_is_told_with_the_reason_why_it_was_refused():
    refused = there("2", None, None, rejected="kolom tanggal: kosong")
    found = reconcile([there("1"), refused], [], [MONTH])
    assert [each.listed.number for each in found.missing_here] == ["2", "1"]
    assert found.missing_here[0].rejected == "kolom tanggal: kosong"


def test_what_a_later_export_covers_and_does_not_list_is_there_no_more():
    later = Export("minggu", NOW - DAY, NOW, NOW + 5 * DAY)
    gone, kept = there("1"), there("2", at=NOW - 20 * DAY)
    found = reconcile([gone, kept], [here("1")], [MONTH, later])
    assert (found.listed, found.matched) == (1, 0)
    assert [case.number for case in found.missing_on_platform] == ["1"]
    assert [each.listed.number for each in found.missing_here] == ["2"]


def test_an_export_that_took_long_outdates_none_of_its_own_parts():
    early = there("1", at=NOW - DAY)._replace(listed_at=NOW)
    assert reconcile([early, there("2")], [], [MONTH]).listed == 2


def test_an_export_with_a_row_that_is_no_row_may_be_cut_and_proves_nothing_gone():
    cut = Export("c" * 64, NOW - DAY, NOW, NOW + 5 * DAY)
    torn = PlatformReport(
        ListedReport(f"{'c' * 16}#86"), NOW + 5 * DAY, "c" * 64, rejected="baris berisi 11 kolom, seharusnya 21"
    )
    found = reconcile([there("1"), torn], [here("1")], [MONTH, cut])
    assert (found.listed, found.matched, found.missing_on_platform, found.missing_here) == (2, 1, [], [torn])


def test_a_row_without_a_number_is_listed_until_somebody_has_dealt_with_it():
    dealt_with = PlatformReport(ListedReport(f"{'c' * 16}#86"), NOW, "c" * 64)
    found = reconcile([there("1"), dealt_with], [here("1")], [MONTH])
    assert (found.listed, found.missing_here) == (1, [])


@pytest.mark.parametrize(
    ("status", "state", "differs"),
    [
        ("Selesai", CaseState.IN_PROGRESS, True),
        ("Selesai", CaseState.CLOSED, False),
        ("Dalam Proses", CaseState.RECEIVED, True),
        ("Menunggu Kelengkapan Informasi", CaseState.WAITING, False),
        ("Menunggu Kelengkapan Informasi", CaseState.RECEIVED, False),
        ("Menunggu Kelengkapan Informasi", CaseState.CLOSED, True),
        ("Diarsipkan oleh Admin", CaseState.REJECTED, False),
        ("Diarsipkan oleh Admin", CaseState.RESOLVED, True),
        ("Entah", CaseState.RECEIVED, True),
        (None, CaseState.RECEIVED, False),
    ],
)
def test_states_differ_when_their_stages_do_or_nobody_knows_the_status(
    status: str | None, state: CaseState, differs: bool
):
    found = reconcile([there("1", status)], [here("1", state)], [MONTH])
    assert bool(found.states) is differs


def test_classes_differ_only_when_both_are_told():
    assert reconcile([there("1")], [here("1", service_class="aspirasi")], [MONTH]).classes
    untold = PlatformReport(ListedReport("1", "Selesai", None, NOW), NOW, "november")
    assert not reconcile([untold], [here("1", service_class="aspirasi")], [MONTH]).classes


def test_a_number_on_two_cases_is_told_and_agrees_when_one_of_them_agrees():
    one, other = here("1", CaseState.RECEIVED, source="open311"), here("1", CaseState.CLOSED, code="AW-9")
    found = reconcile([there("1", "Selesai")], [one, other], [MONTH])
    assert (found.matched, found.states, found.duplicates) == (1, [], [("1", (one, other))])
    [pair] = reconcile([there("1", "Dalam Proses")], [other, one], [MONTH]).states
    assert pair.case == one  # of two that came at once the first by code


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("1234567", "1234567"),
        (" 1234567 ", "1234567"),
        ("1234567\u00a0", "1234567"),
        ("1234567.0", "1234567"),
        ("1234567,00", "1234567"),
        ("0001234567", "1234567"),
        ("'1234567", "1234567"),
        ("#1234567", "1234567"),
        ("1.234.567", "1234567"),
        ("1,234,567", "1234567"),
        ("1.234567E+06", "1234567"),
        ("1.23E+06", "1.23E+06"),  # digits are lost: nobody knows which number
        ("1234567.5", "1234567.5"),
        ("000", "0"),
        ("LAPOR-0012", "LAPOR-0012"),
        ("", ""),
    ],
)
def test_a_number_is_the_same_however_a_spreadsheet_writes_it(written: str, number: str):
    assert number_of(written) == number
    assert number_of(number) == number


def test_numbers_written_differently_are_one_report():
    found = reconcile([there("12.0"), there("0013", "Selesai")], [here("12"), here(" 13 ")], [MONTH])
    assert (found.listed, found.matched, found.missing_on_platform, found.missing_here) == (2, 2, [], [])
    assert [pair.case.number for pair in found.states] == [" 13 "]


def test_of_a_number_that_is_listed_in_two_ways_the_later_counts():
    early = there("12", "Dalam Proses")._replace(listed_at=NOW)
    late = there("12.0", "Selesai")
    for listed in ([early, late], [late, early]):
        found = reconcile(listed, [here("12", CaseState.CLOSED)], [MONTH])
        assert (found.listed, found.states) == (1, [])


def test_cases_whose_numbers_are_written_differently_are_told_as_one_number_on_several():
    found = reconcile([there("12")], [here("12"), here("12.0")], [MONTH])
    assert [(number, len(cases)) for number, cases in found.duplicates] == [("12", 2)]


numbers = st.lists(st.integers(0, 9).map(str), max_size=12, unique=True)


@given(numbers, st.lists(st.tuples(st.integers(0, 9).map(str), st.sampled_from(sorted(STAGE_OF_STATE))), max_size=12))
def test_every_number_is_in_exactly_one_place(listed: list[str], held: list[tuple[str, CaseState]]):
    cases = [here(number, state, code=f"AW-{n}") for n, (number, state) in enumerate(held)]
    found = reconcile([there(number) for number in listed], cases, [MONTH])
    mine = {number for number, _ in held}
    assert {each.listed.number for each in found.missing_here} == set(listed) - mine
    assert {case.number for case in found.missing_on_platform} == mine - set(listed)
    assert (found.listed, found.matched) == (len(listed), len(mine & set(listed)))
    assert len(found.missing_on_platform) == sum(number not in listed for number, _ in held)
    assert {number for number, _ in found.duplicates} <= mine & set(listed)
    for pair in found.states:
        assert pair.case.number == pair.report.listed.number
    backwards = reconcile([there(number) for number in reversed(listed)], list(reversed(cases)), [MONTH])
    assert backwards == found  # a database hands rows out in any order


@given(st.lists(st.integers(0, 60), max_size=10))
def test_lists_are_in_order_of_receipt(days: list[int]):
    listed = [there(str(n), at=NOW - timedelta(days=day)) for n, day in enumerate(days)]
    found = [each.listed.received_at for each in reconcile(listed, [], [MONTH]).missing_here]
    assert found == sorted(found, key=lambda at: at or NOW)
