"""A table of the guide is proposed, previewed, imported and answered as one of cases is."""

from __future__ import annotations

import shutil
from io import BytesIO
from pathlib import Path

import pytest
import xlsxwriter
from openpyxl import load_workbook

from data.domain.guide.nouns import Doubt, PlaceKind, PlaceState
from data.domain.reasons import Reason
from data.reference.boundaries.map_import import check
from data.store.db.engine import Engine, reading, writing
from data.store.geo import boundaries
from data.store.guide import places, public
from ingest.pipeline.pipeline import Pipeline
from ingest.tabular.results.template import template
from tests.ingest.doors import NOW, Hand, around, config, configured, long_calendars, pipeline
from tests.ingest.uploads.desk import Desk, results
from tests.real_data import BOUNDARIES, CITY, needs_real_data

SOURCE = "umkm_csv"
COLUMNS = (
    "Nama Usaha",
    "NIB",
    "Jenis Usaha",
    "Alamat",
    "Desa",
    "No HP",
    "Tanggal persetujuan",
    "Latitude",
    "Longitude",
)
ROWS = (
    ("Warung Bu Uji", "1234567890123", "kuliner", "Jl. Diponegoro 5", "Sisir", "0812", "", -7.8716, 112.5267),
    ("Keripik Uji", "1234567890124", "keripik", "Jl. Raya 1", "Temas", "0813", "12/03/2026", -7.8788, 112.5430),
    ("Batik Uji", "123", "batik", "Jl. Raya 2", "Temas", "0814", "", -7.8788, 112.5430),
)


@pytest.fixture
def guide(quick_desk: Desk) -> Desk:
    return Desk(quick_desk.engine, quick_desk.home, **{SOURCE: {"enabled": True}})


def a_csv() -> bytes:
    lines = [COLUMNS, *((str(cell) for cell in row) for row in ROWS)]
    return "\n".join(";".join(line) for line in lines).encode()


def a_workbook() -> bytes:
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        sheet = book.add_worksheet("UMKM")
        for n, line in enumerate((COLUMNS, *ROWS)):
            for column, cell in enumerate(line):
                sheet.write(n, column, cell)
    return made.getvalue()


@pytest.mark.parametrize("content", [a_csv(), a_workbook()], ids=["csv", "xlsx"])
def test_a_table_that_nobody_has_mapped_is_proposed_and_imported(guide: Desk, content: bytes):
    upload_id = guide.asked(content, source=SOURCE)
    fields = {each.column: each.field for each in guide.look(upload_id).proposals}
    assert fields == {
        "Nama Usaha": "name",
        "NIB": "nib",
        "Jenis Usaha": "category",
        "Alamat": "address",
        "Desa": "village",
        "No HP": "phone",
        "Tanggal persetujuan": "phone_consent",
        "Latitude": "lat",
        "Longitude": "lon",
    }
    first, second, third = guide.uploader.preview(upload_id, guide.now)
    assert first.guide is not None
    assert (first.faults, second.faults) == ({}, {})
    (why,) = third.faults.values()
    assert isinstance(why, Reason)
    assert (list(third.faults), why.code) == (["NIB"], "guide.permit")
    guide.uploader.enqueue(upload_id, guide.now)
    guide.work()
    assert results(guide.get(upload_id)) == {"baru": 2, "ditolak": 1}
    with reading(guide.engine) as conn:
        keripik, warung = public.public_places(conn)
    assert (warung.kind, warung.category, warung.phone, warung.address) == (PlaceKind.BUSINESS, "kuliner", None, None)
    assert (keripik.category, keripik.phone, keripik.address) == ("oleh_oleh", "0813", "Jl. Raya 1")


def test_a_table_without_a_name_says_what_is_missing(guide: Desk):
    upload_id = guide.asked(b"NIB;Alamat\n1234567890123;Jl. Raya 1\n", source=SOURCE)
    doubts = [each for each in guide.look(upload_id).ambiguous if isinstance(each, Reason)]
    assert [each.code for each in doubts][:1] == ["proposal.guide_missing"]


@needs_real_data
def test_the_citys_own_table_of_places_comes_in_by_the_folder(engine: Engine, tmp_path: Path):
    ground = check(BOUNDARIES / "batu_desa.geojson").boundaries
    with writing(engine) as conn:
        boundaries.replace(conn, ground.areas, "batas.geojson", NOW)
    source = configured("tempat_csv", around(engine, tmp_path))
    hand = Hand(source, Pipeline(engine, config().city, long_calendars(), ground))
    folder = tmp_path / "drop" / "tempat"
    folder.mkdir(parents=True)
    shutil.copy(CITY / "batu_tourism_places.csv", folder / "places.csv")
    hand.take(NOW)
    assert hand.take(NOW) == {"new": 40}
    assert hand.take(NOW) == {}
    assert [outcome.kind for outcome in hand.outcomes] == ["new"] * 40
    with reading(engine) as conn:
        every = places.places(conn, states=tuple(PlaceState))
        shown = public.public_places(conn)
    doubtful = [each for each in every if each.state is PlaceState.DOUBTFUL]
    assert (len(every), len(doubtful), len(shown)) == (40, 11, 29)
    assert {each.doubt for each in doubtful} == {Doubt.ADDRESS_AND_POINT}
    assert [each.name for each in every if each.is_outside] == ["Coban Rondo"]
    assert {each.category for each in every} == {
        "alam", "agrowisata", "edukasi", "rekreasi", "hiburan", "lainnya",
    }  # fmt: skip
    assert next(each for each in shown if each.name == "Selecta" and each.ticket_rupiah).ticket_rupiah == 40_000


@needs_real_data
def test_on_the_schematic_map_nothing_is_doubted_until_boundaries_are_imported(engine: Engine, tmp_path: Path):
    hand = Hand(configured("tempat_csv", around(engine, tmp_path)), pipeline(engine))
    (tmp_path / "drop" / "tempat").mkdir(parents=True)
    shutil.copy(CITY / "batu_tourism_places.csv", tmp_path / "drop" / "tempat" / "places.csv")
    hand.take(NOW)
    hand.take(NOW)
    with writing(engine) as conn:
        before = places.places(conn, states=(PlaceState.DOUBTFUL,))
        boundaries.replace(conn, check(BOUNDARIES / "batu_desa.geojson").boundaries.areas, "batas.geojson", NOW)
        after = places.places(conn, states=(PlaceState.DOUBTFUL,))
    assert len(before) < len(after) == 11


def test_the_template_offers_the_guides_own_choices():
    made = template(config().sources["umkm_csv"].mapping, config().city, "Usaha kecil")  # type: ignore[attr-defined]
    book = load_workbook(BytesIO(made))
    names = [cell.value for cell in book.worksheets[0][1]]
    offered = {row[names.index("jenis")].value for row in book.worksheets[2].iter_rows()}
    assert {"Kuliner", "Oleh-oleh"} <= offered
    assert "Jalan rusak" not in offered
