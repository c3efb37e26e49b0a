"""The resident columns as files beside the store, one a column, so that a start does not read the whole store.

A table of contents tells which change they belong to and the SHA-256 of each file. Whatever does not fit (another
version, a store that was restored, a file that was cut) is no error: the columns are made anew from the store.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

VERSION = 2
"""Of the columns' meaning; raise it when they are computed in another way."""
CONTENTS = "contents.json"

Tables = Mapping[str, Mapping[str, NDArray[Any]]]


@dataclass(frozen=True, slots=True)
class Kept:
    """What is in the files."""

    seq: int
    """Everything up to this change is in them."""
    recorded_at: int
    """When that change was recorded; tells one store from another."""
    names: Mapping[str, list[str]]
    tables: Tables


def save(folder: Path, kept: Kept) -> None:
    """Write all files, the contents last; a crash in between leaves files that do not fit. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / CONTENTS).unlink(missing_ok=True)
    hashes = {}
    for table, columns in kept.tables.items():
        for name, column in columns.items():
            path = folder / f"{table}.{name}.npy"
            np.save(path, np.ascontiguousarray(column), allow_pickle=False)
            hashes[path.name] = _sha256(path)
    contents = {
        "version": VERSION,
        "seq": kept.seq,
        "recorded_at": kept.recorded_at,
        "names": kept.names,
        "sha256": hashes,
    }
    for left in folder.glob("*.npy"):  # columns of another release
        if left.name not in hashes:
            left.unlink()
    partial = folder / f"{CONTENTS}.part"
    partial.write_text(json.dumps(contents), encoding="utf-8")
    os.replace(partial, folder / CONTENTS)


def load(folder: Path, columns: Mapping[str, Mapping[str, np.dtype[Any]]]) -> Kept | None:
    """What was saved, if it has exactly these tables and columns; None when it does not fit or nothing was saved."""
    try:
        contents = json.loads((folder / CONTENTS).read_text(encoding="utf-8"))
        if contents["version"] != VERSION:
            return None
        tables = {
            table: {name: _column(folder, f"{table}.{name}.npy", contents["sha256"], kind) for name, kind in of.items()}
            for table, of in columns.items()
        }
        if any(len({len(column) for column in of.values()}) != 1 for of in tables.values()):
            return None
        return Kept(int(contents["seq"]), int(contents["recorded_at"]), contents["names"], tables)
    except (OSError, ValueError, KeyError, TypeError, EOFError):
        return None


def _column(folder: Path, name: str, hashes: Mapping[str, str], kind: np.dtype[Any]) -> NDArray[Any]:
    path = folder / name
    if _sha256(path) != hashes[name]:
        raise ValueError(f"{name} is not what was saved")
    column: NDArray[Any] = np.load(path, allow_pickle=False)
    if column.dtype != kind:
        raise ValueError(f"{name} holds {column.dtype}")
    return column


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
