"""What the platform lists, kept export by export, and compared with the cases of all sources."""

from __future__ import annotations

from datetime import datetime

from data.domain.cases.model import CaseState, EventKind
from data.domain.cases.reconciliation import ListedReport
from data.store.cases.cases import merge
from data.store.cases.reconciliation import list_export, reconcile, sources_listed
from data.store.db.engine import Connection, Engine, reading, writing
from data.store.intake.rejected import RejectedRecord, add
from tests.factories import DAY, HOUR, MINUTE, NOW, a_case, a_history, stored, terms_for

JANUARY, FEBRUARY = "a" * 64, "b" * 64


def row(number: str, status: str | None = "Dalam Proses", at: datetime | None = NOW - DAY) -> ListedReport:
    return ListedReport(number, status, "pengaduan", at)


def a_numbered(conn: Connection, number: str, **events: object) -> int:
    """A case of yesterday with a number."""
    case = a_case(sp4n_number=number)
    return stored(conn, case, a_history(NOW - DAY, **events))  # type: ignore[arg-type]


def test_an_export_beside_the_cases_here(engine: Engine):
    with writing(engine) as conn:
        a_numbered(conn, "1", dispatched=MINUTE)
        a_numbered(conn, "2")
        a_numbered(conn, "9", dispatched=MINUTE)
        stored(conn, a_case(), a_history(NOW - DAY))  # without a number: nothing to compare
        add(conn, RejectedRecord("lapor", "4", "kolom tanggal: kosong", "{}"), NOW)
        add(conn, RejectedRecord("lain", "3", "dari sumber lain", "{}"), NOW)
        rows = [row("1"), row("2"), row("3"), ListedReport("4"), row("0", at=NOW)]
        assert list_export(conn, "lapor", rows, JANUARY, NOW) == 5
    with reading(engine) as conn:
        found, other = reconcile(conn, "lapor"), reconcile(conn, "lain")
        assert sources_listed(conn) == ["lapor"]
    assert (found.listed, found.matched) == (5, 2)
    assert [case.number for case in found.missing_on_platform] == ["9"]
    assert [(each.listed.number, each.rejected) for each in found.missing_here] == [
        ("4", "kolom tanggal: kosong"),
        ("3", None),
        ("0", None),
    ]
    assert [(pair.case.number, pair.case.state) for pair in found.states] == [("2", CaseState.RECEIVED)]
    assert (found.classes, found.duplicates) == ([], [])
    assert (other.listed, other.missing_on_platform) == (0, [])


def test_a_number_is_as_the_last_export_has_it_and_a_refused_row_takes_nothing_away(engine: Engine):
    with writing(engine) as conn:
        list_export(conn, "lapor", [row("1"), row("1", "Selesai")], JANUARY, NOW)
        list_export(conn, "lapor", [ListedReport("1")], FEBRUARY, NOW + DAY)
    with reading(engine) as conn:
        [there] = reconcile(conn, "lapor").missing_here
    assert there.listed == row("1", "Selesai")
    assert there.listed_at == NOW + DAY


def test_a_report_that_a_later_export_of_its_days_lacks_is_there_no_more(engine: Engine):
    with writing(engine) as conn:
        a_numbered(conn, "2", dispatched=MINUTE)
        list_export(conn, "lapor", [row("1", at=NOW - 9 * DAY), row("2"), row("3", at=NOW)], JANUARY, NOW)
        list_export(conn, "lapor", [row("3", at=NOW), row("4", at=NOW - 2 * DAY)], FEBRUARY, NOW + DAY)
    with reading(engine) as conn:
        found = reconcile(conn, "lapor")
    assert (found.listed, found.matched) == (3, 0)
    assert [case.number for case in found.missing_on_platform] == ["2"]
    assert [each.listed.number for each in found.missing_here] == ["1", "4", "3"]


def test_a_merged_case_stands_where_the_one_stands_that_speaks_for_it(engine: Engine):
    with writing(engine) as conn:
        folded, head = a_case(sp4n_number="1"), a_case()
        folded_id = stored(conn, folded, a_history(NOW - DAY))
        head_id = stored(conn, head, a_history(NOW - DAY, dispatched=MINUTE, resolved=HOUR))
        merge(conn, folded_id, head_id, terms_for(folded), NOW)
        list_export(conn, "lapor", [row("1", "Selesai")], JANUARY, NOW)
    with reading(engine) as conn:
        assert reconcile(conn, "lapor").states == []


def test_a_number_that_came_by_two_ways_is_found_with_both(engine: Engine):
    with writing(engine) as conn:
        first = a_case(sp4n_number="1", source="open311")
        second = a_case(sp4n_number="1", source="lapor", service_class="aspirasi")
        stored(conn, first, a_history(NOW - DAY, dispatched=MINUTE))
        stored(conn, second, a_history(NOW - DAY, dispatched=MINUTE))
        list_export(conn, "lapor", [row("1")], JANUARY, NOW)
    with reading(engine) as conn:
        found = reconcile(conn, "lapor")
    assert [(number, [case.source for case in cases]) for number, cases in found.duplicates] == [
        ("1", ["open311", "lapor"])
    ]
    assert (found.matched, found.states, found.classes) == (1, [], [])


def test_numbers_that_cannot_be_kept_are_not_listed(engine: Engine):
    with writing(engine) as conn:
        assert list_export(conn, "lapor", [ListedReport(""), ListedReport("7" * 65)], JANUARY, NOW) == 0
    with reading(engine) as conn:
        assert reconcile(conn, "lapor").listed == 0


def test_nothing_is_listed_when_the_transaction_is_not_completed(engine: Engine):
    try:
        with writing(engine) as conn:
            list_export(conn, "lapor", [row("1")], JANUARY, NOW)
            raise InterruptedError
    except InterruptedError:
        pass
    with reading(engine) as conn:
        assert reconcile(conn, "lapor").listed == 0


def test_event_kinds_that_end_a_case_are_all_understood(engine: Engine):
    with writing(engine) as conn:
        for kind, status in ((EventKind.RESOLVED, "Selesai"), (EventKind.REJECTED, "Bukan Wewenang")):
            a_numbered(conn, kind, **{kind: HOUR})
            list_export(conn, "lapor", [row(kind, status)], JANUARY, NOW)
    with reading(engine) as conn:
        assert reconcile(conn, "lapor").states == []
