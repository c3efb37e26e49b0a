"""Every parser of outside input by its name: see `stage.Target`."""

from __future__ import annotations

from tests.fuzz import answers, doors, tables, words
from tests.fuzz.stage import TARGETS, Target

__all__ = ["ROOMS", "TARGETS", "Target"]

ROOMS = (answers, tables, words, doors)
"""Where they are declared."""
