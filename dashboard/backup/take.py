"""Taking a backup while everything runs, and proving it before it gets its name."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from dashboard.backup import archive, files
from dashboard.backup.archive import CONFIG, FORMAT, HOME, Manifest
from dashboard.backup.check import prove
from dashboard.backup.encryption import Key, encrypt
from dashboard.backup.figures import figures
from dashboard.backup.scratch import scratch_folder, sync
from dashboard.config.home import Home, source_hash
from dashboard.config.load import Config
from data.store.backup.backup_file import write_file
from data.store.db.engine import Engine

PART = ".part"
"""How the name of a file ends that is not whole yet."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What is backed up."""

    config: Config
    config_file: Path
    home: Home


@dataclass(frozen=True, slots=True)
class Taken:
    """A backup that was proven."""

    file: Path
    size: int
    """Bytes."""
    manifest: Manifest
    encrypted: bool
    read_back: bool
    """False: it was proven before it was encrypted, because this machine has no key that opens it."""
    seconds: float

    def detail(self) -> dict[str, Any]:
        """What is kept of it in the table of jobs."""
        return {
            "file": str(self.file),
            "bytes": self.size,
            "seq": self.manifest.seq,
            "rows": sum(self.manifest.rows.values()),
            "files": len(self.manifest.members),
            "left_out": self.manifest.left_out[:20],
            "encrypted": self.encrypted,
            "read_back": self.read_back,
            "proven": True,
            "seconds": round(self.seconds, 1),
        }


def take(place: Installation, engine: Engine, target: Path, key: Key | None, now: datetime) -> Taken:
    """Write the backup beside its place, prove it, and give it its name: what has a name is whole.

    Its folder must be there: made here, it would lie under the place where a missing disk belongs.
    Raises NotProven, NoBackup, WrongSchema, StoreDown, OSError; then no file of that name is new.
    """
    began = time.monotonic()
    with _part_of(target) as part, scratch_folder(place.home.path) as scratch:
        plain = part if key is None else scratch / "plain"
        _write(place, engine, plain, scratch, now)
        proof = scratch / "proof"
        read_back = key is None or key.can_read
        if not read_back:
            manifest = prove(plain, None, proof, place.config)
        if key is not None:
            encrypt(plain, part, key)
            plain.unlink()
        if read_back:
            manifest = prove(part, key, proof, place.config)
        _give_name(part, target)
    return Taken(target, target.stat().st_size, manifest, key is not None, read_back, time.monotonic() - began)


@contextmanager
def _part_of(target: Path) -> Iterator[Path]:
    """A file beside the target, for its owner only."""
    if not target.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {target.parent}: make it, or mount the disk that belongs there")
    part = target.parent / f".{target.name}.{os.getpid()}{PART}"
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


def _give_name(part: Path, target: Path) -> None:
    sync(part)
    part.replace(target)
    sync(target.parent)


def _write(place: Installation, engine: Engine, target: Path, scratch: Path, now: datetime) -> None:
    """The store first, then the files: one that a row speaks of is there before the row."""
    store = scratch / "store.db"
    described, seen = write_file(engine, store, lambda conn: figures(conn, place.config, now))
    manifest = Manifest(
        format=FORMAT,
        created_at=now,
        build=source_hash(),
        database=place.home.database_name,
        revision=described.revision,
        seq=described.seq,
        rows=described.rows,
        figures=seen,
    )
    archive.write(target, manifest, store, _files(place, manifest.left_out))
    store.unlink()


def _files(place: Installation, left_out: list[str]) -> Iterator[tuple[str, Path]]:
    yield CONFIG, place.config_file
    for name, path in files.walk(place.home.path, files.kept(place.config.sources), left_out):
        yield f"{HOME}/{name}", path
