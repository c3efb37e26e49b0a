"""The table of villages and the names by which they are found."""

from __future__ import annotations

import csv

import pytest

from data.reference.places.villages import DISTRICTS, VILLAGES, by_code, village_named
from tests.real_data import CITY, needs_real_data


def test_there_are_twenty_four_villages_in_three_districts() -> None:
    counts = [sum(village.district == name for village in VILLAGES) for name in ("Batu", "Bumiaji", "Junrejo")]
    assert counts == [8, 9, 7]
    assert [village.code for village in VILLAGES] == sorted(by_code)
    assert len({village.bps for village in VILLAGES}) == 24


def test_the_district_follows_from_the_code_in_both_numberings() -> None:
    bps = {"010": "Batu", "020": "Junrejo", "030": "Bumiaji"}
    for village in VILLAGES:
        assert DISTRICTS[village.code[:8]] == village.district
        assert bps[village.bps[4:7]] == village.district


def test_kelurahan_have_codes_of_the_thousand_and_desa_of_two_thousand() -> None:
    for village in VILLAGES:
        assert village.kind == ("Kelurahan" if village.code[9] == "1" else "Desa")


def test_offices_and_inside_points_lie_in_the_known_extent() -> None:
    for village in VILLAGES:
        for lat, lon in ((village.office_lat, village.office_lon), (village.inside_lat, village.inside_lon)):
            assert -7.9394 < lat < -7.7326
            assert 112.4746 < lon < 112.5957


def test_every_village_is_found_by_both_codes_its_name_and_its_spellings() -> None:
    for village in VILLAGES:
        for text in (village.code, village.bps, village.name, village.name.upper(), *village.spellings):
            assert village_named(text) is village


def test_no_spelling_means_two_villages() -> None:
    keys = [
        (text.casefold().replace(" ", "").replace("-", ""), village.code)
        for village in VILLAGES
        for text in (village.name, *village.spellings)
    ]
    assert len({key for key, _ in keys}) == len(set(keys))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("sumber brantas", "Sumberbrantas"),
        ("ORO-ORO OMBO", "Oro-oro Ombo"),
        ("Orooro  Ombo", "Oro-oro Ombo"),
        ("Oro\u2013oro Ombo", "Oro-oro Ombo"),
        ("Songgo Kerto", "Songgokerto"),
        ("Sumber Rejo", "Sumberejo"),
        ("Kelurahan Sisir", "Sisir"),
        ("Kel. Sisir", "Sisir"),
        ("Ds.Punten", "Punten"),
        ("  desa  beji ", "Beji"),
        ("Desa Bumiaji, Kecamatan Bumiaji", "Bumiaji"),
        ("3579011001", "Temas"),
        ("35.79.01.1001", "Temas"),
        ("35 79 01 1001", "Temas"),
        ("ID3579010002", "Temas"),
    ],
)
def test_names_are_read_whatever_their_case_blanks_and_hyphens(text: str, name: str) -> None:
    found = village_named(text)
    assert found is not None
    assert found.name == name


def test_the_same_digits_mean_different_villages_in_the_two_numberings() -> None:
    kemendagri, bps = village_named("35.79.02.2001"), village_named("3579020001")
    assert kemendagri is not None
    assert bps is not None
    assert (kemendagri.name, bps.name) == ("Punten", "Tlekung")


@pytest.mark.parametrize(
    "text",
    [None, "", "   ", ",", "Batu", "Kecamatan Bumiaji", "Kota Batu", "Pujon", "35.07.26", "3579020999", "desa"],
)
def test_what_is_no_village_is_none(text: str | None) -> None:
    assert village_named(text) is None


@needs_real_data
def test_the_table_agrees_with_the_published_one() -> None:
    with (CITY / "batu_wilayah.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            village = by_code[row["kode"]]
            assert (village.bps, village.name, village.kind) == (row["kode_bps"], row["nama"], row["jenis"])
            assert village.office_lat == pytest.approx(float(row["kantor_lat"]), abs=1e-6)
            assert village.office_lon == pytest.approx(float(row["kantor_lng"]), abs=1e-6)
            assert village.inside_lat == pytest.approx(float(row["lat"]), abs=1e-6)
            assert village.inside_lon == pytest.approx(float(row["lng"]), abs=1e-6)
            assert village.area_km2 == pytest.approx(float(row["luas_km2"]))
