"""Which reports everybody may see on the city's open map: `public_page.open_map` of config.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class OpenMapRule:
    """Categories by how they are shown; a private one is in neither, and what is in neither is not shown."""

    grid: tuple[str, ...] = ()
    """Works in the streets: each report, in the middle of its square of 100 m."""
    villages: tuple[str, ...] = ()
    """What may stand before somebody's home: only how many there are in each village."""
    solved_for: timedelta = timedelta(days=30)
    """So long solved ones stay."""
