"""The rules of the city's tiles: `guide.tiles` of config.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TileRule:
    """One tile: a figure of the table of figures, and what it is measured against."""

    code: str
    name: Mapping[str, str]
    figure: str
    reason: Mapping[str, str]
    """Why this target."""
    target: float | None = None
    """The figure's value that is on target; None: its own mean of the `past` spans before."""
    days: int = 30
    """So many whole local days until yesterday."""
    categories: tuple[str, ...] = ()
    """Of cases; empty: all."""
    least_n: int = 10
    """With fewer of them it has no score."""
    past: int = 3
    """So many spans before, each as long, when it has no target."""
