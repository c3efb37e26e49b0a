"""Boundary files that are taken: what is repaired, what is remarked, and what they place."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from shapely.geometry import mapping

from data.reference.boundaries.areas import Placed
from data.reference.boundaries.cells import cells
from data.reference.boundaries.findings import REPAIRS, FindingKind
from data.reference.boundaries.map_import import Imported, check
from data.reference.boundaries.shapes import SQUARE_METRES
from data.reference.places.villages import VILLAGES
from tests.data.reference.boundaries.maps import (
    Features,
    a_map,
    a_square,
    kinds,
    move,
    real_shapes,
)
from tests.real_data import BOUNDARIES, needs_real_data


def moved_ground(imported: Imported, before: dict[str, Any]) -> float:
    """The most that a village's ground differs from the file's, in square metres."""
    villages = [area for area in imported.areas if area.village]
    return max(area.shape.symmetric_difference(before[area.code]).area for area in villages) * SQUARE_METRES


def turned(name: str) -> bytes:
    """A real file with latitude first."""
    document = json.loads((BOUNDARIES / name).read_text())
    for feature in document["features"]:
        move(feature, lambda x, y: (y, x))
    return json.dumps(document).encode()


def test_a_good_file_is_taken_as_it_is_and_without_remark() -> None:
    imported = check(a_map())
    assert imported.report == ()
    assert [area.code for area in imported.areas] == [village.code for village in VILLAGES]
    assert moved_ground(imported, {area.code: area.shape for area in cells()}) < 1
    assert imported.boundaries.official is True


def test_names_and_districts_come_from_our_table_not_from_the_file() -> None:
    def rename(features: Features) -> None:
        for feature in features:
            feature["properties"]["nama"] = feature["properties"]["nama"].upper()

    assert [(a.name, a.district) for a in check(a_map(rename)).areas] == [(v.name, v.district) for v in VILLAGES]


def test_the_origin_names_the_file_and_its_digest(tmp_path: Path) -> None:
    path = tmp_path / "batas.geojson"
    path.write_bytes(a_map())
    digest = hashlib.sha256(a_map()).hexdigest()
    assert check(path).origin == f"batas.geojson sha256:{digest}"
    assert check(a_map(), "upload").origin == f"upload sha256:{digest}"


def test_a_byte_order_mark_and_utf_16_do_not_matter() -> None:
    assert check(b"\xef\xbb\xbf" + a_map()).report == ()
    assert check(a_map().decode().encode("utf-16")).report == ()


def test_heights_are_dropped() -> None:
    def raise_it(features: Features) -> None:
        for feature in features:
            move(feature, lambda x, y: (x, y, 950.0))

    imported = check(a_map(raise_it))
    assert imported.report == ()
    assert not any(area.shape.has_z for area in imported.areas)


def test_multipolygons_and_collections_are_taken_and_their_points_left_out() -> None:
    def wrap(features: Features) -> None:
        first, second = features[0], features[1]
        first["geometry"] = {"type": "MultiPolygon", "coordinates": [first["geometry"]["coordinates"]]}
        point = {"type": "Point", "coordinates": [112.5, -7.87]}
        second["geometry"] = {"type": "GeometryCollection", "geometries": [point, second["geometry"]]}

    imported = check(a_map(wrap))
    assert [(f.kind, f.where) for f in imported.report] == [(FindingKind.LEFT_OUT, "feature 2 (Ngaglik)")]
    assert imported.areas[0].shape.geom_type == "Polygon"


def test_latitude_first_is_turned_and_told() -> None:
    def turn(features: Features) -> None:
        for feature in features:
            move(feature, lambda x, y: (y, x))

    imported = check(a_map(turn))
    assert [str(f) for f in imported.report] == ["file: all 24 features have latitude before longitude; turned"]
    assert moved_ground(imported, {area.code: area.shape for area in cells()}) < 1


def test_single_features_with_latitude_first_are_turned_by_themselves() -> None:
    imported = check(a_map(lambda features: move(features[4], lambda x, y: (y, x))))
    (finding,) = imported.report
    assert finding.kind is FindingKind.TURNED
    assert "1 of 24 features" in finding.text
    assert "Sumberejo" in finding.text


def test_rings_that_are_not_closed_are_closed() -> None:
    def open_it(features: Features) -> None:
        features[0]["geometry"]["coordinates"][0].pop()

    imported = check(a_map(open_it))
    assert [f.kind for f in imported.report] == [FindingKind.CLOSED]


def test_an_outline_that_crosses_itself_is_mended() -> None:
    def cross(features: Features) -> None:
        ring = features[3]["geometry"]["coordinates"][0]
        x, y = ring[0]
        ring[0:1] = [[x, y], [x + 0.001, y + 0.0004], [x + 0.001, y], [x, y + 0.0004], [x, y]]

    imported = check(a_map(cross))
    assert FindingKind.VALIDITY in {f.kind for f in imported.report}
    assert shapely.coverage_is_valid([area.shape for area in imported.areas])


@pytest.mark.parametrize("key", ["kode", "KODE_DESA", "kode_bps", "ADM4_PCODE", "id"])
def test_codes_of_either_numbering_are_known_under_any_key(key: str) -> None:
    def recode(features: Features) -> None:
        for feature, village in zip(features, VILLAGES, strict=True):
            value = f"ID{village.bps}" if key == "ADM4_PCODE" else village.bps if "bps" in key else village.code
            feature["properties"] = {key: value}

    assert kinds(a_map(recode)) == set()


def test_codes_may_be_numbers_and_names_may_stand_alone() -> None:
    def mix(features: Features) -> None:
        for number, (feature, village) in enumerate(zip(features, VILLAGES, strict=True)):
            choices: list[dict[str, Any]] = [
                {"kode": int(village.bps)},
                {"kode": float(village.code.replace(".", ""))},
                {"WADMKD": village.name, "WADMKC": village.district, "WADMKK": "Kota Batu"},
                {"Desa": (village.spellings or (village.name,))[0].upper(), "Kab_Kota": "BATU"},
            ]
            feature["properties"] = choices[number % len(choices)]

    assert kinds(a_map(mix)) == set()


def test_features_of_other_regencies_are_left_out_even_if_they_bear_our_names() -> None:
    def add(features: Features) -> None:
        geometry = a_square(112.4, -7.9, 0.05)
        for properties in (
            {"kode": "35.07.26.2001", "nama": "Pandesari"},
            {"kode": "35.07.22.2003", "nama": "Sumberejo"},
            {"WADMKD": "Punten", "WADMKK": "Malang"},
            {"kode_kec": "3507260", "desa": "Bendosari"},
        ):
            features.append({"type": "Feature", "properties": properties, "geometry": geometry})

    imported = check(a_map(add))
    assert [str(f) for f in imported.report] == ["file: 4 feature(s) of other regencies left out"]


def test_an_office_that_stands_just_outside_is_remarked() -> None:
    def cut(features: Features) -> None:
        office = shapely.Point(VILLAGES[16].office_lon, VILLAGES[16].office_lat)
        rest = cells()[16].shape.difference(office.buffer(0.002))
        features[16]["geometry"] = json.loads(json.dumps(mapping(rest)))

    report = check(a_map(cut)).report
    assert {f.kind for f in report} == {FindingKind.OFFICE, FindingKind.OPEN_GROUND}
    assert any(f.where == "Sumberbrantas" and "outside its boundary" in f.text for f in report)


def test_a_city_of_another_size_is_remarked() -> None:
    def shrink(features: Features) -> None:
        for feature, village in zip(features, VILLAGES, strict=True):
            feature["geometry"] = a_square(village.office_lon - 0.0005, village.office_lat - 0.0005, 0.001)

    assert FindingKind.SIZE in kinds(a_map(shrink))


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326"])
def test_a_file_that_names_wgs84_is_taken_without_remark(name: str) -> None:
    assert kinds(a_map(crs={"type": "name", "properties": {"name": name}})) == set()


def test_another_coordinate_system_by_name_is_remarked_when_the_coordinates_are_right() -> None:
    assert kinds(a_map(crs={"type": "name", "properties": {"name": "EPSG:32749"}})) == {FindingKind.REFERENCE}
    assert kinds(a_map(crs="EPSG:4326")) == set()


@needs_real_data
@pytest.mark.parametrize("name", ["batu_desa.geojson", "batu_desa_100m.geojson"])
def test_clean_official_boundaries_are_taken_without_repair(name: str) -> None:
    imported = check(BOUNDARIES / name)
    assert imported.report == ()
    assert moved_ground(imported, real_shapes(name)) < 1


@needs_real_data
def test_uncleaned_boundaries_are_taken_after_repair_with_a_report_of_each_place() -> None:
    imported = check(BOUNDARIES / "batu_desa_uncleaned.geojson")
    assert {f.kind for f in imported.report} == {FindingKind.GAP, FindingKind.OVERLAP}
    assert sum(f.where == "city" for f in imported.report) == 2
    places = {f.where for f in imported.report if f.kind is FindingKind.OVERLAP}
    assert "Temas / Sisir" in places
    assert len(places) > 30
    assert shapely.coverage_is_valid([area.shape for area in imported.areas])
    assert len(shapely.union_all([area.shape for area in imported.areas]).interiors) == 0
    assert moved_ground(imported, real_shapes("batu_desa_uncleaned.geojson")) < 10_000


@needs_real_data
def test_uncleaned_boundaries_place_as_the_cleaned_ones_do() -> None:
    clean, mended = (check(BOUNDARIES / f"batu_desa{kind}.geojson").boundaries for kind in ("", "_uncleaned"))
    rng = np.random.default_rng(7)
    lats, lons = rng.uniform(-7.94, -7.733, 30_000), rng.uniform(112.475, 112.595, 30_000)
    assert np.mean(clean.place_many(lats, lons).codes == mended.place_many(lats, lons).codes) > 0.995


@needs_real_data
def test_what_was_repaired_needs_no_repair_again() -> None:
    def export(features: Features) -> None:
        for feature, area in zip(features, check(BOUNDARIES / "batu_desa_uncleaned.geojson").areas, strict=True):
            feature["geometry"] = json.loads(json.dumps(mapping(area.shape)))

    assert check(a_map(export)).report == ()


@needs_real_data
@pytest.mark.parametrize("name", ["batu_desa.geojson", "batu_desa_uncleaned.geojson", "batu_desa_bps2020.geojson"])
def test_official_files_with_latitude_first_give_the_same_map(name: str) -> None:
    straight, back = check(BOUNDARIES / name), check(turned(name))
    assert back.report[0].kind is FindingKind.TURNED
    assert back.report[1:] == straight.report
    assert [a.shape.wkb for a in back.areas] == [a.shape.wkb for a in straight.areas]


@needs_real_data
def test_forest_of_the_statistics_office_is_in_the_city_but_in_no_village() -> None:
    imported = check(BOUNDARIES / "batu_desa_bps2020.geojson")
    assert [(a.code, a.district) for a in imported.areas if not a.village] == [
        ("hutan-1", "Batu"),
        ("hutan-2", "Junrejo"),
    ]
    assert [f.kind for f in imported.report] == [FindingKind.FOREST, FindingKind.FOREST]
    assert not REPAIRS & {f.kind for f in imported.report}
    oro_oro_ombo = next(village for village in VILLAGES if village.name == "Oro-oro Ombo")
    boundaries = imported.boundaries
    assert boundaries.place(oro_oro_ombo.inside_lat, oro_oro_ombo.inside_lon) == Placed(None, True)
    assert boundaries.place(oro_oro_ombo.office_lat, oro_oro_ombo.office_lon) == Placed(oro_oro_ombo.code, True)
    assert list(boundaries.forests()) == ["hutan-1", "hutan-2"]


@needs_real_data
def test_the_villages_of_the_statistics_office_without_their_forest_leave_ground_to_nobody() -> None:
    document = json.loads((BOUNDARIES / "batu_desa_bps2020.geojson").read_text())
    document["features"] = [f for f in document["features"] if f["properties"]["nama"] != "Kehutanan"]
    imported = check(json.dumps(document).encode())
    assert len(imported.areas) == 24
    assert not REPAIRS & {f.kind for f in imported.report}
