"""Where a place lies: its address against its point, and what is doubted."""

from __future__ import annotations

import csv
from collections import Counter

import pytest

from data.domain.guide.nouns import Doubt
from data.reference.boundaries.areas import Boundaries
from data.reference.boundaries.cells import schematic
from data.reference.boundaries.map_import import check
from data.reference.boundaries.place_judging import judge
from data.reference.places.landmarks import LANDMARKS
from data.reference.places.villages import village_named
from tests.factories import SISIR, TEMAS
from tests.real_data import BOUNDARIES, CITY, needs_real_data

IN_SISIR = (-7.8716, 112.5267)
IN_TEMAS = (-7.878791, 112.542957)
NOWHERE = (-7.50, 112.00)


@pytest.fixture(scope="module")
def ground() -> Boundaries:
    """Cells that count as a measured map."""
    return Boundaries(schematic().areas, official=True)


@pytest.mark.parametrize(
    ("address", "point", "village", "doubt"),
    [
        ("Jl. Diponegoro, Sisir, Batu", IN_SISIR, SISIR, None),
        ("Jl. Diponegoro, Sisir, Batu", IN_TEMAS, TEMAS, Doubt.ADDRESS_AND_POINT),
        ("Jl. Raya Temas 3, Batu", IN_SISIR, SISIR, Doubt.ADDRESS_AND_POINT),
        ("Jl. Raya Temas 3, Sisir", IN_SISIR, SISIR, None),
        ("Kec. Bumiaji", IN_SISIR, SISIR, Doubt.ADDRESS_AND_POINT),
        ("Kec. Batu", IN_SISIR, SISIR, None),
        ("Jl. Gajah Mada", IN_SISIR, SISIR, None),
        (None, IN_SISIR, SISIR, None),
        ("Pandesari, Pujon, Malang", IN_SISIR, SISIR, Doubt.ADDRESS_AND_POINT),
        ("Jl. Diponegoro, Sisir, Batu", NOWHERE, None, Doubt.NO_VILLAGE),
        ("Sisir, Batu", (None, None), SISIR, Doubt.NO_POINT),
        ("Sisir, Batu", (0.0, 0.0), SISIR, Doubt.NO_POINT),
    ],
)
def test_the_village_of_the_address_is_compared_with_that_of_the_point(
    ground: Boundaries, address: str | None, point: tuple[float | None, float | None], village: str, doubt: Doubt | None
):
    found = judge(address, *point, ground)
    assert (found.village, found.doubt) == (village, doubt)


def test_what_lies_outside_says_so_and_what_lies_far_away_is_doubted(ground: Boundaries):
    near, far = (judge("Pandesari, Pujon, Malang", *at, ground) for at in ((-7.884, 112.43), (-6.2, 106.8)))
    assert (near.is_outside, near.village, near.doubt) == (True, None, None)
    assert (far.is_outside, far.doubt) == (True, Doubt.NO_VILLAGE)


def test_the_schematic_map_is_no_proof_against_an_address():
    found = judge("Jl. Diponegoro, Sisir, Batu", *IN_TEMAS, schematic())
    assert (found.village, found.doubt) == (SISIR, None)


@needs_real_data
def test_of_the_citys_forty_places_those_are_doubted_that_contradict_themselves():
    ground = check(BOUNDARIES / "batu_desa.geojson").boundaries
    with (CITY / "batu_tourism_places.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    judged = [judge(row["address"], float(row["lat"]), float(row["lng"]), ground) for row in rows]
    assert len(rows) == 40
    assert Counter(each.doubt for each in judged) == {None: 29, Doubt.ADDRESS_AND_POINT: 11}
    assert [row["name"] for row, each in zip(rows, judged, strict=True) if each.is_outside] == ["Coban Rondo"]
    for row, each in zip(rows, judged, strict=True):  # their own column says the same
        said = row["address_vs_point"]
        assert said == ("outside Kota Batu" if each.is_outside else "ok" if each.doubt is None else said)
        assert (each.doubt is not None) == said.startswith("address names")
        village = village_named(row["desa_by_point"]) if row["desa_by_point"] else None
        assert each.village == (village.code if village else None)


@needs_real_data
def test_our_own_landmarks_lie_where_their_address_says():
    ground = check(BOUNDARIES / "batu_desa.geojson").boundaries
    found = {each.name: judge(each.address, each.lat, each.lon, ground) for each in LANDMARKS}
    assert {name: each.doubt for name, each in found.items() if each.doubt} == {}
    assert all(each.village for each in found.values())
