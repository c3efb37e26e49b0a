"""What of BATT_HOME belongs to a backup beside the store, and how a folder is walked."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from dashboard.reports.archive.storage import FOLDER as REPORTS
from ingest.photos.storage import FOLDER as PHOTOS
from ingest.settings import SourceSettings
from ingest.sources.drop.source import FolderSettings
from ingest.uploads.storage import FOLDER as UPLOADS

ALWAYS = (PHOTOS, UPLOADS, REPORTS, "corrected", "discarded", "secret")


def kept(sources: Mapping[str, SourceSettings]) -> tuple[str, ...]:
    """Names in BATT_HOME; of the drop folders those that lie in it."""
    drops = (Path(it.folder) for it in sources.values() if isinstance(it, FolderSettings))
    inside = {folder.parts[0] for folder in drops if not folder.is_absolute() and ".." not in folder.parts}
    return (*ALWAYS, *sorted(inside - set(ALWAYS)))


def walk(home: Path, names: tuple[str, ...], left_out: list[str]) -> Iterator[tuple[str, Path]]:
    """Files and folders under these names, each with its path from `home`, a folder before what lies in it.

    A name itself may be a link to a folder elsewhere. Other links, what is no file, and names that are no UTF-8 are
    added to `left_out`; hidden files are half-written ones and pass in silence.
    """
    for name in names:
        path = home / name
        if path.is_dir() or path.is_file():
            yield name, path
        for where, inside in _folders(path, left_out):
            for each in sorted(inside):
                found = Path(where, each)
                why = _unfit(found)
                if why is None:
                    yield str(found.relative_to(home)), found
                else:
                    left_out.append(f"{str(found.relative_to(home)).encode(errors='replace').decode()}: {why}")


def _folders(path: Path, left_out: list[str]) -> Iterator[tuple[str, list[str]]]:
    def note(error: OSError) -> None:
        left_out.append(f"{error.filename}: {error.strerror}")

    for where, folders, files in os.walk(path, onerror=note) if path.is_dir() else ():
        yield where, [name for name in folders + files if not name.startswith(".")]


def _unfit(path: Path) -> str | None:
    """Why it is left out; None when it is not."""
    try:
        path.name.encode()
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return "vanished"
    except UnicodeEncodeError:
        return "its name is no UTF-8"
    return None if stat.S_ISDIR(mode) or stat.S_ISREG(mode) else "neither a file nor a folder"
