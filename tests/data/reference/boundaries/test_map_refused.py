"""Boundary files that are refused, however hostile: always with every fault, never with another error."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.reference.boundaries.findings import FindingKind, MapRefused
from data.reference.boundaries.geojson import LARGEST
from data.reference.boundaries.map_import import check
from data.reference.places.villages import VILLAGES
from tests.data.reference.boundaries.maps import (
    Features,
    a_map,
    a_square,
    fault_kinds,
    faults,
    move,
)
from tests.real_data import BOUNDARIES, needs_real_data


def only_fault(source: bytes | Path) -> str:
    """The one fault of a file as it is printed."""
    (fault,) = faults(source)
    return str(fault)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"type": "FeatureCollection", "features": [', "line 1, column"),
        (b"\xff\xfe\x00", "not"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "not"),
        (b"PK\x03\x04zip", "ZIP archive"),
        (b"<html>", "not JSON"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a":' * 200_000, "nested too deeply"),
        (b"1" * 5000, "not JSON"),
        (b"null", "it is a NoneType"),
        (b"[1, 2]", "it is a list"),
        (b'"FeatureCollection"', "it is a str"),
        (b"{}", "not a GeoJSON FeatureCollection"),
        (b'{"type": "Topology", "objects": {}}', "TopoJSON"),
        (b'{"type": "Feature"}', "its type is Feature"),
        (b'{"type": {"a": 1}}', "its type is {'a': 1}"),
        (b'{"type": "FeatureCollection"}', "without a list of features"),
        (b'{"type": "FeatureCollection", "features": {}}', "without a list of features"),
        (b'{"type": "FeatureCollection", "features": []}', "without a list of features"),
    ],
)
def test_what_is_no_feature_collection_is_refused_with_a_word_on_what_it_is(data: bytes, said: str) -> None:
    assert said in only_fault(data)


def test_a_file_that_is_not_there_or_is_a_folder_is_refused(tmp_path: Path) -> None:
    assert "is not a file" in only_fault(tmp_path / "none.geojson")
    assert "is not a file" in only_fault(tmp_path)
    assert "is not a file" in only_fault(Path("/dev/zero"))


def test_a_file_over_fifty_megabytes_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "large.geojson"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    assert "50 MB is the limit" in only_fault(path)
    assert "50 MB is the limit" in only_fault(b" " * (LARGEST + 1))


def test_every_missing_village_is_named_with_both_codes() -> None:
    found = faults(a_map(lambda features: features.__delitem__(slice(2, 4))))
    assert [str(fault) for fault in found] == [
        "Songgokerto (35.79.01.1003, BPS 3579010006): has no feature",
        "Sisir (35.79.01.1004, BPS 3579010003): has no feature",
    ]


def test_a_village_with_two_features_is_named_with_both() -> None:
    assert only_fault(a_map(lambda features: features.append(features[0]))) == (
        "Temas (35.79.01.1001): has several features: 1, 25"
    )


def test_all_faults_are_told_at_once() -> None:
    def break_it(features: Features) -> None:
        features[0]["geometry"] = None
        features[1]["geometry"] = {"type": "Point", "coordinates": [112.5, -7.8]}
        features[2]["properties"] = {"nama": "Atlantis"}
        move(features[3], lambda x, y: (x + 5, y))
        features[4] = 17
        features.append(features[6])

    found = faults(a_map(break_it))
    assert [(fault.kind, fault.where.split(" (")[0]) for fault in found] == [
        (FindingKind.FILE, "feature 5"),
        (FindingKind.SHAPE, "feature 1"),
        (FindingKind.SHAPE, "feature 2"),
        (FindingKind.NAME, "feature 3"),
        (FindingKind.PLACE, "feature 4"),
        (FindingKind.MISSING, "Songgokerto"),
        (FindingKind.MISSING, "Sumberejo"),
        (FindingKind.DOUBLE, "Sidomulyo"),
    ]


GEOMETRIES: list[tuple[Any, str]] = [
    (None, "has no geometry"),
    ([], "has no geometry"),
    ({}, "is no polygon but None"),
    ({"type": "Polygon"}, "coordinates of the wrong form"),
    ({"type": "Polygon", "coordinates": "112,-7"}, "coordinates of the wrong form"),
    ({"type": "Polygon", "coordinates": []}, "without a ring"),
    ({"type": "Polygon", "coordinates": [[]]}, "fewer than three different corners"),
    ({"type": "Polygon", "coordinates": [[1, 2, 3]]}, "not a pair of numbers: 1"),
    ({"type": "Polygon", "coordinates": [[["112.5", "-7.8"]] * 4]}, "not a pair of numbers"),
    ({"type": "Polygon", "coordinates": [[[True, False]] * 4]}, "not a pair of numbers"),
    ({"type": "Polygon", "coordinates": [[[112.5]] * 4]}, "not a pair of numbers"),
    ({"type": "Polygon", "coordinates": [[[112.5, None]] * 4]}, "not a pair of numbers"),
    ({"type": "Polygon", "coordinates": [[[112.5, -7.8]] * 9]}, "fewer than three different corners"),
    ({"type": "Polygon", "coordinates": [[[112.5, float("nan")], [112.5, -7.8], [1, 1]]]}, "not a finite number"),
    ({"type": "Polygon", "coordinates": [[[112.5, float("inf")], [112.5, -7.8], [1, 1]]]}, "not a finite number"),
    ({"type": "Polygon", "coordinates": [[[10**400, 1], [112.5, -7.8], [1, 1]]]}, "not a finite number"),
    ({"type": "MultiPolygon", "coordinates": []}, "is no polygon but empty"),
    ({"type": "MultiPolygon", "coordinates": [7]}, "coordinates of the wrong form"),
    ({"type": "LineString", "coordinates": [[112.5, -7.8], [112.6, -7.8]]}, "is no polygon but LineString"),
    ({"type": "GeometryCollection", "geometries": []}, "is no polygon but empty"),
    ({"type": "GeometryCollection", "geometries": None}, "coordinates of the wrong form"),
    ({"type": "GeometryCollection", "geometries": [5]}, "has no geometry"),
    ({"type": "Polygon", "coordinates": [[[112.5, -7.8], [112.51, -7.8], [112.52, -7.8]]]}, "encloses no ground"),
]


@pytest.mark.parametrize(("geometry", "said"), GEOMETRIES)
def test_a_geometry_that_is_no_usable_polygon_is_named_with_its_feature(geometry: Any, said: str) -> None:
    found = only_fault(a_map(lambda features: features[7].update(geometry=geometry)))
    assert found.startswith("feature 8 (Pesanggrahan): ")
    assert said in found


def test_a_tangle_of_lines_is_refused_before_it_costs_minutes() -> None:
    rng = random.Random(1)
    ring = [[112.5 + rng.uniform(0, 0.02), -7.88 + rng.uniform(0, 0.02)] for _ in range(20_000)]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    start = time.process_time()
    assert "a tangle of 20,001 corners" in only_fault(a_map(lambda features: features[7].update(geometry=geometry)))
    assert time.process_time() - start < 15


def test_collections_nested_as_deep_as_json_allows_exhaust_nothing() -> None:
    geometry = json.dumps(a_square(112.5, -7.9, 0.01))
    for _ in range(300):
        geometry = f'{{"type": "GeometryCollection", "geometries": [{geometry}]}}'
    feature = f'{{"type": "Feature", "properties": {{}}, "geometry": {geometry}}}'
    assert FindingKind.NAME in fault_kinds(f'{{"type": "FeatureCollection", "features": [{feature}]}}'.encode())


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (lambda x, y: (x - 112.5 + 670_000, y + 9_130_000), "metres of a projection"),
        (lambda x, y: (x * 111_319.5, y * 111_319.5), "metres of a projection"),
        (lambda x, y: (x, -y), "does not lie near Batu"),
        (lambda x, y: (x + 1, y), "does not lie near Batu"),
        (lambda x, y: (0.0001 * (x - 112), 0.0001 * (y + 7)), "does not lie near Batu"),
    ],
)
def test_coordinates_elsewhere_are_refused_with_where_they_lie(how: Callable[..., Any], said: str) -> None:
    def shift(features: Features) -> None:
        for feature in features:
            move(feature, how)

    found = faults(a_map(shift))
    assert {fault.kind for fault in found} == {FindingKind.PLACE}
    assert len(found) == 24
    assert said in found[0].text


def test_codes_and_names_that_disagree_are_named() -> None:
    found = faults(a_map(lambda features: features[0]["properties"].update(nama="Sisir")))
    assert found[0].kind is FindingKind.NAME
    assert found[0].text == (
        "its codes and names mean different villages: Temas (35.79.01.1001) and Sisir (35.79.01.1004)"
    )


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({}, "neither a code nor a name"),
        (None, "neither a code nor a name"),
        ([], "neither a code nor a name"),
        ({"kode": "35.79.01.9999"}, "code 3579019999 is no village of Kota Batu"),
        ({"nama": "Atlantis\x1b[31m\n"}, "Atlantis?[31m is no village"),
        ({"nama": "\x07" * 500}, "?... is no village"),
        ({"kode": "35.79.01.9999", "nama": "Temas"}, "code 3579019999 is no village of Kota Batu"),
        ({"kode": True, "nama": 17}, "17 is no village"),
        ({"kode": 10**40}, "neither a code nor a name"),
    ],
)
def test_a_feature_that_cannot_be_matched_is_named(properties: Any, said: str) -> None:
    found = faults(a_map(lambda features: features[0].update(properties=properties)))
    assert [fault.kind for fault in found] == [FindingKind.NAME, FindingKind.MISSING]
    assert said in found[0].text
    assert found[0].text.isprintable()


def test_exchanged_names_are_noticed_by_the_offices() -> None:
    def exchange(features: Features) -> None:
        features[8]["geometry"], features[22]["geometry"] = features[22]["geometry"], features[8]["geometry"]

    found = faults(a_map(exchange))
    assert {(fault.kind, fault.where) for fault in found} == {
        (FindingKind.EXCHANGED, "Punten (35.79.02.2001)"),
        (FindingKind.EXCHANGED, "Pendem (35.79.03.2006)"),
    }


def test_codes_of_one_numbering_read_as_the_other_are_noticed_by_the_offices() -> None:
    """A file whose author took BPS's districts 020 and 030 for Kemendagri's 02 and 03."""

    def confuse(features: Features) -> None:
        for feature, village in zip(features, VILLAGES, strict=True):
            confused = {"01": "01", "02": "03", "03": "02"}[village.code[6:8]]
            twin = f"3579{confused[0]}{confused[1]}0"
            same = [v for v in VILLAGES if v.bps.startswith(twin)]
            feature["properties"] = {"kode_bps": same[min(int(village.bps[-1]), len(same)) - 1].bps}

    assert FindingKind.DOUBLE in fault_kinds(a_map(confuse)) or FindingKind.EXCHANGED in fault_kinds(a_map(confuse))


def test_two_villages_that_claim_much_of_the_same_ground_are_refused() -> None:
    def spread(features: Features) -> None:
        features[7]["geometry"] = {"type": "MultiPolygon", "coordinates": [
            features[7]["geometry"]["coordinates"], features[1]["geometry"]["coordinates"]]}  # fmt: skip

    found = faults(a_map(spread))
    assert {fault.kind for fault in found} == {FindingKind.CLAIMED}
    assert found[0].where == "Ngaglik / Pesanggrahan"
    assert "100% of the smallest" in found[0].text


@needs_real_data
@pytest.mark.parametrize("name", ["batu_kecamatan.geojson", "batu_kota.geojson", "neighbours.geojson"])
def test_maps_of_other_things_are_refused(name: str) -> None:
    assert FindingKind.MISSING in fault_kinds(BOUNDARIES / name)


def test_the_refusal_prints_one_line_for_each_fault() -> None:
    with pytest.raises(MapRefused) as caught:
        check(a_map(lambda features: features.clear() or features.append({"type": "Feature"})))
    assert len(str(caught.value).splitlines()) == len(caught.value.faults) == 25


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=60)
@given(json_values, st.sampled_from(["geometry", "properties", "coordinates", "ring", "feature", "crs"]))
def test_whatever_stands_in_the_file_it_is_taken_or_refused(value: Any, where: str) -> None:
    def plant(features: Features) -> None:
        if where == "feature":
            features[3] = value
        elif where == "coordinates":
            features[3]["geometry"]["coordinates"] = value
        elif where == "ring":
            features[3]["geometry"]["coordinates"][0][1] = value
        elif where != "crs":
            features[3][where] = value

    data = a_map(plant, **({"crs": value} if where == "crs" else {}))
    with suppress(MapRefused):
        check(data)


@given(st.binary(max_size=200))
def test_whatever_bytes_come_they_are_refused(data: bytes) -> None:
    assert fault_kinds(data) == {FindingKind.FILE}
