"""Putting files and folders in the place of others, all or none of them: what was there is moved aside, never deleted.

A list is written before the first is moved and removed after the last. Whoever finds one that nobody works on moves
everything back: a restore that was killed has changed nothing. Where a database changes with the files, it decides:
the list names the schema that is there once the database has changed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

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


def place(home: Path, steps: Sequence[Step], schema: str | None = None) -> None:
    """Do all steps, or none when one of them raises. With a schema the list stays until `finish`. Raises OSError."""
    if len({step.live for step in steps}) < len(steps):
        raise ValueError("one place is named twice")
    for step in steps:
        if os.path.lexists(step.aside):
            raise FileExistsError(f"{step.aside} is in the way")
    had = [os.path.lexists(step.live) for step in steps]
    moves = [[*map(str, step), there] for step, there in zip(steps, had, strict=True)]
    _write(home, {"schema": schema, "moves": moves})
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
        done = True
    finally:
        if not done:
            undo(home)
    if schema is None:
        finish(home)


def interrupted(home: Path) -> tuple[bool, str | None]:
    """Whether a list is there, and the schema that it names."""
    try:
        return True, _read(home)["schema"]
    except FileNotFoundError:
        return False, None


def finish(home: Path) -> None:
    """All is in its new place."""
    (home / LIST).unlink()
    sync(home)


def undo(home: Path) -> None:
    """Move back what an interrupted `place` had moved. Only one process may do it at a time.

    May itself be interrupted and done again.
    """
    for *paths, there in reversed(_read(home)["moves"]):
        live, new, aside = map(Path, paths)
        moved = os.path.lexists(aside) if there else os.path.lexists(live)
        if moved and os.path.lexists(live):
            new.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            live.rename(new)
        if moved and there:
            aside.rename(live)
    finish(home)


def _read(home: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((home / LIST).read_text(encoding="utf-8"))
    return found


def _write(home: Path, listed: dict[str, Any]) -> None:
    part = home / f"{LIST}.part"
    part.write_text(json.dumps(listed), encoding="utf-8")
    sync(part)
    part.replace(home / LIST)
    sync(home)
