"""The folder of the backups that are taken by themselves: what they are called, when the next is due, which go."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from dashboard.backup.retention import Kept, staying
from dashboard.backup.take import PART
from dashboard.config.models import BackupSettings
from data.store.db.jobs import JobState

JOB = "backup"
"""Its name in the table of jobs."""
BY_HAND = "backup by hand"
"""Likewise: into a file that somebody named, wherever that is: it says nothing of the age of the schedule's own."""
PROOF = "restore proof"
"""Likewise: the last time that a backup's file was restored into a scratch folder, or verified, and was whole."""
RETRY = timedelta(minutes=30)
LEFT = timedelta(days=1)
"""A half-written file of this age belongs to a process that was killed."""
_NAME = re.compile(r"batt-(\d{8}T\d{6}Z)\.tar\.gz(\.age)?")


def name_of(now: datetime, *, encrypted: bool) -> str:
    """The file's name; the moment in UTC."""
    return f"batt-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.tar.gz{'.age' if encrypted else ''}"


def backups(folder: Path) -> dict[datetime, Path]:
    """The backups in a folder by their moment; other files are not ours. Raises OSError."""
    found = {}
    for path in folder.iterdir():
        if match := _NAME.fullmatch(path.name):
            found[datetime.strptime(match[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)] = path
    return found


def is_due(folder: Path, every: timedelta, state: JobState, now: datetime) -> bool:
    """Whether the newest is old enough; after a failure only some time later. A folder that is not there is due.

    What is dated in the future, by a clock that ran ahead, says nothing.
    """
    if state.error is not None and state.failed_at is not None and timedelta() <= now - state.failed_at < RETRY:
        return False
    newest = max((at for at in backups(folder) if at <= now), default=None) if folder.is_dir() else None
    return newest is None or now - newest >= every


def remove_old(folder: Path, settings: BackupSettings, zone: ZoneInfo, now: datetime) -> list[str]:
    """Remove what need not stay and what was left half-written; the names of the former. Raises OSError."""
    found = backups(folder)
    stay = staying(found, Kept(settings.daily, settings.weekly, settings.monthly), zone)
    for part in folder.glob(f".batt-*{PART}"):
        if now - datetime.fromtimestamp(part.stat().st_mtime, UTC) > LEFT:
            part.unlink()
    gone = [path for moment, path in sorted(found.items()) if moment not in stay]
    for path in gone:
        path.unlink()
    return [path.name for path in gone]
