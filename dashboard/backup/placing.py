"""Putting files and folders in the place of others, all or none of them: what was there is moved aside, never deleted.

A list is written before the first is moved and removed after the last. Whoever finds one that nobody works on moves
everything back: a restore that was killed has changed nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from dashboard.backup.scratch import sync

LIST = ".restoring.json"
"""In BATT_HOME."""


class Step(NamedTuple):
    """One file or folder; all three paths lie on one disk."""

    live: Path
    new: Path
    """What takes its place; may be missing."""
    aside: Path
    """Where goes what was there."""


def place(home: Path, steps: Sequence[Step], before_end: Callable[[], None] = lambda: None) -> None:
    """Do all steps, or none when one of them or `before_end` raises. Raises OSError, and what `before_end` raises."""
    for step in steps:
        if os.path.lexists(step.aside):
            raise FileExistsError(f"{step.aside} is in the way")
    had = [os.path.lexists(step.live) for step in steps]
    _write(home, [[*map(str, step), there] for step, there in zip(steps, had, strict=True)])
    done = False
    try:
        for step, there in zip(steps, had, strict=True):
            if there:
                step.aside.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                step.live.rename(step.aside)
            if os.path.lexists(step.new):
                step.new.rename(step.live)
        for folder in {path.parent for step in steps for path in (step.live, step.aside) if path.parent.exists()}:
            sync(folder)
        before_end()
        done = True
    finally:
        if not done:
            undo(home)
    (home / LIST).unlink()
    sync(home)


def undo(home: Path) -> bool:
    """Move back what an interrupted `place` had moved; False when there was none. Only one process may do it at a time.

    May itself be interrupted and done again.
    """
    try:
        listed = json.loads((home / LIST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False
    for *paths, there in reversed(listed):
        live, new, aside = map(Path, paths)
        moved = os.path.lexists(aside) if there else os.path.lexists(live)
        if moved and os.path.lexists(live):
            new.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            live.rename(new)
        if moved and there:
            aside.rename(live)
    (home / LIST).unlink()
    sync(home)
    return True


def _write(home: Path, listed: list[list[str | bool]]) -> None:
    part = home / f"{LIST}.part"
    part.write_text(json.dumps(listed), encoding="utf-8")
    sync(part)
    part.replace(home / LIST)
    sync(home)
