"""The table of field assistants: taken whole, or every fault is told and nothing changes."""

from __future__ import annotations

import pytest

from dashboard.cli.assistants import read_assistants
from data.store.assistants.assistants import Assistant, assistants, replace_all
from data.store.db.engine import Engine, reading, writing
from data.store.queries.market.coverage import coverage
from tests.factories import BEJI, DAY, HOUR, NOW, SISIR, TEMAS, a_case, a_history, stored

HEAD = "kode,nama,telepon,surel,desa\n"


def test_villages_are_known_by_name_and_by_code():
    found, faults = read_assistants(HEAD + f'P01,Siti,0812,,"Sisir; {TEMAS}"\nP02,Budi,,budi@batu.go.id,Kel. Sisir\n')
    assert faults == []
    assert found == [
        Assistant("P01", "Siti", (TEMAS, SISIR), "0812", None),
        Assistant("P02", "Budi", (SISIR,), None, "budi@batu.go.id"),
    ]


def test_a_table_with_semicolons_has_a_slash_between_villages():
    found, faults = read_assistants("Kode;Nama;Desa\nP01;Siti;Sisir / Temas\n")
    assert (faults, found[0].villages) == ([], (TEMAS, SISIR))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "there is no column kode, nama, desa"),
        (HEAD, "there is no field assistant in it"),
        (HEAD + "P01,Siti,,,Malang\n", "line 2: 'Malang' is no village of Kota Batu"),
        (HEAD + "P01,Siti,,,Sisir\nP01,Budi,,,Beji\n", "line 3: kode P01 occurs twice"),
        (HEAD + ",Siti,,,Sisir\n", "line 2: kode is empty"),
        (HEAD + "P01,Siti,,,Sisir,more\n", "line 2: there are more cells than columns"),
        (HEAD + f"P01,{'x' * 201},,,Sisir\n", "line 2: a cell is too long"),
    ],
)
def test_what_is_wrong_with_a_line_is_told(text: str, told: str):
    assert told in "\n".join(read_assistants(text)[1])


def test_coverage_counts_questions_by_village_and_assistant_and_shows_who_is_missing(engine: Engine):
    with writing(engine) as conn:
        replace_all(conn, [Assistant("P09", "Old", (BEJI,))])
        replace_all(conn, [Assistant("P01", "Siti", (SISIR, TEMAS)), Assistant("P02", "Budi", (SISIR,))])
        for village, later in (
            (SISIR, {}),
            (SISIR, {"dispatched": HOUR, "answered": 2 * HOUR}),
            (BEJI, {}),
            (None, {}),
        ):
            stored(conn, a_case(kind="question", village=village), a_history(NOW - DAY, **later))
        stored(conn, a_case(kind="question", village=SISIR), a_history(NOW - 40 * DAY))
        stored(conn, a_case(village=SISIR), a_history(NOW - DAY))
    with reading(engine) as conn:
        assert [each.code for each in assistants(conn)] == ["P01", "P02"]
        found = coverage(conn, NOW)
    beji = found.villages[0]
    assert (beji.name, beji.questions, beji.assistants, found.without, found.unplaced) == ("Beji", 1, (), 22, 1)
    sisir = next(each for each in found.villages if each.code == SISIR)
    assert (sisir.questions, sisir.unanswered, sisir.assistants) == (2, 1, ("Siti", "Budi"))
    assert [(each.assistant.code, each.questions, each.unanswered) for each in found.assistants] == [
        ("P01", 2, 1),
        ("P02", 2, 1),
    ]


def test_line_ends_of_an_old_mac_are_read_and_a_cell_beyond_all_measure_is_told():
    assert not read_assistants(HEAD.replace("\n", "\r") + "P01,Siti,0812,,Sisir\r")[1]
    found, [fault] = read_assistants(HEAD + f"P01,{'x' * 200_000},0812,,Sisir\n")
    assert not found
    assert fault.startswith("line 1: field larger than"), "the last line that was read whole"
