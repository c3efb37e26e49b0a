"""The command line: serve, jobs, demo, migrate, ingest, rejected, reconcile, report, key, screen, user, policy,
calendar, map, incidents, assistants, privacy, doctor, backup, verify, restore, move.
"""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated

import typer

from dashboard.cli import assistants as field_assistants
from dashboard.cli import backup as backups
from dashboard.cli import commands, reports, users, versions
from dashboard.cli import privacy as personal
from dashboard.cli.incidents import learn_incidents
from dashboard.cli.map_import import map_import as map_import_command
from dashboard.config.home import ROOT
from dashboard.config.sections.privacy import make_private
from data.domain.access.roles import Role
from data.domain.city.recorded import VersionKind

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
key = typer.Typer(no_args_is_help=True, help="API keys of the Open311 server.")
screen = typer.Typer(no_args_is_help=True, help="The walls' addresses.")
user = typer.Typer(no_args_is_help=True, help="Who may log in, and what was done.")
chart = typer.Typer(no_args_is_help=True, help="The city's boundaries.")
policy = typer.Typer(no_args_is_help=True, help="The recorded versions of the service standards.")
calendar = typer.Typer(no_args_is_help=True, help="The recorded versions of the calendars, with their holidays.")
incidents = typer.Typer(no_args_is_help=True, help="Which reports are proposed as one event.")
privacy = typer.Typer(no_args_is_help=True, help="Personal data of citizens (UU 27/2022).")
assistants = typer.Typer(no_args_is_help=True, help="The field assistants and their villages.")
cli.add_typer(key, name="key")
cli.add_typer(privacy, name="privacy")
cli.add_typer(policy, name="policy")
cli.add_typer(calendar, name="calendar")
cli.add_typer(screen, name="screen")
cli.add_typer(chart, name="map")
cli.add_typer(incidents, name="incidents")
cli.add_typer(user, name="user")
cli.add_typer(assistants, name="assistants")


@cli.callback()
def begin() -> None:
    make_private()


Host = Annotated[str | None, typer.Option(help="Address to listen on; default: server.host of config.yaml.")]
Port = Annotated[int | None, typer.Option(min=1, max=65535, help="Port; default: server.port of config.yaml.")]
PostsLimit = Annotated[int | None, typer.Option(min=1, help="Default: as open311 of config.yaml says for all.")]


@cli.command()
def serve(
    host: Host = None,
    port: Port = None,
    no_jobs: Annotated[bool, typer.Option("--no-jobs", help="Without pollers and sweep: `jobs` runs them.")] = False,
) -> None:
    """Serve walls and Open311, and run the jobs unless told not to."""
    commands.serve(commands.prepare(), host, port, jobs=not no_jobs)


@cli.command()
def jobs() -> None:
    """Run pollers and sweep alone, beside any number of `serve --no-jobs`."""
    commands.run_jobs(commands.prepare())


@cli.command()
def demo(host: Host = None, port: Port = None) -> None:
    """A day of the city, invented, in a store of its own (var/demo); prints the walls' addresses."""
    commands.demo(commands.prepare(ROOT / "var" / "demo"), host, port)


@cli.command(hidden=True)
def performance(socket: Path, as_demo: Annotated[bool, typer.Option("--demo")] = False) -> None:
    """Answer /kinerja at a Unix socket, for the server that starts this."""
    commands.serve_performance(commands.prepare(), socket, as_demo=as_demo)


@cli.command()
def migrate() -> None:
    """Bring the store to the schema of this build."""
    commands.migrate_store(commands.prepare())


@cli.command()
def ingest(
    name: Annotated[str, typer.Argument(help="A source of config.yaml, enabled or not.")],
    once: Annotated[bool, typer.Option("--once", help="Take what is there and end.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and report, store nothing.")] = False,
    file: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="This file instead of the configured one.")
    ] = None,
) -> None:
    """Take records from one source and report what became of them."""
    commands.ingest(commands.prepare(), name, once=once, dry_run=dry_run, file=file)


@cli.command()
def rejected(
    retry: Annotated[bool, typer.Option("--retry", help="Try each again.")] = False,
    source: Annotated[str | None, typer.Option(help="Only of this source.")] = None,
) -> None:
    """List the records that could not be read, or try them again."""
    commands.rejected(commands.prepare(), source, retry=retry)


@cli.command()
def reconcile(
    source: Annotated[str, typer.Argument(help="A source that is the export of SP4N-LAPOR!.")],
    csv: Annotated[Path | None, typer.Option("--csv", dir_okay=False, help="Write every finding to this file.")] = None,
) -> None:
    """Compare what SP4N-LAPOR! lists with what is here: missing here, missing there, states and classes that differ."""
    commands.reconcile(commands.prepare(), source, csv)


@cli.command()
def report(
    month: Annotated[str, typer.Argument(help="A month that is over, e.g. 2026-10; or: verify FILE.")],
    file: Annotated[Path | None, typer.Argument(help="Of `verify`: the file that is to be proven.")] = None,
    *,
    to: Annotated[str | None, typer.Option("--to", help="The last of several months, e.g. 2026-12.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="As it was known then, e.g. 2026-11-02T08:00.")] = None,
    lang: Annotated[str, typer.Option(help="id or en.")] = "id",
    agency: Annotated[str, typer.Option(help="Only of this agency.")] = "",
    out: Annotated[Path, typer.Option("--out", help="The folder for the report's own folder.")] = Path("."),
) -> None:
    """Make a month's report as PDF, workbook and open data; or prove that a file is one: `report verify FILE`."""
    command = commands.prepare()
    if month == "orders":  # started by the jobs
        reports.make_ordered(command)
        return
    if month == "verify":
        if file is None or not file.is_file():
            commands.fail("report verify: which file? It must exist.", reports.REFUSED)
        reports.verify_file(command, file)
        return
    reports.report(command, month, to, as_of=as_of, lang=lang, agency=agency, out=out)


@key.command("add")
def key_add(
    name: Annotated[str, typer.Argument(help="Whose key it is.")],
    per_minute: PostsLimit = None,
    per_day: PostsLimit = None,
) -> None:
    """Make a key; it is printed once, as the last word. Its limits of POSTs may be its own."""
    commands.key_add(commands.prepare(), name, per_minute=per_minute, per_day=per_day)


@key.command("list")
def key_list() -> None:
    """Who has a key."""
    commands.key_list(commands.prepare())


@key.command("revoke")
def key_revoke(name: Annotated[str, typer.Argument(help="Whose key it is.")]) -> None:
    """Make a key worthless at once."""
    commands.key_revoke(commands.prepare(), name)


@screen.command("url")
def screen_url(
    name: Annotated[str, typer.Argument(help="A screen of config.yaml.")],
    base: Annotated[
        str | None, typer.Option(help="How the screen reaches the server; default: server.public_url.")
    ] = None,
) -> None:
    """Print a wall's address with its token, as the last word."""
    commands.screen_url(commands.prepare(), name, base)


@screen.command("list")
def screen_list() -> None:
    """The screens of config.yaml."""
    commands.screen_list(commands.prepare())


UserName = Annotated[str, typer.Argument(help="A user's name; capitals do not matter.")]


@user.command("add")
def user_add(
    name: UserName,
    role: Annotated[Role, typer.Option(help="What the account is for.")],
    agency: Annotated[
        list[str] | None, typer.Option(help="Code of an agency of config.yaml: of a head, one or more of a responder.")
    ] = None,
    village: Annotated[
        list[str] | None, typer.Option(help="Kemendagri code or name of a village: of the role field, one or more.")
    ] = None,
) -> None:
    """Make an account; its one-time password is printed once, as the last word."""
    users.add(commands.prepare(), name, role, agency or [], village or [])


@user.command("list")
def user_list() -> None:
    """Who has an account."""
    users.list_users(commands.prepare())


@user.command("disable")
def user_disable(name: UserName) -> None:
    """Nobody logs in by it any more; its sessions end at once."""
    users.disable(commands.prepare(), name)


@user.command("reset")
def user_reset(
    name: UserName,
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help="Also forget the second factor: the telephone is lost.")
    ] = False,
) -> None:
    """A new one-time password, printed as the last word; all sessions end, a disabled account is enabled again."""
    users.reset(commands.prepare(), name, second_factor=second_factor)


@user.command("logout")
def user_logout(name: UserName) -> None:
    """End all sessions of an account."""
    users.log_out(commands.prepare(), name)


@user.command("audit")
def user_audit(
    name: Annotated[str | None, typer.Argument(help="Only of this user.")] = None,
    last: Annotated[int, typer.Option(min=1, max=100_000, help="How many lines.")] = 50,
) -> None:
    """Who did what, and who saw what: time, user, action, object, address."""
    users.show_audit(commands.prepare(), name, last)


EditedVersion = Annotated[int, typer.Argument(min=1, help="Its version.")]
AcceptedBy = Annotated[str, typer.Option(default_factory=getpass.getuser, help="Who decides; default: the login name.")]


@policy.command("accept-edit")
def policy_accept_edit(
    name: Annotated[str, typer.Argument(help="A policy of config.yaml; with --of a pause reason, class or agency.")],
    by: AcceptedBy,
    version: EditedVersion = 1,
    of: Annotated[VersionKind, typer.Option(help="What was edited, if no policy: pause, class, agency.")] = (
        VersionKind.POLICY
    ),
) -> None:
    """Record that something was edited in place on purpose, and judge the open cases anew; while no server runs."""
    versions.accept_edit(commands.prepare(), of, name, version, by)


@policy.command("list")
def policy_list() -> None:
    """What was recorded of each version, of caps, limits and agencies' calendars, and who accepted edits."""
    versions.list_versions(commands.prepare(), VersionKind.POLICY)


@calendar.command("accept-edit")
def calendar_accept_edit(
    name: Annotated[str, typer.Argument(help="A calendar of config.yaml.")], version: EditedVersion, by: AcceptedBy
) -> None:
    """The same for a calendar, and for the holidays that it uses."""
    versions.accept_edit(commands.prepare(), VersionKind.CALENDAR, name, version, by)


@calendar.command("list")
def calendar_list() -> None:
    """What was recorded of each version, and who accepted edits."""
    versions.list_versions(commands.prepare(), VersionKind.CALENDAR)


@chart.command("import")
def map_import(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A GeoJSON FeatureCollection.")],
) -> None:
    """Check official boundaries, make them the map, and place every case anew."""
    map_import_command(commands.prepare(), file)


@incidents.command("learn")
def incidents_learn(
    days: Annotated[int, typer.Option(min=1, max=3650, help="Of reports received in so many days.")] = 365,
    *,
    accept: Annotated[bool, typer.Option("--accept", help="Put into force what was learned, if it is better.")] = False,
) -> None:
    """Learn from what operators folded and separated; prints the evidence, and changes nothing without --accept."""
    learn_incidents(commands.prepare(), days, accepted=accept)


KeyFile = Annotated[
    Path | None,
    typer.Option("--key", dir_okay=False, help="A key file of age; default: as backup.key_env of config.yaml says."),
]
BackupFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="What `backup` wrote.")]


@cli.command()
def backup(
    file: Annotated[
        Path | None, typer.Argument(help="A file or a folder; default: backup.folder of config.yaml.")
    ] = None,
    key: KeyFile = None,
    low_priority: Annotated[bool, typer.Option("--low-priority", help="Give way to all other processes.")] = False,
) -> None:
    """Copy the store and the files of BATT_HOME while everything runs, and prove the copy."""
    backups.backup(commands.prepare(), file, key, low_priority=low_priority)


@cli.command()
def verify(file: BackupFile, key: KeyFile = None) -> None:
    """Check that a backup is whole: hashes, integrity, numbers of rows."""
    backups.verify(commands.prepare(), file, key)


@cli.command()
def restore(
    file: BackupFile,
    key: KeyFile = None,
    replace: Annotated[bool, typer.Option("--replace", help="Move aside the store that is there.")] = False,
) -> None:
    """Put a backup in the place of the store and the files, while no server runs."""
    backups.restore_backup(commands.prepare(), file, key, replace=replace)


@cli.command()
def move(to: Annotated[str, typer.Option("--to", help="An empty database, e.g. postgresql://user@host/batt.")]) -> None:
    """Copy the store into another database, while no server runs."""
    backups.move_store(commands.prepare(), to)


Who = Annotated[str, typer.Argument(help="A case's code, a tracking code, an e-mail address or a telephone number.")]


@privacy.command("run")
def privacy_run() -> None:
    """Remove the personal data whose time is over. The jobs do it each day."""
    personal.run(commands.prepare())


@privacy.command("export")
def privacy_export(
    who: Who, out: Annotated[Path | None, typer.Option("--out", dir_okay=False, help="To this file.")] = None
) -> None:
    """Give somebody what is kept of the cases, as JSON."""
    personal.export(commands.prepare(), who, out)


@privacy.command("erase")
def privacy_erase(who: Who, yes: Annotated[bool, typer.Option("--yes", help="For ever.")] = False) -> None:
    """Erase names, words, photos and the exact position; rows and figures stay."""
    personal.erase(commands.prepare(), who, sure=yes)


@privacy.command("requests")
def privacy_requests() -> None:
    """List what citizens ask about their data; each is to be answered within 72 hours."""
    personal.requests(commands.prepare())


@privacy.command("request")
def privacy_request(
    who: Who,
    kind: Annotated[str, typer.Argument(help="access, correction, erasure, restriction or withdrawal.")],
    text: Annotated[str, typer.Option("--text", help="What exactly was asked for.")] = "",
) -> None:
    """Enter a request that came by letter, by telephone or over the counter."""
    personal.request(commands.prepare(), who, kind, text)


@privacy.command("answer")
def privacy_answer(
    number: Annotated[int, typer.Argument(max=2**63 - 1, help="The number in `privacy requests`.")],
    text: Annotated[str, typer.Option("--text", help="The answer, for the page of the report.")],
    refuse: Annotated[bool, typer.Option("--refuse", help="Do not do it; the text says why.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="For ever.")] = False,
) -> None:
    """Do what was asked for, or refuse it, and answer the reporter."""
    personal.answer(commands.prepare(), number, text, done=not refuse, sure=yes)


@cli.command()
def doctor(host: Host = None, port: Port = None) -> None:
    """Look at everything a new installation can have wrong, and say how to mend it."""
    commands.doctor(host, port)


@assistants.command("import")
def assistants_import(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Take over a CSV with the columns kode, nama, telepon, surel, desa: these are all from now on."""
    field_assistants.import_assistants(commands.prepare(), file)


@assistants.command("list")
def assistants_list() -> None:
    """Print them as CSV."""
    field_assistants.list_assistants(commands.prepare())
