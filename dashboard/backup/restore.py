"""Putting a backup in the place of the store and the files: unpacked beside them, checked, and only then moved."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from dashboard.backup import files
from dashboard.backup.archive import CONFIG, HOME, STORE, Manifest, NoBackup
from dashboard.backup.check import check
from dashboard.backup.encryption import Key
from dashboard.backup.placing import Step, finish, interrupted, undo
from dashboard.backup.placing import place as put
from dashboard.backup.scratch import scratch_folder
from dashboard.backup.take import Installation
from dashboard.config import home_lock
from dashboard.config.home import DATABASE, Home
from data.domain.city.model import City
from data.store.backup.backup_file import bring_up, replace_rows
from data.store.backup.usage import has_schema, holds_store, require_nobody_in, sqlite_file

MARGIN = 1000
"""Public numbers that are passed over: a city gives out fewer between two backups."""
CONFIG_BESIDE = "config-of-backup.yaml"
ASIDE = "before-restore-"


class HoldsStore(RuntimeError):
    """There is a store already, and nobody said that it should be replaced."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done."""

    manifest: Manifest
    aside: str
    """The name of the folder (on PostgreSQL: of a schema, too) where lies what was there before."""
    next_numbers: dict[str, int]
    """The next public number of each recent prefix."""


def restore(place: Installation, file: Path, key: Key | None, now: datetime, *, replace: bool) -> Restored:
    """Raises HoldsStore, InUse, HomeBusy, NoBackup, KeyFault, NotAlike, StoreDown, OSError; then all is as it was."""
    home, url = place.home.path, place.home.database_url
    home_lock.take_alone(home)
    _settle(place.home)
    if not replace and holds_store(url):
        raise HoldsStore(place.home.database_name)
    require_nobody_in(url)
    name = f"{ASIDE}{now.astimezone(UTC):%Y%m%d-%H%M%S}"
    with scratch_folder(home) as scratch:
        manifest = check(file, key, scratch, lambda member: True)
        numbers = bring_up(scratch / STORE, MARGIN, _recent(place.config.city, manifest.created_at, now), now)
        steps = list(_steps(place, scratch, name))
        os.sync()
        if database := sqlite_file(url):
            put(home, [*steps, *_store_steps(scratch / STORE, database, name)])
        else:
            schema = name.replace("-", "_")
            try:
                replace_rows(scratch / STORE, url, schema, lambda: put(home, steps, schema))
            finally:
                _settle(place.home)
    home_lock.share(home)
    return Restored(manifest, name, numbers)


def _recent(city: City, since: datetime, now: datetime) -> list[str]:
    """The prefixes of public numbers of the months since then."""
    first, last = (moment.astimezone(ZoneInfo(city.timezone)).date() for moment in (since, now))
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    prefixes = sorted({category.prefix for category in city.categories.values()})
    return [f"{prefix}-{date(month // 12, month % 12 + 1, 1):%y%m}" for prefix in prefixes for month in months]


def enter(home: Home) -> None:
    """Work in BATT_HOME until the process ends; a restore that was killed is undone first.

    Raises HomeBusy; StoreDown, when only the database knows what became of that restore; OSError.
    """
    home_lock.share(home.path)
    if interrupted(home.path)[0]:
        home_lock.take_alone(home.path)
        _settle(home)
        home_lock.share(home.path)


def _settle(home: Home) -> None:
    """Undo what an interrupted restore moved, unless the database had changed already. Raises StoreDown, OSError."""
    there, schema = interrupted(home.path)
    if there and schema is not None and has_schema(home.database_url, schema):
        finish(home.path)
    elif there:
        undo(home.path)


def _steps(place: Installation, scratch: Path, name: str) -> Iterator[Step]:
    """What is kept of BATT_HOME and what the backup holds of it; its config.yaml goes beside them, for a person."""
    home, brought = place.home.path, scratch / HOME
    own = (DATABASE, (sqlite_file(place.home.database_url) or home / DATABASE).name, ASIDE, CONFIG_BESIDE)
    found = {path.name for path in brought.glob("*")}
    if foreign := sorted(name for name in found if name.startswith(own)):
        raise NoBackup(f"it holds what no backup of ours holds: {foreign[0]}")
    for each in sorted({*files.kept(place.config.sources), *found}):
        yield Step(home / each, brought / each, home / name / each)
    yield Step(home / CONFIG_BESIDE, scratch / CONFIG, home / name / CONFIG_BESIDE)


def _store_steps(store: Path, database: Path, name: str) -> Iterator[Step]:
    """A sound store is one file by now; a damaged one may still have its log, which must not meet the new one."""
    aside = database.parent / name
    if store.stat().st_dev != database.parent.stat().st_dev:
        store = Path(shutil.copy(store, database.parent / f".{database.name}.restored"))
    for suffix in ("-wal", "-shm"):
        log = database.with_name(database.name + suffix)
        yield Step(log, store.with_name("none"), aside / log.name)
    yield Step(database, store, aside / database.name)
