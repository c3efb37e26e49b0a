"""`run.py doctor`: checks an installation and says how to repair what is wrong."""

from __future__ import annotations

import os
import re
import resource
import shutil
import socket
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dashboard.cli.doctor.findings import Finding, Installation, unwritable
from dashboard.cli.doctor.sources import sources
from dashboard.config.faults import ConfigFaults
from dashboard.config.home import ROOT, Home
from dashboard.config.load import Config, load
from dashboard.config.privacy import found_open
from dashboard.config.versions import accepting_command, compare_versions, title
from dashboard.server.static_files import FONTS, font_file
from data.reference.holidays import without_joint_leave
from data.store.db.change_feed import latest, since
from data.store.db.engine import Engine, StoreDown, open_engine, reading
from data.store.db.integrity import LIMIT_S, Integrity
from data.store.db.integrity import check as check_integrity
from data.store.db.migrate import current, head
from data.store.db.write_health import Trouble, trouble_of
from data.store.geo import boundaries
from data.store.geo.tiles import InvalidTiles, Tiles
from ingest.photos.storage import FOLDER as PHOTOS
from ingest.uploads.storage import FOLDER as UPLOADS

FREE_BYTES = 1 << 30
AHEAD_S = 300
OLDEST_SANE = datetime(2026, 1, 1, tzinfo=UTC)
FILES_BESIDE_SCREENS = 200
SECRET_LEAST = 32
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def check_installation(installation: Installation) -> Iterator[Finding]:
    """All findings, in the order in which they should be repaired."""
    yield from _python(installation)
    yield from _packages(installation)
    config = None
    try:
        config = load(installation.config_file, installation.now.date())
        yield installation.ok("config", "config", file=installation.config_file.name)
    except ConfigFaults as faults:
        yield installation.bad("config", "faults", faults=str(faults))
    except (OSError, UnicodeDecodeError) as error:
        yield installation.bad("config", "no_config", file=installation.config_file, why=str(error))
    for look in (_home, _folders, _privacy, _secret, _store, _clock, _font):
        yield from look(installation)
    if config is not None:
        for look_at in (_zone, _holidays, _versions, sources, _tiles, _port, _proxy, _files):
            yield from look_at(installation, config)


def _python(installation: Installation) -> Iterator[Finding]:
    found = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    yield (installation.ok if good else installation.bad)("python", "python", found=found)


def _packages(installation: Installation) -> Iterator[Finding]:
    wrong = []
    for name, locked in _LOCKED.findall((ROOT / "requirements.lock").read_text(encoding="utf-8")):
        try:
            if version(name) != locked:
                wrong.append(installation.say("doctor.package_other", name=name, found=version(name), locked=locked))
        except PackageNotFoundError:
            wrong.append(installation.say("doctor.package_missing", name=name))
    if wrong:
        yield installation.bad(
            "packages", "packages_wrong", wrong="; ".join(wrong[:5]) + (" ..." if len(wrong) > 5 else "")
        )
    else:
        yield installation.ok("packages", "packages")


def _home(installation: Installation) -> Iterator[Finding]:
    path = installation.home.path
    try:
        path.mkdir(parents=True, exist_ok=True)
        why = unwritable(path)
    except OSError as error:
        why = error.strerror or str(error)
    if why is not None:
        yield installation.bad("home", "no_home", path=path, why=why)
        return
    free = shutil.disk_usage(path).free
    tell = installation.ok if free > FREE_BYTES else installation.bad
    yield tell("home", "home", path=path, free=installation.say.number(free / 1e9, 1))


def _folders(installation: Installation) -> Iterator[Finding]:
    """Folders in BATT_HOME for uploads and photos; each is created when it is first needed."""
    for name in (UPLOADS, PHOTOS):
        folder = installation.home.path / name
        if not os.path.exists(folder):
            continue
        why = unwritable(folder)
        if why is None:
            yield installation.ok(name, "room", path=folder)
        else:
            yield installation.bad(name, "room_closed", path=folder, why=why)


def _privacy(installation: Installation) -> Iterator[Finding]:
    """Who else may use what lies in BATT_HOME."""
    try:
        found = found_open(installation.home.path)
    except OSError:  # said by _home
        return
    for key, tell, paths in (
        ("shared", installation.note, [each.path for each in found if each.is_shared]),
        ("open", installation.note, [each.path for each in found if each.is_ours and not each.is_shared]),
        ("foreign", installation.bad, [each.path for each in found if not each.is_ours and not each.is_shared]),
    ):
        if paths:
            yield tell(key, key, paths=", ".join(map(str, paths)))
    if not found:
        yield installation.ok("privacy", "private", path=installation.home.path)


def _secret(installation: Installation) -> Iterator[Finding]:
    home = installation.home
    if home.secret_text:
        short = len(home.secret_text) < SECRET_LEAST
        yield (installation.bad if short else installation.ok)("secret", "secret_given", least=SECRET_LEAST)
    elif not home.has_secret:
        if _newest_change(home) is None:
            yield installation.ok("secret", "secret_later")
        else:
            yield installation.bad("secret", "secret_lost", path=home.secret_file)
    elif home.secret_file.stat().st_mode & 0o077:
        yield installation.bad("secret", "secret_open", path=home.secret_file)
    else:
        yield installation.ok("secret", "secret")


def _store(installation: Installation) -> Iterator[Finding]:
    home = installation.home
    try:
        engine = open_engine(home.database_url, busy_timeout_s=3)
        found = current(engine)
        sound = check_integrity(engine)
    except (StoreDown, ValueError, OSError) as error:
        yield _no_store(installation, error)
        return
    if found != head():
        none = installation.say("doctor.no_revision")
        yield installation.bad("store", "store_old", name=home.database_name, found=found or none, needed=head())
    else:
        yield installation.ok("store", "store", name=home.database_name, found=found)
    yield from _integrity(installation, engine.dialect.name, sound)
    if found == head() and sound.is_sound:
        yield from _boundaries(installation, engine)
    engine.dispose()


def _no_store(installation: Installation, error: Exception) -> Finding:
    why = str(error).partition("\n")[0]
    if isinstance(error, StoreDown) and error.orig is not None and trouble_of(error.orig) is Trouble.CORRUPT:
        return installation.bad("integrity", "corrupt", faults=str(error.orig))
    return installation.bad("store", "no_store", why=why)


def _integrity(installation: Installation, kind: str, found: Integrity) -> Iterator[Finding]:
    what = "integrity"
    if found.faults:
        yield installation.bad(what, "corrupt", faults="; ".join(found.faults))
    for each in found.orphans:
        yield installation.bad(what, "orphans", table=each.table, parent=each.parent, n=each.rows)
    if not found.is_sound:
        return
    if not found.is_complete:
        yield installation.note(what, "integrity_late", seconds=round(LIMIT_S))
    elif kind == "sqlite":
        yield installation.ok(what, "integrity_sqlite")
    elif found.has_indexes:
        yield installation.ok(what, "integrity_indexes", n=found.tables)
    else:
        yield installation.ok(what, "integrity_rows", n=found.tables)


def _boundaries(installation: Installation, engine: Engine) -> Iterator[Finding]:
    with reading(engine) as conn:
        found = boundaries.load(conn)
    yield installation.note("map", "no_map") if found is None else installation.ok("map", "map", n=len(found.codes))


def _clock(installation: Installation) -> Iterator[Finding]:
    if installation.now < OLDEST_SANE:
        yield installation.bad("clock", "clock_old", at=f"{installation.now:%Y-%m-%d}")
        return
    ahead = _newest_change(installation.home)
    if ahead and (ahead - installation.now).total_seconds() > AHEAD_S:
        yield installation.bad("clock", "clock_behind", at=f"{ahead:%Y-%m-%d %H:%M}")
    else:
        yield installation.ok("clock", "clock", at=f"{installation.now:%Y-%m-%d %H:%M:%S}")


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


def _font(installation: Installation) -> Iterator[Finding]:
    missing = [name for name in FONTS if not font_file(name).is_file()]
    yield installation.bad("typeface", "no_font") if missing else installation.ok("typeface", "font")


def _zone(installation: Installation, config: Config) -> Iterator[Finding]:
    name = config.city.timezone
    try:
        yield installation.ok("time zone", "zone", name=name, at=f"{installation.now.astimezone(ZoneInfo(name)):%H:%M}")
    except ZoneInfoNotFoundError:
        yield installation.bad("time zone", "no_zone", name=name)


def _holidays(installation: Installation, config: Config) -> Iterator[Finding]:
    years = [installation.now.year, installation.now.year + 1]
    unknown = without_joint_leave(years)
    if unknown:
        yield installation.note("holidays", "no_holidays", years=", ".join(map(str, unknown)))
    else:
        yield installation.ok("holidays", "holidays", years=", ".join(map(str, years)))


def _versions(installation: Installation, config: Config) -> Iterator[Finding]:
    """Whether policies, calendars and holidays say what was recorded of them; a faulty store is told of elsewhere."""
    try:
        engine = open_engine(installation.home.database_url, busy_timeout_s=3)
        if current(engine) != head():
            return
        found = compare_versions(engine, config.city, installation.now)
        engine.dispose()
    except (StoreDown, ValueError, OSError):
        return
    if found.edits:
        named = "; ".join(title(edit.key) for edit in found.edits)
        commands = dict.fromkeys(accepting_command(edit.key) for edit in found.edits)
        yield installation.bad("versions", "versions_edited", named=named, commands="; ".join(commands))
    elif found.new or found.upcoming:
        yield installation.note("versions", "versions_new", n=len(found.new) + len(found.upcoming))
    else:
        yield installation.ok("versions", "versions")


def _tiles(installation: Installation, config: Config) -> Iterator[Finding]:
    if not config.map.tiles_file:
        return
    try:
        Tiles(installation.home.path / config.map.tiles_file)
        yield installation.ok("tiles", "tiles", file=config.map.tiles_file)
    except InvalidTiles as error:
        yield installation.bad("tiles", "no_tiles", why=str(error))


def _port(installation: Installation, config: Config) -> Iterator[Finding]:
    host, port = installation.address or (config.server.host, config.server.port)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            yield installation.ok("port", "port", address=f"{host}:{port}")
        except OSError as error:
            yield installation.note("port", "port_taken", address=f"{host}:{port}", why=error.strerror)


def _proxy(installation: Installation, config: Config) -> Iterator[Finding]:
    """A server that others reach needs a proxy in front, and to know of it."""
    server = config.server
    if server.proxies:
        yield installation.ok("proxy", "proxy", n=server.proxies)
    elif server.host not in LOOPBACK or server.public_url is not None:
        yield installation.note("proxy", "no_proxy")


def _files(installation: Installation, config: Config) -> Iterator[Finding]:
    needed = config.server.screens * 3 + FILES_BESIDE_SCREENS
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    good = allowed == resource.RLIM_INFINITY or allowed >= needed
    yield (installation.ok if good else installation.bad)(
        "open files", "files", allowed=str(allowed), needed=str(needed)
    )
