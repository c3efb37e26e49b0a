"""Everything a new installation can have wrong, looked at, with the way to mend it."""

from __future__ import annotations

import os
import re
import resource
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dashboard.config import Config, load
from dashboard.faults import ConfigFaults
from dashboard.files import FONTS, font_file
from dashboard.home import ROOT, Home
from data.reference.holidays import without_joint_leave
from data.store import boundaries
from data.store.changes import latest, since
from data.store.engine import Engine, StoreDown, open_engine, reading
from data.store.migrate import current, head
from data.store.tiles import NoTiles, Tiles
from ingest.drop import DropSettings

FREE_BYTES = 1 << 30
AHEAD_S = 300
OLDEST_SANE = datetime(2026, 1, 1, tzinfo=UTC)
FILES_BESIDE_SCREENS = 200
_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `state`: ok, note (works, but should be known) or bad."""

    state: str
    what: str
    said: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    """What is looked at."""

    home: Home
    config_file: Path
    now: datetime
    address: tuple[str, int] | None = None
    """Where it would serve; None: as configured."""


def examine(patient: Patient) -> Iterator[Finding]:
    """All findings, in the order in which they should be mended."""
    yield from _python(patient)
    yield from _packages()
    config = None
    try:
        config = load(patient.config_file, patient.now.date())
        yield Finding("ok", "config", f"{patient.config_file.name}: no faults")
    except ConfigFaults as faults:
        yield Finding("bad", "config", str(faults), "mend the lines named")
    except (OSError, UnicodeDecodeError) as error:
        yield Finding(
            "bad", "config", f"{patient.config_file} cannot be read: {error}", "set BATT_CONFIG or put it there"
        )
    for look in (_home, _secret, _store, _clock, _font):
        yield from look(patient)
    if config is not None:
        for look_at in (_zone, _holidays, _folders, _tiles, _port, _files):
            yield from look_at(patient, config)


def _python(patient: Patient) -> Iterator[Finding]:
    found = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    yield Finding("ok" if good else "bad", "python", found, "" if good else "Python 3.11 or newer, then: make setup")


def _packages() -> Iterator[Finding]:
    wrong = []
    for name, locked in _LOCKED.findall((ROOT / "requirements.lock").read_text(encoding="utf-8")):
        try:
            if version(name) != locked:
                wrong.append(f"{name} {version(name)} instead of {locked}")
        except PackageNotFoundError:
            wrong.append(f"{name} is missing")
    if wrong:
        yield Finding("bad", "packages", "; ".join(wrong[:5]) + (" ..." if len(wrong) > 5 else ""), "make setup")
    else:
        yield Finding("ok", "packages", "as locked")


def _home(patient: Patient) -> Iterator[Finding]:
    path = patient.home.path
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / f".doctor-{os.getpid()}"
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        yield Finding(
            "bad", "home", f"{path} cannot be written: {error.strerror}", "set BATT_HOME, or give its owner the folder"
        )
        return
    free = shutil.disk_usage(path).free
    said = f"{path}, {free / 1e9:.1f} GB free"
    yield Finding(
        "ok" if free > FREE_BYTES else "bad", "home", said, "" if free > FREE_BYTES else "make room: 1 GB at least"
    )


def _secret(patient: Patient) -> Iterator[Finding]:
    home = patient.home
    if home.secret_text:
        short = len(home.secret_text) < 32
        yield Finding("bad" if short else "ok", "secret", "from BATT_SECRET", "at least 32 characters" if short else "")
    elif not home.secret_file.exists():
        yield Finding("ok", "secret", "will be made at the first start")
    else:
        open_to_others = home.secret_file.stat().st_mode & 0o077
        mend = f"chmod 600 {home.secret_file}" if open_to_others else ""
        yield Finding("bad" if mend else "ok", "secret", "others may read it" if mend else "for its owner only", mend)


def _store(patient: Patient) -> Iterator[Finding]:
    home = patient.home
    try:
        engine = open_engine(home.database_url, busy_timeout_s=3)
        found = current(engine)
    except (StoreDown, ValueError, OSError) as error:
        mend = "start the database, or set BATT_DATABASE_URL (sqlite:////path/batt.db or postgresql://user@host/name)"
        yield Finding("bad", "store", f"cannot be reached: {error}".splitlines()[0], mend)
        return
    if found != head():
        yield Finding(
            "bad", "store", f"{home.database_name} at revision {found or 'none'}, needs {head()}", "run.py migrate"
        )
    else:
        yield Finding("ok", "store", f"{home.database_name} at revision {found}")
        yield from _boundaries(engine)
    engine.dispose()


def _boundaries(engine: Engine) -> Iterator[Finding]:
    with reading(engine) as conn:
        found = boundaries.load(conn)
    if found is None:
        yield Finding(
            "note", "map", "no boundaries imported: cells around the village offices", "run.py map import FILE"
        )
    else:
        yield Finding("ok", "map", f"{len(found.codes)} villages imported")


def _clock(patient: Patient) -> Iterator[Finding]:
    if patient.now < OLDEST_SANE:
        yield Finding(
            "bad",
            "clock",
            f"this computer thinks it is {patient.now:%Y-%m-%d}",
            "set the clock (timedatectl set-ntp true)",
        )
        return
    ahead = _newest_change(patient.home)
    if ahead and (ahead - patient.now).total_seconds() > AHEAD_S:
        yield Finding(
            "bad",
            "clock",
            f"the store knows {ahead:%Y-%m-%d %H:%M} UTC already",
            "set the clock (timedatectl set-ntp true)",
        )
    else:
        yield Finding("ok", "clock", f"{patient.now:%Y-%m-%d %H:%M:%S} UTC")


def _newest_change(home: Home) -> datetime | None:
    try:
        engine = open_engine(home.database_url, busy_timeout_s=3)
        if current(engine) != head():
            return None
        with reading(engine) as conn:
            newest = since(conn, latest(conn) - 1, 1)
            return newest[0].at if newest else None
    except (StoreDown, ValueError, OSError):
        return None


def _font(patient: Patient) -> Iterator[Finding]:
    missing = [name for name in FONTS if not font_file(name).is_file()]
    yield Finding(
        "bad" if missing else "ok", "typeface", "missing" if missing else "Manrope", "make setup" if missing else ""
    )


def _zone(patient: Patient, config: Config) -> Iterator[Finding]:
    try:
        local = patient.now.astimezone(ZoneInfo(config.city.timezone))
        yield Finding("ok", "time zone", f"{config.city.timezone}, now {local:%H:%M}")
    except ZoneInfoNotFoundError:
        yield Finding("bad", "time zone", f"{config.city.timezone} is not installed", "apt-get install tzdata")


def _holidays(patient: Patient, config: Config) -> Iterator[Finding]:
    years = [patient.now.year, patient.now.year + 1]
    unknown = without_joint_leave(years)
    if unknown:
        yield Finding(
            "note",
            "holidays",
            f"joint leave of {', '.join(map(str, unknown))} is not known yet",
            "once decreed, update the package `holidays`, or write the days into holidays.days_off",
        )
    else:
        yield Finding("ok", "holidays", f"{years[0]} and {years[1]} known")


def _folders(patient: Patient, config: Config) -> Iterator[Finding]:
    for name, settings in config.sources.items():
        if not isinstance(settings, DropSettings) or not settings.enabled:
            continue
        folder = patient.home.path / settings.folder
        good = folder.is_dir() and os.access(folder, os.W_OK | os.R_OK)
        mend = "" if good else f"mkdir -p {folder}, writable for whoever runs this"
        yield Finding(
            "ok" if good else "bad", f"source {name}", f"{folder}{'' if good else ' is missing or closed'}", mend
        )


def _tiles(patient: Patient, config: Config) -> Iterator[Finding]:
    if not config.map.tiles_file:
        return
    try:
        Tiles(patient.home.path / config.map.tiles_file)
        yield Finding("ok", "tiles", config.map.tiles_file)
    except NoTiles as error:
        yield Finding("bad", "tiles", str(error), "mend map.tiles_file in config.yaml, or set it to null")


def _port(patient: Patient, config: Config) -> Iterator[Finding]:
    host, port = patient.address or (config.server.host, config.server.port)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            yield Finding("ok", "port", f"{host}:{port} is free")
        except OSError as error:
            mend = "fine if that is this server; else another server.port or --port"
            yield Finding("note", "port", f"{host}:{port}: {error.strerror}", mend)


def _files(patient: Patient, config: Config) -> Iterator[Finding]:
    needed = config.server.screens * 3 + FILES_BESIDE_SCREENS
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    good = allowed == resource.RLIM_INFINITY or allowed >= needed
    mend = "" if good else f"ulimit -n {needed}, or LimitNOFILE={needed} in the service"
    yield Finding("ok" if good else "bad", "open files", f"{allowed} allowed, {needed} needed", mend)
