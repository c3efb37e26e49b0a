"""The one typeface of the reports, from a package: what the system has installed plays no part."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import fontpkg_arimo

FAMILY = "Arimo"
FOLDER = Path(fontpkg_arimo.__file__).parent / "files"


@cache
def font_files() -> tuple[Path, ...]:
    """In order of their names."""
    return tuple(sorted(FOLDER.glob("*.ttf")))
