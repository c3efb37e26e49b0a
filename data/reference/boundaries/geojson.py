"""Reads GeoJSON features from bytes; any other content is refused with a reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from data.reference.boundaries.findings import FindingKind, MapFinding, MapRefused, MapReport, printable

LARGEST = 50 * 1024 * 1024
"""Bytes. The official boundaries of the whole province have about that; the city's have 100 KB."""

_SAME_AS_WGS84 = ("4326", "CRS84", "4755", "9470", "SRGI", "DGN95", "WGS84", "WGS 84")
"""Indonesia's DGN95 and SRGI2013 differ from WGS84 by less than a metre."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature as the file has it."""

    number: int
    """From 1."""
    properties: Mapping[str, object]
    geometry: object


def read_file(path: Path) -> bytes:
    """The file's bytes; MapRefused when it is none, cannot be read or is too large."""
    try:
        if not path.is_file():
            raise _refused(f"{printable(path, 200)} is not a file")
        if path.stat().st_size > LARGEST:
            raise _too_large(path.stat().st_size)
        return path.read_bytes()
    except OSError as error:
        raise _refused(f"cannot be read: {error.strerror or error}") from error


def read_features(data: bytes, report: MapReport) -> list[Feature]:
    """The features of a GeoJSON FeatureCollection; MapRefused when it is none."""
    if len(data) > LARGEST:
        raise _too_large(len(data))
    document = _document(data)
    kind = document.get("type") if isinstance(document, dict) else None
    if not isinstance(document, dict) or kind != "FeatureCollection":
        raise _refused(f"is JSON, but not a GeoJSON FeatureCollection{_what(document)}")
    features = document.get("features")
    if not isinstance(features, list) or not features:
        raise _refused("is a FeatureCollection without a list of features")
    _note_reference(document.get("crs"), report)
    return [feature for number, raw in enumerate(features, 1) if (feature := _feature(number, raw, report))]


def _document(data: bytes) -> object:
    if data[:4] == b"PK\x03\x04":
        raise _refused("is a ZIP archive (a zipped shapefile?): export the boundaries as GeoJSON in WGS84")
    try:
        document: object = json.loads(data)
    except RecursionError:
        raise _refused("is nested too deeply to be GeoJSON") from None
    except UnicodeDecodeError:
        raise _refused("is not text: export the boundaries as GeoJSON (UTF-8)") from None
    except json.JSONDecodeError as error:
        raise _refused(f"is not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from None
    except ValueError as error:
        raise _refused(f"is not JSON: {printable(error)}") from None
    return document


def _feature(number: int, raw: object, report: MapReport) -> Feature | None:
    properties = raw.get("properties") if isinstance(raw, dict) else None
    if not isinstance(raw, dict) or raw.get("type") != "Feature":
        report.fault(FindingKind.FILE, f"feature {number}", "is not a GeoJSON Feature")
        return None
    return Feature(number, properties if isinstance(properties, dict) else {}, raw.get("geometry"))


def _what(document: object) -> str:
    if not isinstance(document, dict):
        return f" (it is a {type(document).__name__})"
    if document.get("type") == "Topology":
        return " (it is TopoJSON: export as GeoJSON)"
    return f" (its type is {printable(document['type'])})" if "type" in document else ""


def _note_reference(crs: object, report: MapReport) -> None:
    """Old GeoJSON may name its coordinate system. It is only reported, because the coordinates themselves are
    checked."""
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if name is not None and not any(known in str(name) for known in _SAME_AS_WGS84):
        report.note(FindingKind.REFERENCE, "file", f"names the coordinate system {printable(name)}; WGS84 is expected")


def _too_large(size: int) -> MapRefused:
    return _refused(f"is {size / 2**20:,.0f} MB large; {LARGEST / 2**20:.0f} MB is the limit: keep only Kota Batu")


def _refused(text: str) -> MapRefused:
    return MapRefused([MapFinding(FindingKind.FILE, "file", text)])
