"""Checks a file of official boundaries and builds the city's areas from it: `check(path)`.

Accepted: a GeoJSON FeatureCollection in WGS84 degrees with one polygon feature for each of the 24 villages, identified
by codes of either numbering or by name. Exchanged coordinates (latitude first) are swapped and small faults are
repaired; both are reported. Features of other regencies are left out, forest becomes land without a village. Anything
else is refused with all its faults. Nothing is stored here (see `data.store.geo.boundaries`).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import shapely
from shapely import Point

from data.reference.boundaries.areas import Area, Boundaries, Region
from data.reference.boundaries.findings import FindingKind, MapFinding, MapRefused, MapReport, area_text, printable
from data.reference.boundaries.geojson import Feature, read_features, read_file
from data.reference.boundaries.repair import Claimant, repair_coverage
from data.reference.boundaries.shapes import SQUARE_METRES, shape_of
from data.reference.boundaries.village_matching import Identity, identify
from data.reference.places.villages import VILLAGES, Village

SIZE_TOLERANCE = 0.15
"""By how much the whole may differ from the city's known area before it is remarked."""

__all__ = ["FindingKind", "Imported", "MapFinding", "MapRefused", "check"]


@dataclass(frozen=True, slots=True)
class Imported:
    """A file that can become the city's map."""

    areas: tuple[Area, ...]
    """The 24 villages by code, then forest; a valid coverage."""
    report: tuple[MapFinding, ...]
    """What was repaired and what is remarkable, for the operator."""
    origin: str
    """File name and SHA-256, to be stored beside the areas."""

    @property
    def boundaries(self) -> Boundaries:
        """To place by."""
        return Boundaries(self.areas, official=True)


@dataclass(frozen=True, slots=True)
class _Candidate:
    feature: Feature
    identity: Identity
    region: Region | None

    @property
    def where(self) -> str:
        return _where(self.feature, self.identity)


def check(source: Path | bytes, name: str | None = None) -> Imported:
    """Reads and checks a file (or its bytes, with a `name` for the record); MapRefused with every fault found."""
    data = source if isinstance(source, bytes) else read_file(source)
    called = name or ("bytes" if isinstance(source, bytes) else source.name)
    report = MapReport()
    candidates = _candidates(read_features(data, report), report)
    _check_completeness(candidates, report)
    _check_offices(candidates, report)
    report.refuse_if_faulty()
    areas = _areas(candidates, report)
    _check_size(areas, report)
    return Imported(
        areas, tuple(report.findings), f"{printable(called, 100)} sha256:{hashlib.sha256(data).hexdigest()}"
    )


def _candidates(features: Sequence[Feature], report: MapReport) -> list[_Candidate]:
    """The features of the city with their areas; all others are reported."""
    found, swapped, foreign = [], [], 0
    for feature in features:
        identity = identify(feature.properties)
        where = _where(feature, identity)
        if identity.foreign:
            foreign += 1
            continue
        if identity.fault:
            report.fault(FindingKind.NAME, where, identity.fault)
            continue
        shaped = shape_of(feature.geometry, where, report)
        found.append(_Candidate(feature, identity, shaped.region if shaped else None))
        swapped += [where] if shaped and shaped.swapped else []
    _note_swapped(swapped, len(found), report)
    if foreign:
        report.note(FindingKind.LEFT_OUT, "file", f"{foreign} feature(s) of other regencies left out")
    return found


def _where(feature: Feature, identity: Identity) -> str:
    return f"feature {feature.number} ({identity.label})" if identity.label else f"feature {feature.number}"


def _note_swapped(swapped: list[str], of: int, report: MapReport) -> None:
    if swapped:
        which = f"all {of} features" if len(swapped) == of else f"{len(swapped)} of {of} features"
        only = "" if len(swapped) == of else f" ({', '.join(swapped[:5])}{', ...' if len(swapped) > 5 else ''})"
        report.note(FindingKind.TURNED, "file", f"{which} have latitude before longitude{only}; turned")


def _check_completeness(candidates: Sequence[_Candidate], report: MapReport) -> None:
    by_village: dict[str, list[_Candidate]] = defaultdict(list)
    for candidate in candidates:
        if candidate.identity.village:
            by_village[candidate.identity.village.code].append(candidate)
    for village in VILLAGES:
        found = by_village[village.code]
        if not found:
            report.fault(FindingKind.MISSING, f"{village.name} ({village.code}, BPS {village.bps})", "has no feature")
        elif len(found) > 1:
            features = ", ".join(str(candidate.feature.number) for candidate in found)
            report.fault(FindingKind.DOUBLE, f"{village.name} ({village.code})", f"has several features: {features}")


def _check_offices(candidates: Sequence[_Candidate], report: MapReport) -> None:
    """A village's office lies in the village. Offices in one another's shapes mean that names or codes are
    exchanged."""
    shapes = {c.identity.village: c.region for c in candidates if c.identity.village and c.region is not None}
    for village, shape in shapes.items():
        office = Point(village.office_lon, village.office_lat)
        if shape.intersects(office):
            continue
        holder = next((other for other, ground_ in shapes.items() if ground_.intersects(office)), None)
        if holder and not _has_its_office(holder, shapes[holder]):
            report.fault(
                FindingKind.EXCHANGED,
                f"{village.name} ({village.code})",
                f"its office stands in the shape named {holder.name}, whose own office is elsewhere: names exchanged?",
            )
        else:
            away = shapely.distance(shape, office) * SQUARE_METRES**0.5
            inside = f", in {holder.name}" if holder else ""
            report.note(
                FindingKind.OFFICE, village.name, f"its office stands {away:,.0f} m outside its boundary{inside}"
            )


def _has_its_office(village: Village, shape: Region) -> bool:
    return bool(shape.intersects(Point(village.office_lon, village.office_lat)))


def _areas(candidates: Sequence[_Candidate], report: MapReport) -> tuple[Area, ...]:
    """In the order of codes, forest last, as one clean coverage."""
    villages = {c.identity.village.code: c for c in candidates if c.identity.village}
    forest = sorted((c for c in candidates if c.identity.forest), key=lambda c: c.feature.number)
    plan = [(village.code, village.name, village.district, villages[village.code]) for village in VILLAGES]
    plan += [
        (f"hutan-{number}", candidate.identity.label or "Hutan", candidate.identity.district, candidate)
        for number, candidate in enumerate(forest, 1)
    ]
    claimants = [Claimant(name, c.identity.forest is False, c.region) for _, name, _, c in plan if c.region is not None]
    regions = repair_coverage(claimants, report)
    areas = tuple(
        Area(code, name, district, candidate.identity.village is not None, shape)
        for (code, name, district, candidate), shape in zip(plan, regions, strict=True)
    )
    _note_forest(areas, report)
    return areas


def _note_forest(areas: Sequence[Area], report: MapReport) -> None:
    for area in areas:
        if not area.village:
            size = area_text(area.shape.area * SQUARE_METRES)
            report.note(FindingKind.FOREST, area.code, f"{area.name}, {size}: in the city, in no village")


def _check_size(areas: Sequence[Area], report: MapReport) -> None:
    known = sum(village.area_km2 for village in VILLAGES)
    found = sum(area.shape.area for area in areas) * SQUARE_METRES / 1e6
    if abs(found - known) > SIZE_TOLERANCE * known:
        report.note(FindingKind.SIZE, "city", f"has {found:,.1f} km2; {known:,.1f} km2 are expected")
