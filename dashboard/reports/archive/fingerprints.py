"""The hashes of what a report's figures and looks depend on beside its rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache

from dashboard.config.home import ROOT, source_hash
from dashboard.reports.documents.fonts import font_files
from data.domain.city.recorded import RecordedVersion, VersionKind
from data.reference.boundaries.areas import Boundaries

LOCK = "requirements.lock"


def hashes(recorded: Iterable[RecordedVersion], boundaries: Boundaries) -> dict[str, str]:
    """SHA-256 of calendar (with holidays), policy, boundaries, code, lock and fonts, by these names."""
    versions = list(recorded)
    return {
        "calendar": _recorded(versions, VersionKind.CALENDAR, VersionKind.HOLIDAYS),
        "policy": _recorded(versions, VersionKind.POLICY),
        "boundaries": _sha256(f"{boundaries.official}", *map(repr, boundaries.shapes())),
        "code": _code(),
        "lock": _file_hash(),
        "fonts": _fonts(),
    }


def _recorded(versions: Iterable[RecordedVersion], *kinds: VersionKind) -> str:
    """Of what each version says, with its revision."""
    lines = sorted(f"{tuple(it.key)} {it.revision} {it.fingerprint}" for it in versions if it.key.kind in kinds)
    return _sha256(*lines)


@cache
def _code() -> str:
    return source_hash()


@cache
def _file_hash() -> str:
    path = ROOT / LOCK
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else _sha256()


@cache
def _fonts() -> str:
    return _sha256(*(hashlib.sha256(path.read_bytes()).hexdigest() for path in font_files()))


def _sha256(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
