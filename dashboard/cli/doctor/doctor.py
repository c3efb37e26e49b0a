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
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dashboard.cli.doctor.findings import CheckContext, Finding, unwritable
from dashboard.cli.doctor.messages import messages
from dashboard.cli.doctor.sources import sources
from dashboard.config.checks import LOOPBACK
from dashboard.config.faults import ConfigFaults
from dashboard.config.home import ROOT, Home
from dashboard.config.load import Config, load
from dashboard.config.sections.privacy import found_open
from dashboard.config.versions import accepting_command, compare_versions, title
from dashboard.mail.smtp import MailDown, MailServer
from dashboard.server.static_files import FONTS, font_file
from data.domain.access.roles import Role
from data.reference.holidays import without_joint_leave
from data.store.accounts import users
from data.store.backup.integrity import LIMIT_S, Integrity
from data.store.backup.integrity import check as check_integrity
from data.store.db.change_feed import latest, since
from data.store.db.engine import Engine, StoreDown, open_engine, reading
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
MAIL_S = 5.0
_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def check_installation(context: CheckContext) -> Iterator[Finding]:
    """All findings, in the order in which they should be repaired."""
    yield from _python(context)
    yield from _packages(context)
    config = None
    try:
        config = load(context.config_file, context.now.date())
        yield context.ok("config", "config", file=context.config_file.name)
    except ConfigFaults as faults:
        yield context.bad("config", "faults", faults=str(faults))
    except (OSError, UnicodeDecodeError) as error:
        yield context.bad("config", "no_config", file=context.config_file, why=str(error))
    for look in (_home, _folders, _privacy, _secret, _store, _clock, _font):
        yield from look(context)
    if config is not None:
        for look_at in (_zone, _holidays, _versions, sources, messages, _tiles, _port, _proxy, _files, _mail):
            yield from look_at(context, config)


def _python(context: CheckContext) -> Iterator[Finding]:
    found = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    yield (context.ok if good else context.bad)("python", "python", found=found)


@cache
def _installed(name: str) -> str | None:
    """The version that this process may have loaded."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _packages(context: CheckContext) -> Iterator[Finding]:
    wrong = []
    for name, locked in _LOCKED.findall((ROOT / "requirements.lock").read_text(encoding="utf-8")):
        found = _installed(name)
        if found is None:
            wrong.append(context.say("doctor.package_missing", name=name))
        elif found != locked:
            wrong.append(context.say("doctor.package_other", name=name, found=found, locked=locked))
    if wrong:
        yield context.bad("packages", "packages_wrong", wrong="; ".join(wrong[:5]) + (" ..." if len(wrong) > 5 else ""))
    else:
        yield context.ok("packages", "packages")


def _home(context: CheckContext) -> Iterator[Finding]:
    path = context.home.path
    try:
        path.mkdir(parents=True, exist_ok=True)
        why = unwritable(path)
    except OSError as error:
        why = error.strerror or str(error)
    if why is not None:
        yield context.bad("home", "no_home", path=path, why=why)
        return
    free = shutil.disk_usage(path).free
    tell = context.ok if free > FREE_BYTES else context.bad
    yield tell("home", "home", path=path, free=context.say.number(free / 1e9, 1))


def _folders(context: CheckContext) -> Iterator[Finding]:
    """Folders in BATT_HOME for uploads and photos; each is created when it is first needed."""
    for name in (UPLOADS, PHOTOS):
        folder = context.home.path / name
        if not os.path.exists(folder):
            continue
        why = unwritable(folder)
        if why is None:
            yield context.ok(name, "room", path=folder)
        else:
            yield context.bad(name, "room_closed", path=folder, why=why)


def _privacy(context: CheckContext) -> Iterator[Finding]:
    """Who else may use what lies in BATT_HOME."""
    try:
        found = found_open(context.home.path)
    except OSError:  # said by _home
        return
    for key, tell, paths in (
        ("shared", context.note, [each.path for each in found if each.is_shared]),
        ("open", context.note, [each.path for each in found if each.is_ours and not each.is_shared]),
        ("foreign", context.bad, [each.path for each in found if not each.is_ours and not each.is_shared]),
    ):
        if paths:
            yield tell(key, key, paths=", ".join(map(str, paths)))
    if not found:
        yield context.ok("privacy", "private", path=context.home.path)


def _secret(context: CheckContext) -> Iterator[Finding]:
    home = context.home
    if home.secret_text:
        short = len(home.secret_text) < SECRET_LEAST
        yield (context.bad if short else context.ok)("secret", "secret_given", least=SECRET_LEAST)
    elif not home.has_secret:
        if _newest_change(home) is None:
            yield context.ok("secret", "secret_later")
        else:
            yield context.bad("secret", "secret_lost", path=home.secret_file)
    elif home.secret_file.stat().st_mode & 0o077:
        yield context.bad("secret", "secret_open", path=home.secret_file)
    else:
        yield context.ok("secret", "secret")


def _store(context: CheckContext) -> Iterator[Finding]:
    home = context.home
    try:
        engine = open_engine(home.database_url, busy_timeout_s=3)
        found = current(engine)
        sound = check_integrity(engine)
    except (StoreDown, ValueError, OSError) as error:
        yield _no_store(context, error)
        return
    if found != head():
        none = context.say("doctor.no_revision")
        yield context.bad("store", "store_old", name=home.database_name, found=found or none, needed=head())
    else:
        yield context.ok("store", "store", name=home.database_name, found=found)
    yield from _integrity(context, engine.dialect.name, sound)
    if found == head() and sound.is_sound:
        yield from _boundaries(context, engine)
        yield _accounts(context, engine)
    engine.dispose()


def _accounts(context: CheckContext, engine: Engine) -> Finding:
    with reading(engine) as conn:
        roles = [user.person.role for user in users.all_users(conn) if user.disabled_at is None]
    if Role.ADMINISTRATOR in roles:
        return context.ok("accounts", "accounts", n=len(roles))
    return context.note("accounts", "no_administrator")


def _no_store(context: CheckContext, error: Exception) -> Finding:
    why = str(error).partition("\n")[0]
    if isinstance(error, StoreDown) and error.orig is not None and trouble_of(error.orig) is Trouble.CORRUPT:
        return context.bad("integrity", "corrupt", faults=str(error.orig))
    return context.bad("store", "no_store", why=why)


def _integrity(context: CheckContext, kind: str, found: Integrity) -> Iterator[Finding]:
    what = "integrity"
    if found.faults:
        yield context.bad(what, "corrupt", faults="; ".join(found.faults))
    for each in found.orphans:
        yield context.bad(what, "orphans", table=each.table, parent=each.parent, n=each.rows)
    if not found.is_sound:
        return
    if not found.is_complete:
        yield context.note(what, "integrity_late", seconds=round(LIMIT_S))
    elif kind == "sqlite":
        yield context.ok(what, "integrity_sqlite")
    elif found.has_indexes:
        yield context.ok(what, "integrity_indexes", n=found.tables)
    else:
        yield context.ok(what, "integrity_rows", n=found.tables)


def _boundaries(context: CheckContext, engine: Engine) -> Iterator[Finding]:
    with reading(engine) as conn:
        found = boundaries.load(conn)
    yield context.note("map", "no_map") if found is None else context.ok("map", "map", n=len(found.codes))


def _clock(context: CheckContext) -> Iterator[Finding]:
    if context.now < OLDEST_SANE:
        yield context.bad("clock", "clock_old", at=f"{context.now:%Y-%m-%d}")
        return
    ahead = _newest_change(context.home)
    if ahead and (ahead - context.now).total_seconds() > AHEAD_S:
        yield context.bad("clock", "clock_behind", at=f"{ahead:%Y-%m-%d %H:%M}")
    else:
        yield context.ok("clock", "clock", at=f"{context.now:%Y-%m-%d %H:%M:%S}")


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


def _font(context: CheckContext) -> Iterator[Finding]:
    missing = [name for name in FONTS if not font_file(name).is_file()]
    yield context.bad("typeface", "no_font") if missing else context.ok("typeface", "font")


def _zone(context: CheckContext, config: Config) -> Iterator[Finding]:
    name = config.city.timezone
    try:
        yield context.ok("time zone", "zone", name=name, at=f"{context.now.astimezone(ZoneInfo(name)):%H:%M}")
    except ZoneInfoNotFoundError:
        yield context.bad("time zone", "no_zone", name=name)


def _holidays(context: CheckContext, config: Config) -> Iterator[Finding]:
    years = [context.now.year, context.now.year + 1]
    unknown = without_joint_leave(years)
    if unknown:
        yield context.note("holidays", "no_holidays", years=", ".join(map(str, unknown)))
    else:
        yield context.ok("holidays", "holidays", years=", ".join(map(str, years)))


def _versions(context: CheckContext, config: Config) -> Iterator[Finding]:
    """Whether policies, calendars and holidays say what was recorded of them; a faulty store is told of elsewhere."""
    try:
        engine = open_engine(context.home.database_url, busy_timeout_s=3)
        if current(engine) != head():
            return
        found = compare_versions(engine, config.city, context.now)
        engine.dispose()
    except (StoreDown, ValueError, OSError):
        return
    if found.edits:
        named = "; ".join(title(edit.key) for edit in found.edits)
        commands = dict.fromkeys(accepting_command(edit.key) for edit in found.edits)
        yield context.bad("versions", "versions_edited", named=named, commands="; ".join(commands))
    elif found.new or found.upcoming:
        yield context.note("versions", "versions_new", n=len(found.new) + len(found.upcoming))
    else:
        yield context.ok("versions", "versions")


def _tiles(context: CheckContext, config: Config) -> Iterator[Finding]:
    if not config.map.tiles_file:
        return
    try:
        Tiles(context.home.path / config.map.tiles_file)
        yield context.ok("tiles", "tiles", file=config.map.tiles_file)
    except InvalidTiles as error:
        yield context.bad("tiles", "no_tiles", why=str(error))


def _port(context: CheckContext, config: Config) -> Iterator[Finding]:
    host, port = context.address or (config.server.host, config.server.port)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            yield context.ok("port", "port", address=f"{host}:{port}")
        except OSError as error:
            yield context.note("port", "port_taken", address=f"{host}:{port}", why=error.strerror)


def _proxy(context: CheckContext, config: Config) -> Iterator[Finding]:
    """A server that others reach needs a proxy in front, and to know of it."""
    server = config.server
    if server.proxies:
        yield context.ok("proxy", "proxy", n=server.proxies)
    elif server.host not in LOOPBACK or server.public_url is not None:
        yield context.note("proxy", "no_proxy")


def _mail(context: CheckContext, config: Config) -> Iterator[Finding]:
    """The mail server is asked for a login; nothing is sent."""
    mail = config.mail
    if mail is None:
        return
    try:
        MailServer(mail, context.home.path, os.environ, MAIL_S).check()
    except MailDown as down:
        yield context.bad("mail", "mail_down", said=context.say.sentence(down.reason))
    else:
        yield context.ok("mail", "mail", server=f"{mail.host}:{mail.port}")


def _files(context: CheckContext, config: Config) -> Iterator[Finding]:
    needed = config.server.sockets * 3 + FILES_BESIDE_SCREENS
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    good = allowed == resource.RLIM_INFINITY or allowed >= needed
    yield (context.ok if good else context.bad)("open files", "files", allowed=str(allowed), needed=str(needed))
