"""Repairs shapes into a valid coverage: without slivers and tiny holes, and with common borders.

All outlines together cut the city into faces. A face inside one shape belongs to it. A face inside several shapes
(overlap) or none (gap) is assigned to the shape with which it shares the longest border. Large ones are not drawing
errors: a large gap stays, a large overlap is a fault.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from data.reference.boundaries.areas import Region, region
from data.reference.boundaries.findings import FindingKind, MapReport, area_text
from data.reference.boundaries.shapes import SQUARE_METRES

GRID = 1e-7
"""Degrees: corners nearer than a centimetre are the same."""

LARGEST_GAP = 10_000.0
"""Square metres: a larger gap is not closed."""

LARGEST_CLAIM = 0.05
"""Share of the smaller village that a neighbour may claim too."""

_NOBODY = -1


@dataclass(frozen=True, slots=True)
class Claimant:
    """One shape of the file."""

    name: str
    village: bool
    """Villages win against forest."""
    shape: Region


@dataclass(slots=True)
class _Faces:
    """The faces into which the outlines cut the city; every list and array has one entry a face."""

    shapes: NDArray[np.object_]
    sizes: NDArray[np.float64]
    """Square metres."""
    claims: list[tuple[int, ...]]
    """The claimants that cover it, ascending; forest only where no village does."""
    owners: NDArray[np.int64]
    """The claimant that gets the face; -1: none (yet)."""
    beside: dict[int, tuple[int, ...]]
    """For faces that were open: the neighbouring claimants when it was assigned, ascending."""


def repair_coverage(claimants: Sequence[Claimant], report: MapReport) -> list[Region]:
    """The area of each claimant as part of a valid coverage, in the given order; MapRefused when that fails."""
    faces = _cut(claimants)
    _fault_large_claims(faces, claimants, report)
    _assign_open_faces(faces)
    _report_repairs(faces, [claimant.name for claimant in claimants], report)
    for number, claimant in enumerate(claimants):
        if not (faces.owners == number).any():
            report.fault(FindingKind.CLAIMED, claimant.name, "all of its ground is claimed by others")
    report.refuse_if_faulty()
    return [region(shapely.coverage_union_all(faces.shapes[faces.owners == n])) for n in range(len(claimants))]


def _cut(claimants: Sequence[Claimant]) -> _Faces:
    lines = shapely.union_all([shapely.boundary(claimant.shape) for claimant in claimants], grid_size=GRID)
    shapes = shapely.get_parts(shapely.polygonize(list(shapely.get_parts(lines))))
    claims = _claims(shapes, claimants)
    owners = np.array([numbers[0] if len(numbers) == 1 else _NOBODY for numbers in claims], dtype=np.int64)
    return _Faces(shapes, shapely.area(shapes) * SQUARE_METRES, claims, owners, {})


def _claims(shapes: NDArray[np.object_], claimants: Sequence[Claimant]) -> list[tuple[int, ...]]:
    tree = shapely.STRtree([claimant.shape for claimant in claimants])
    found: list[list[int]] = [[] for _ in shapes]
    for face, number in tree.query(shapely.point_on_surface(shapes), predicate="intersects").T.tolist():
        found[face].append(number)
    villages = [[number for number in numbers if claimants[number].village] for numbers in found]
    return [tuple(sorted(ours or all_)) for ours, all_ in zip(villages, found, strict=True)]


def _fault_large_claims(faces: _Faces, claimants: Sequence[Claimant], report: MapReport) -> None:
    twice: dict[tuple[int, ...], float] = defaultdict(float)
    for numbers, size in zip(faces.claims, faces.sizes.tolist(), strict=True):
        if len(numbers) > 1:
            twice[numbers] += size
    for numbers, size in sorted(twice.items()):
        smallest = min(claimants[number].shape.area for number in numbers) * SQUARE_METRES
        if size > LARGEST_CLAIM * smallest:
            where = " / ".join(claimants[number].name for number in numbers)
            report.fault(
                FindingKind.CLAIMED, where, f"claim the same {area_text(size)}, {size / smallest:.0%} of the smallest"
            )


Borders = list[list[tuple[int, float]]]
"""For each face its neighbours and the length of the common border in degrees."""


def _borders(shapes: NDArray[np.object_]) -> Borders:
    """Found by the segments that two faces share; the net of lines is noded, so shared ones are equal."""
    segments, owner = _segments(shapes)
    order = np.lexsort(segments.T)
    segments, owner = segments[order], owner[order]
    lengths = np.hypot(segments[:, 0] - segments[:, 2], segments[:, 1] - segments[:, 3])
    pairs = np.flatnonzero((segments[1:] == segments[:-1]).all(axis=1))
    common = zip(owner[pairs].tolist(), owner[pairs + 1].tolist(), lengths[pairs].tolist(), strict=True)
    borders: Borders = [[] for _ in shapes]
    for one, other, length in common:
        borders[one].append((other, length))
        borders[other].append((one, length))
    return borders


def _segments(shapes: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """All segments of all rings, the lesser end first, and the face of each."""
    rings, of_face = shapely.get_rings(shapes, return_index=True)
    points, of_ring = shapely.get_coordinates(rings, return_index=True)
    same = of_ring[1:] == of_ring[:-1]
    start, end = points[:-1][same], points[1:][same]
    swap = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    segments = np.where(swap[:, None], np.hstack([end, start]), np.hstack([start, end]))
    return segments, of_face[of_ring[:-1][same]]


def _assign_open_faces(faces: _Faces) -> None:
    """Assigns open faces in rounds: a face between open faces is assigned after them."""
    borders = _borders(faces.shapes)
    large = faces.sizes >= LARGEST_GAP
    waiting = [f for f, numbers in enumerate(faces.claims) if len(numbers) > 1 or not (numbers or large[f])]
    while waiting:
        settled = {face: reach for face in waiting if (reach := _shared_borders(faces, face, borders[face]))}
        if not settled:
            settled = {face: {faces.claims[face][0]: 0.0} for face in waiting if faces.claims[face]}
        if not settled:
            return
        for face, reach in settled.items():
            faces.owners[face] = max(reach, key=lambda number: (reach[number], -number))
            faces.beside[face] = tuple(sorted(reach))
        waiting = [face for face in waiting if face not in settled]


def _shared_borders(faces: _Faces, face: int, border: Iterable[tuple[int, float]]) -> dict[int, float]:
    """The length of the border that the face shares with each owner that may get it."""
    reach: dict[int, float] = defaultdict(float)
    claims = faces.claims[face]
    for other, length in border:
        number = int(faces.owners[other])
        if number != _NOBODY and (not claims or number in claims):
            reach[number] += length
    return dict(reach)


def _report_repairs(faces: _Faces, names: list[str], report: MapReport) -> None:
    """Reports the sum of each kind of repair, then its places; then the gaps that stay."""
    groups: dict[FindingKind, dict[tuple[int, ...], list[float]]] = {FindingKind.GAP: {}, FindingKind.OVERLAP: {}}
    for face, beside in faces.beside.items():
        claims = faces.claims[face]
        place = groups[FindingKind.OVERLAP if claims else FindingKind.GAP].setdefault(claims or beside, [])
        place.append(float(faces.sizes[face]))
    for kind, done in ((FindingKind.GAP, "closed"), (FindingKind.OVERLAP, "divided")):
        everything = [size for sizes in groups[kind].values() for size in sizes]
        if everything:
            report.note(kind, "city", f"{_counted(kind, everything)} between neighbours {done}; by place:")
        for numbers, sizes in sorted(groups[kind].items()):
            where = " / ".join(names[number] for number in numbers)
            report.note(kind, where, f"{_counted(kind, sizes)} {done}, the largest {area_text(max(sizes))}")
    for face in np.flatnonzero(faces.owners == _NOBODY).tolist():
        size = area_text(float(faces.sizes[face]))
        report.note(FindingKind.OPEN_GROUND, "city", f"{size} in its midst belong to no village; places there get none")


def _counted(kind: FindingKind, sizes: list[float]) -> str:
    return f"{len(sizes)} {kind}{'s' if len(sizes) > 1 else ''} ({area_text(sum(sizes))})"
