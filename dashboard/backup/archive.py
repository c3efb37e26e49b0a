"""The file of a backup: a tar, compressed a little, with the store first and the list of everything last.

One that was cut off has no list. Nothing in it is believed before its hash was compared: who writes to the folder of
the backups must not write to this machine by it.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC
from pathlib import Path, PurePosixPath
from typing import IO, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from data.steady_writing import written_steadily

FORMAT = 1
MANIFEST, STORE, CONFIG, HOME = "manifest.json", "store.db", "config.yaml", "home"
MANIFEST_MOST = 512 << 20
"""Bytes: a few million files."""
IN_MEMORY = 8 << 20
RESERVE = 64 << 20
"""Bytes that stay free on the disk when a backup is unpacked."""
CHUNK = 1 << 20
LARGE = 32 << 20
"""Bytes from which a file is written steadily."""
LEVEL = 1
PADDING_MOST = 1 << 16
"""Bytes of zeros after the last member are fewer."""


class NoBackup(ValueError):
    """A file that is no whole backup of ours; the text says what is wrong with it."""


class Member(BaseModel):
    """A file in the archive."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    size: int
    sha256: str


class Manifest(BaseModel):
    """What an archive holds, and of which moment."""

    model_config = ConfigDict(frozen=True)
    format: int
    created_at: AwareDatetime
    build: str
    database: str
    """Which one the store lay in: sqlite, postgresql."""
    revision: str
    seq: int
    rows: dict[str, int]
    figures: dict[str, Any]
    """What the boards showed at `created_at`, asked of the store in the same moment."""
    members: dict[str, Member] = {}
    left_out: list[str] = []
    """Files that vanished or could not be read, each with its reason."""


def write(target: Path, manifest: Manifest, store: Path, files: Iterable[tuple[str, Path]]) -> Manifest:
    """Write the archive; the manifest with its members. `manifest.left_out` may grow while `files` are walked."""
    members: dict[str, Member] = {}
    with (
        written_steadily(target),
        gzip.open(target, "wb", compresslevel=LEVEL) as packed,
        tarfile.open(fileobj=packed, mode="w|") as tar,
    ):
        members[STORE] = _add_store(tar, store)
        for name, path in files:
            _add(tar, name, path, members, manifest.left_out)
        whole = manifest.model_copy(update={"members": members})
        content = whole.model_dump_json(indent=1).encode()
        tar.addfile(_info(MANIFEST, len(content), manifest.created_at.astimezone(UTC).timestamp()), io.BytesIO(content))
    return whole


def _info(name: str, size: int, mtime: float, mode: int = 0o600) -> tarfile.TarInfo:
    """Without the names of this machine's users."""
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size, int(mtime), mode & 0o777
    return info


def _add(tar: tarfile.TarFile, name: str, path: Path, members: dict[str, Member], left_out: list[str]) -> None:
    """A file may grow, shrink or vanish while it is read: what was read of it is added, as long as that is."""
    try:
        known = path.stat()
        file = None if path.is_dir() else path.open("rb")
    except (FileNotFoundError, PermissionError) as error:
        left_out.append(f"{name}: {error.strerror}")
        return
    if file is None:
        info = _info(name, 0, known.st_mtime, known.st_mode)
        info.type = tarfile.DIRTYPE
        tar.addfile(info)
        return
    with file, tempfile.SpooledTemporaryFile(IN_MEMORY) as copy:
        digest = _digest(file, copy)
        members[name] = Member(size=copy.tell(), sha256=digest)
        copy.seek(0)
        tar.addfile(_info(name, members[name].size, known.st_mtime, known.st_mode), copy)


def _add_store(tar: tarfile.TarFile, path: Path) -> Member:
    """Nobody else writes to it: it is read twice, and needs no copy."""
    with path.open("rb") as file:
        member = Member(size=path.stat().st_size, sha256=_digest(file, None))
        file.seek(0)
        tar.addfile(_info(STORE, member.size, path.stat().st_mtime), file)
    return member


def _digest(source: IO[bytes], target: IO[bytes] | None) -> str:
    digest = hashlib.sha256()
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        if target is not None:
            target.write(chunk)
    return digest.hexdigest()


def unpack(archive: Path, into: Path, wanted: Callable[[str], bool]) -> Manifest:
    """Compare every member with its hash, and write those that are wanted under `into`.

    What was written is only to be used when this returns. Raises NoBackup; OSError when it cannot be written.
    """
    found: dict[str, Member] = {}
    folders: list[tuple[Path, tarfile.TarInfo]] = []
    manifest: bytes | None = None
    with _opened(archive) as tar:
        for info in tar:
            name = _checked(info)
            if manifest is not None:
                raise NoBackup(f"something follows its list: {name}")
            if info.isdir():
                if wanted(name):
                    (into / name).mkdir(mode=0o700, parents=True, exist_ok=True)
                    folders.append((into / name, info))
                continue
            content = tar.extractfile(info)
            assert content is not None
            if name == MANIFEST:
                manifest = content.read(MANIFEST_MOST)
            elif name in found:
                raise NoBackup(f"{name} is in it twice")
            else:
                found[name] = _take(content, info, into / name if wanted(name) else None)
    for folder, info in reversed(folders):
        _dress(folder, info)
    if manifest is None:
        raise NoBackup("it is cut off: the list at its end is missing")
    return _compared(manifest, found)


@contextmanager
def _opened(archive: Path) -> Iterator[tarfile.TarFile]:
    try:
        with gzip.open(archive) as packed, tarfile.open(fileobj=packed, mode="r|") as tar:
            yield tar
            if len(packed.read(PADDING_MOST)) == PADDING_MOST:  # to the end: there stands the checksum of all
                raise NoBackup("something follows its end")
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise NoBackup(f"it is no backup, or cut off, or damaged ({error})") from error


def _checked(info: tarfile.TarInfo) -> str:
    """The member's name. Files and folders only, and only where we put them: no links, no way out of the folder."""
    path = PurePosixPath(info.name)
    parts = path.parts
    clean = str(path) == info.name and not path.is_absolute() and ".." not in parts and "\0" not in info.name
    known = info.name in {MANIFEST, STORE, CONFIG} or (len(parts) > 1 and parts[0] == HOME and parts[1][0] != ".")
    if not clean or not known or not (info.isreg() or (info.isdir() and parts[0] == HOME)) or info.issparse():
        raise NoBackup(f"it holds what no backup of ours holds: {info.name[:200]!r}")
    if info.name == MANIFEST and info.size > MANIFEST_MOST:
        raise NoBackup("its list is too long")
    return info.name


def _take(content: IO[bytes], info: tarfile.TarInfo, target: Path | None) -> Member:
    if target is None:
        return Member(size=info.size, sha256=_digest(content, None))
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if info.size > shutil.disk_usage(target.parent).free - RESERVE:
        raise OSError(f"there is no room for {info.name} ({info.size / 1e6:.0f} MB) in {target.parent}")
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with ExitStack() as stack:
        file = stack.enter_context(os.fdopen(handle, "wb"))
        if info.size > LARGE:
            stack.enter_context(written_steadily(target))
        digest = _digest(content, file)
    _dress(target, info)
    return Member(size=info.size, sha256=digest)


def _dress(path: Path, info: tarfile.TarInfo) -> None:
    """The owner is whoever restores it."""
    path.chmod(info.mode & 0o777 | 0o600)
    os.utime(path, (info.mtime, info.mtime))


def _compared(content: bytes, found: dict[str, Member]) -> Manifest:
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError as error:
        raise NoBackup(f"its list cannot be read: {error.errors()[0]['msg']}") from error
    if manifest.format != FORMAT:
        raise NoBackup(
            f"it is of format {manifest.format}, this build reads format {FORMAT}: use the build that wrote it"
        )
    names = sorted({*manifest.members, *found})
    wrong = [name for name in names if manifest.members.get(name) != found.get(name)]
    if wrong:
        raise NoBackup(f"{len(wrong)} files are missing or not as they were written, the first is {wrong[0]}")
    if STORE not in found:
        raise NoBackup("there is no store in it")
    return manifest
