"""The findings of the map import: faults, for which a file is refused, and repairs and remarks of an accepted file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class FindingKind(StrEnum):
    """The kinds of findings: first the faults, then the repairs, then the remarks."""

    FILE = "file"
    """The file as a whole cannot be read as GeoJSON."""
    SHAPE = "shape"
    """A feature's geometry is no usable polygon."""
    NAME = "name"
    """A feature cannot be matched to a village."""
    MISSING = "missing"
    """A village has no feature."""
    DOUBLE = "double"
    """A village has several features."""
    PLACE = "place"
    """A feature does not lie near Batu."""
    EXCHANGED = "exchanged"
    """Villages have one another's names."""
    CLAIMED = "claimed"
    """Two villages overlap by a large area."""

    TURNED = "turned"
    """Latitude stood before longitude."""
    CLOSED = "closed"
    """A ring did not end where it began."""
    VALIDITY = "validity"
    """An outline was invalid, for example crossed itself."""
    OVERLAP = "overlap"
    """Slivers in which two neighbours overlap."""
    GAP = "gap"
    """Slivers and tiny holes between neighbours."""

    LEFT_OUT = "left-out"
    """Features or parts that are not the city's villages."""
    FOREST = "forest"
    """Land of the city that is no village."""
    OPEN_GROUND = "open-ground"
    """A gap too large to be a drawing error: inside the city, in no village."""
    OFFICE = "office"
    """A village office lies outside its village."""
    SIZE = "size"
    """The city's area is not what it should be."""
    REFERENCE = "reference"
    """The file names a coordinate system other than WGS84."""


REPAIRS = frozenset(
    {FindingKind.TURNED, FindingKind.CLOSED, FindingKind.VALIDITY, FindingKind.OVERLAP, FindingKind.GAP}
)


@dataclass(frozen=True, slots=True)
class MapFinding:
    """One sentence for the operator."""

    kind: FindingKind
    where: str
    """The feature, the villages concerned, or `file`."""
    text: str

    def __str__(self) -> str:
        """`where: text`, ready to print."""
        return f"{self.where}: {self.text}"


class MapRefused(ValueError):
    """The file cannot become the city's map; `faults` are all that were found."""

    def __init__(self, faults: Iterable[MapFinding]) -> None:
        """With at least one fault."""
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


@dataclass(slots=True)
class MapReport:
    """Collects while a file is checked."""

    findings: list[MapFinding] = field(default_factory=list)
    faults: list[MapFinding] = field(default_factory=list)

    def note(self, kind: FindingKind, where: str, text: str) -> None:
        """A repair or a remark."""
        self.findings.append(MapFinding(kind, where, text))

    def fault(self, kind: FindingKind, where: str, text: str) -> None:
        """Something for which the file will be refused."""
        self.faults.append(MapFinding(kind, where, text))

    def refuse_if_faulty(self) -> None:
        """Raises MapRefused with all faults so far."""
        if self.faults:
            raise MapRefused(self.faults)


def printable(value: object, longest: int = 60) -> str:
    """Text from the file for a terminal: printable, one line, short."""
    try:
        whole = str(value)
    except RecursionError:
        whole = type(value).__name__
    text = "".join(letter if letter.isprintable() else "?" for letter in whole[: longest + 1])
    return text if len(text) <= longest else text[: longest - 3] + "..."


def area_text(square_metres: float) -> str:
    """An area as text: `1,250 m2`, `3.4 ha`."""
    return f"{square_metres:,.0f} m2" if square_metres < 10_000 else f"{square_metres / 10_000:,.1f} ha"
