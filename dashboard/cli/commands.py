"""The commands of `run.py`."""

from __future__ import annotations

import getpass
import os
import signal
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import NoReturn

import typer

from dashboard.app import create_render_context, open_store
from dashboard.auth.access import first_that_may
from dashboard.auth.demo_users import DEMO_NAMES, add_demo_users, remove_demo_users
from dashboard.auth.screen_access import screen_address
from dashboard.cli.demo_cases import HELD, leave_cases, leave_questions
from dashboard.cli.doctor.doctor import check_installation
from dashboard.cli.doctor.findings import CheckContext, terminal_language
from dashboard.cli.lost_state import tell_of_lost_secret, tell_of_lost_store
from dashboard.cli.records import ImportContext, import_once, keep_importing, preview_import, retry_rejected
from dashboard.config.faults import ConfigFaults, did_you_mean
from dashboard.config.home import DATABASE, ROOT, Home, home_of
from dashboard.config.load import Config, load
from dashboard.config.versions import VersionsEdited, record_versions, title
from dashboard.jobs.runner import Jobs
from dashboard.observability import logs
from dashboard.reports.reconciliation import NoList, report
from dashboard.server.companion import ends_with_its_server
from data import clock
from data.domain.access.roles import Role
from data.reference.places.villages import VILLAGES
from data.store.accounts import api_keys, audit
from data.store.accounts.api_keys import all_keys
from data.store.accounts.audit import Action
from data.store.cases.case_list import holds_real_cases
from data.store.db.engine import Connection, Engine, StoreDown, reading, writing
from data.store.db.migrate import WrongSchema, current, migrate, require_head
from data.store.intake import rejected as kept
from data.texts import texts
from ingest.pipeline.pipeline import Pipeline

CONFIG_FAULTY, NOT_READY, FAILED = 2, 3, 1
"""Exit codes: config.yaml has faults; the store cannot be used; what was asked could not be done."""
SHOWN = 1000
GIVES_WAY = 10
"""The niceness of the process for /kinerja: people wait for it, but no wall does."""
LOGIN = "web.login"
DEMO_PAGES = {
    "web.desk": "/meja",
    "web.respond": "/respon",
    "web.on_behalf_list": "/atas-nama",
    "performance.page": "/kinerja",
    "web.tani": "/tani",
    "web.market_officer": "/pasar",
    "web.city_officer": "/kota/petugas",
    LOGIN: "/masuk",
}
"""By endpoint: the demonstration names the first that is for a role."""
MARKS = {"ok": "ok  ", "note": "note", "bad": "BAD "}


@dataclass(frozen=True, slots=True)
class CommandContext:
    """What every command needs."""

    config: Config
    home: Home

    def address(self, host: str | None, port: int | None) -> tuple[str, int]:
        """Where to listen."""
        return host or self.config.server.host, port or self.config.server.port

    def base(self, host: str | None = None, port: int | None = None) -> str:
        """The server's URL."""
        name, number = self.address(host, port)
        shown = "127.0.0.1" if name in {"0.0.0.0", "::"} else name
        return self.config.server.public_url or f"http://{f'[{shown}]' if ':' in shown else shown}:{number}"


def config_file() -> Path:
    """BATT_CONFIG, else config.yaml of the repository."""
    return Path(os.environ.get("BATT_CONFIG") or ROOT / "config.yaml")


def prepare(default_home: Path = ROOT / "var") -> CommandContext:
    """Load config.yaml and home; exits with all faults when config.yaml is wrong."""
    logs.configure()
    try:
        return CommandContext(load(config_file(), clock.now().date()), home_of(os.environ, default_home))
    except ConfigFaults as faults:
        fail(str(faults), CONFIG_FAULTY)
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{config_file()} cannot be read: {error}", CONFIG_FAULTY)


def ready_store(command: CommandContext) -> Engine:
    """The store with this build's schema; an empty store is migrated, an older one is not changed."""
    engine = _open(command)
    try:
        if current(engine) is None:
            tell_of_lost_store(command.home)
            typer.echo(f"An empty store: brought to revision {migrate(engine)}.", err=True)
        require_head(engine)
    except StoreDown as error:
        fail(f"The store cannot be reached: {error.orig}. See: run.py doctor", NOT_READY)
    except WrongSchema as error:
        fail(str(error), NOT_READY)
    return engine


def judging_store(command: CommandContext) -> Engine:
    """The ready store, for a command that judges cases: exits when a version was edited in place."""
    engine = ready_store(command)
    _check_versions(command, engine)
    return engine


def _check_versions(command: CommandContext, engine: Engine) -> None:
    try:
        upcoming = record_versions(engine, command.config.city, clock.now())
    except VersionsEdited as edited:
        engine.dispose()
        anew = f"\nThis is the demonstration's own store: remove {command.home.path} to begin anew."
        fail(f"{edited}{anew if command.config.demo else ''}", CONFIG_FAULTY)
    for key in upcoming:
        typer.echo(f"Days to come have changed and were recorded: {title(key)}.", err=True)


def _require_secret(command: CommandContext) -> None:
    """Before one may be made: only the store knows whether there was one."""
    if not command.home.has_secret:
        engine = ready_store(command)
        tell_of_lost_secret(command.home, engine)
        engine.dispose()


def _open(command: CommandContext) -> Engine:
    try:
        return open_store(command.config, command.home)
    except (ValueError, OSError) as error:
        fail(f"The store cannot be opened: {error}", NOT_READY)


def serve(command: CommandContext, host: str | None, port: int | None, *, jobs: bool) -> None:
    """Until stopped."""
    from dashboard.server.serve import GunicornServer

    engine = judging_store(command)
    tell_of_lost_secret(command.home, engine)
    with writing(engine) as conn:
        remove_demo_users(conn)
    engine.dispose()
    address = command.address(host, port)
    typer.echo(f"Serving {command.config.city.name} at {command.base(host, port)}", err=True)
    GunicornServer(command.config, command.home, address, jobs=jobs).run()


def serve_performance(command: CommandContext, address: Path, *, as_demo: bool) -> None:
    """Answer /kinerja at a Unix socket, until the server that started this ends."""
    from dashboard.server.serve import PerformanceServer

    os.nice(GIVES_WAY)
    ends_with_its_server()
    command = _demo(command) if as_demo else command
    require_head(engine := _open(command))
    engine.dispose()
    PerformanceServer(command.config, command.home, address).run()


def _demo(command: CommandContext) -> CommandContext:
    """The demonstration's: SQLite in its own folder, whatever BATT_DATABASE_URL says."""
    simulator = next((name for name, it in command.config.sources.items() if it.kind == "simulator"), None)
    if simulator is None:
        fail("config.yaml has no source of the kind simulator", FAILED)
    home = Home(command.home.path, f"sqlite:///{command.home.path / DATABASE}", None)
    return CommandContext(command.config.as_demo(simulator), home)


def demo(command: CommandContext, host: str | None, port: int | None) -> None:
    """Serve invented reports; print the URLs of walls and pages, and an account of each role. From this machine."""
    from dashboard.server.serve import GunicornServer

    of_demo = _demo(command)
    home = of_demo.home
    engine = judging_store(of_demo)
    with writing(engine) as conn:
        if holds_real_cases(conn):
            fail(f"{home.path} holds real reports, which invented ones must not join: choose another BATT_HOME", FAILED)
        api_keys.revoke(conn, "demo", clock.now())
        api_key = api_keys.add(conn, "demo", clock.now())
        agency = of_demo.config.city.categories[HELD[0]].agency
        accounts = add_demo_users(conn, agency, VILLAGES[0].code, clock.now())
    context = create_render_context(of_demo.config, engine)
    fresh, held = leave_cases(engine, context, clock.now())
    asked = leave_questions(engine, context, VILLAGES[0].code, clock.now())
    engine.dispose()
    base, secret = of_demo.base(host, port), of_demo.home.secret()
    typer.echo("\nThe control room, with an invented day (DEMO). Open in a browser:\n")
    for name, it in of_demo.config.screens.items():
        typer.echo(f"  {name:<10} {screen_address(base, secret, name, it.version)}")
    typer.echo("\nOr log in, from this machine only:\n")
    for role, (name, password) in accounts.items():
        typer.echo(f"  {name:<20} {password:<25} {base}{DEMO_PAGES[first_that_may(role, DEMO_PAGES) or LOGIN]}")
    if of_demo.config.portal.open:
        typer.echo(f"  {'(any citizen)':<20} {'':<25} {base}/lapor")
    if of_demo.config.public_page.open:
        typer.echo(f"  {'(everybody)':<20} {'':<25} {base}/kota")
    left = f"{fresh} new reports at /meja, {held} at /respon for {DEMO_NAMES[Role.RESPONDER]}"
    typer.echo(f"\nLeft for you: {left}, {asked} farmers' questions at /penyuluh for {DEMO_NAMES[Role.FIELD]}.")
    typer.echo(f"\nPost a report and watch it arrive:\n\n  {_post_example(base, api_key)}\n\nCtrl-C ends it.\n")
    sys.stdout.flush()
    GunicornServer(of_demo.config, home, of_demo.address(host, port), jobs=True, quiet=True).run()


def _post_example(base: str, api_key: str) -> str:
    form = {"api_key": api_key, "service_code": "sampah", "lat": "-7.8712", "long": "112.5268"}
    fields = " ".join(f"-d {name}={value}" for name, value in form.items())
    return f"curl -sS {base}/open311/v2/requests.json {fields} -d 'description=Sampah menumpuk di depan pasar'"


def run_jobs(command: CommandContext) -> None:
    """Until SIGTERM or Ctrl-C."""
    engine = judging_store(command)
    context = create_render_context(command.config, engine)
    pipeline = Pipeline(engine, context.config.city, context.calendars, context.boundaries)
    work = Jobs(context.config, command.home, engine, context, pipeline)

    def stop(number: int, frame: FrameType | None) -> None:
        work.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    work.start()
    typer.echo("Jobs are running.", err=True)
    work.wait()


def migrate_store(command: CommandContext) -> None:
    """To the newest schema."""
    engine = _open(command)
    try:
        before = current(engine)
        if before is None:
            tell_of_lost_store(command.home)
        after = migrate(engine)
        typer.echo(
            f"The store is at revision {after}."
            if after == before
            else f"The store was at revision {before or 'none'} and is now at {after}."
        )
    except (StoreDown, WrongSchema) as error:
        fail(f"The store cannot be reached: {error.orig}" if isinstance(error, StoreDown) else str(error), NOT_READY)
    _check_versions(command, engine)


def ingest(command: CommandContext, name: str, *, once: bool, dry_run: bool, file: Path | None) -> None:
    """Report what became of the records; exit 1 when the source could not be asked or a file was refused."""
    if name not in command.config.sources:
        fail(f"There is no source {name!r} in config.yaml: {did_you_mean(name, command.config.sources)}", FAILED)
    work = _import_context(command)
    if not (once or dry_run or file):
        keep_importing(work, name, typer.echo)
    report = (preview_import if dry_run else import_once)(work, name, file)
    typer.echo(report.text())
    if report.down or report.refused:
        raise typer.Exit(FAILED)


def _import_context(command: CommandContext) -> ImportContext:
    engine = judging_store(command)
    return ImportContext(command.config, command.home, engine, create_render_context(command.config, engine))


def rejected(command: CommandContext, source: str | None, *, retry: bool) -> None:
    """Print the list, or the outcome of a retry."""
    if retry:
        typer.echo(retry_rejected(_import_context(command), source).text())
        return
    with reading(ready_store(command)) as conn:
        rows = kept.waiting(conn, source, SHOWN)
    for row in rows:
        tried = f", tried {row.attempts} times" if row.attempts > 1 else ""
        reason = texts("en").stored_sentence(row.record.reason)
        typer.echo(f"{row.at:%Y-%m-%d %H:%M} {row.record.source} {row.record.external_id}: {reason}{tried}")
    typer.echo(f"{len(rows)} records wait{' (the first of them)' if len(rows) == SHOWN else ''}.")


def reconcile(command: CommandContext, name: str, file: Path | None) -> None:
    """Print counts and the first of each list; exit 1 when that source has brought no list."""
    try:
        typer.echo(report(ready_store(command), name, command.config.city.timezone, file))
    except NoList as error:
        fail(str(error), FAILED)


def key_add(command: CommandContext, name: str, *, per_minute: int | None = None, per_day: int | None = None) -> None:
    """Print the key, once."""
    try:
        with writing(ready_store(command)) as conn:
            made = api_keys.add(conn, name, clock.now(), per_minute=per_minute, per_day=per_day)
            note(conn, clock.now(), Action.KEY_ADDED, name)
    except api_keys.NameTaken as error:
        fail(str(error), FAILED)
    typer.echo(f"Key of {name}, shown only now: {made}")


def key_list(command: CommandContext) -> None:
    """Names, when made, limits, whether revoked."""
    common = command.config.open311
    with reading(ready_store(command)) as conn:
        for each in all_keys(conn):
            gone = f"revoked {each.revoked_at:%Y-%m-%d}" if each.revoked_at else "in use"
            minute, day = each.per_minute or common.per_minute, each.per_day or common.per_day
            limits = f"{minute or 'any number'} a minute, {day or 'any number'} a day"
            typer.echo(f"{each.name:<24} made {each.created_at:%Y-%m-%d}  {limits}  {gone}")


def key_revoke(command: CommandContext, name: str) -> None:
    """Exit 1 when there is no such key."""
    with writing(ready_store(command)) as conn:
        done = api_keys.revoke(conn, name, clock.now())
        if done:
            note(conn, clock.now(), Action.KEY_REVOKED, name)
    if not done:
        fail(f"There is no key in use named {name!r}", FAILED)
    typer.echo(f"The key of {name} is worthless now.")


def screen_url(command: CommandContext, name: str, base: str | None) -> None:
    """Print the address."""
    found = command.config.screens.get(name)
    if found is None:
        fail(f"There is no screen {name!r} in config.yaml: {did_you_mean(name, command.config.screens)}", FAILED)
    _require_secret(command)
    typer.echo(screen_address(base or command.base(), command.home.secret(), name, found.version))


def screen_list(command: CommandContext) -> None:
    """Names and titles."""
    for name, it in command.config.screens.items():
        typer.echo(f"{name:<12} {it.title}")


def doctor(host: str | None, port: int | None) -> None:
    """Print all findings; exit 1 when something is bad."""
    address = (host or "127.0.0.1", port) if port else None
    checked = CheckContext(home_of(os.environ), config_file(), clock.now(), address, terminal_language(os.environ))
    bad = 0
    for finding in check_installation(checked):
        bad += finding.state == "bad"
        typer.echo(f"{MARKS[finding.state]} {finding.what:<14} {finding.said}")
        if finding.mend:
            typer.echo(f"{'':20}{checked.say('doctor.mend')} {finding.mend}")
    typer.echo("\n" + checked.say("doctor.total", n=bad))
    if bad:
        raise typer.Exit(FAILED)


def note(conn: Connection, now: datetime, action: Action, object: str) -> None:
    """A line in the audit: whoever is logged in on the server did it."""
    audit.add(conn, now, who(), action, object)


def who() -> str:
    """Whoever is logged in on the server, as the audit has it."""
    try:
        return f"({getpass.getuser()})"
    except (KeyError, OSError):
        return f"(uid {os.getuid()})"


def fail(message: str, code: int) -> NoReturn:
    """Say it and end with the code."""
    typer.echo(message, err=True)
    raise typer.Exit(code)
