"""What a report's sentences and cells look like, in both languages."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest

from dashboard.reports.documents.wording import Labels, Wording, labels_of
from dashboard.reports.month.building import VOLUME
from dashboard.reports.month.facts import Finding, Name
from dashboard.reports.month.findings import of_count, of_share
from dashboard.reports.month.tables import Cell, Column, Duration, Kind, Row, Share, Table, counts
from data.texts import LANGUAGES, texts
from tests.factories import a_city

ID, EN = (Wording(lang, labels_of(a_city(), {}), "Asia/Jakarta") for lang in LANGUAGES)
MOST_WORDS = 20


def spans(column: Column, this: Cell, before: Cell, year: Cell = None) -> Table:
    rows = zip(("this", "before", "year_before"), (this, before, year), strict=True)
    return Table("totals", "span", (column,), tuple(Row(key, (cell,)) for key, cell in rows))


def said(findings: object) -> list[str]:
    return [ID.sentence(each) for each in findings]  # type: ignore[attr-defined]


def test_a_level_is_compared_with_the_time_before_and_a_year_ago():
    assert said(of_count(spans(*counts("received"), 1187, 1012, 1187), "received")) == [
        "Sebanyak 1.187 laporan diterima.",
        "Jumlah itu naik 175 dari 1.012 pada periode sebelumnya.",
        "Jumlah itu tetap dibandingkan dengan periode yang sama tahun lalu.",
    ]


def test_no_data_before_is_not_compared_and_none_is_said_in_words():
    assert said(of_count(spans(*counts("received"), 0, None), "received")) == ["Tidak ada laporan yang diterima."]


@pytest.mark.parametrize(
    ("now", "then", "difference"),
    [
        (Share(853, 1000), Share(832, 1000), "Angka itu naik 2,1 poin persen dari periode sebelumnya."),
        (Share(8324, 10000), Share(8351, 10000), "Angka itu turun 0,3 poin persen dari periode sebelumnya."),
        (Share(83241, 100000), Share(83249, 100000), "Angka itu tetap dibandingkan dengan periode sebelumnya."),
    ],
)
def test_shares_differ_in_percentage_points_subtracted_before_they_are_rounded(
    now: Share, then: Share, difference: str
):
    assert said(of_share(spans(Column("on_time", Kind.SHARE), now, then), "on_time"))[1] == difference


def test_a_share_of_few_is_a_count_and_is_not_compared():
    few = spans(Column("on_time", Kind.SHARE), Share(3, 4), Share(8, 10))
    assert said(of_share(few, "on_time")) == ["Tanggapan pertama yang tepat waktu: 3 dari 4."]


@pytest.mark.parametrize(
    ("kind", "cell", "shown"),
    [
        (Kind.SHARE, Share(84, 101), "83,2 % (84/101)"),
        (Kind.SHARE, Share(3, 4), "3 dari 4"),
        (Kind.SHARE, Share(0, 0), "–"),
        (Kind.COUNT, 0, "0"),
        (Kind.COUNT, None, "–"),
        (Kind.COUNT, 1284, "1.284"),
        (Kind.WORKING, Duration(38 * 60, working=True), "38 menit"),
        (Kind.WORKING, Duration(375_000, working=True), "104,2 jam"),
        (Kind.ELAPSED, Duration(375_000), "4,3 hari"),
        (Kind.ELAPSED, Duration(864_000, over=True), "> 10,0 hari"),
        (Kind.NUMBER, 76.6, "76,60"),
        (Kind.DAY, date(2026, 10, 1), "1 Oktober 2026"),
        (Kind.TEXT, "agency:dlh", "DLH"),
        (Kind.TEXT, "word:private", "Rahasia"),
    ],
)
def test_a_cell_says_its_value_as_its_kind_is_told(kind: Kind, cell: Cell, shown: str):
    assert ID.cell(Column("x", kind), cell).replace("\N{NO-BREAK SPACE}", " ") == shown


def test_moments_and_periods_are_those_of_the_city():
    at = datetime(2026, 11, 2, 1, 5, tzinfo=UTC)
    assert (ID.moment(at), EN.moment(at)) == ("2 November 2026 pukul 08.05 WIB", "2 November 2026, 08:05 WIB")
    assert ID.period(date(2026, 10, 1), date(2026, 12, 31)) == "Oktober 2026 s.d. Desember 2026"


def test_what_has_no_name_is_told_by_its_code():
    assert Wording("id", Labels({}), "Asia/Jakarta").name("agency", "dinkes") == "dinkes"
    assert ID.sentence(Finding("most_overdue", {"name": Name("agency", "none"), "n": 2})).endswith(
        "Belum ada, yaitu 2."
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sentences_are_short_and_begin_with_no_digit(lang: str):
    found = {key: text for key, text in texts(lang).texts.items() if key.startswith("report.say.")}
    for key, text in found.items():
        for each in [text] if isinstance(text, str) else text.values():
            assert not re.match(r"\d|\{(n|share|by|overdue|points)\}", each), key
            assert len(each.split()) <= MOST_WORDS, key


@pytest.mark.parametrize("code", VOLUME)
def test_every_count_of_the_summary_has_a_sentence(code: str):
    for wording in (ID, EN):
        assert wording.column(code)
    assert code in {"verified", "answered"} or f"report.say.{code}.none" in texts("id").texts
