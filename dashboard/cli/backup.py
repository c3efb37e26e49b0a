"""Backup, verify, restore and move, as the command line does them."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import NoReturn, TypeVar
from zoneinfo import ZoneInfo

import typer

from dashboard.backup import schedule
from dashboard.backup.archive import NoBackup
from dashboard.backup.check import NotProven, check
from dashboard.backup.encryption import Key, KeyFault, read_key
from dashboard.backup.restore import MARGIN, HoldsStore, Restored, restore
from dashboard.backup.scratch import scratch_folder
from dashboard.backup.take import Installation, Taken, take
from dashboard.cli.commands import FAILED, CommandContext, config_file, ready_store
from dashboard.config import home_lock
from dashboard.config.home import Home
from data import clock
from data.store.backup.backup_file import move
from data.store.backup.copying import NotAlike, NotEmpty
from data.store.backup.usage import InUse, require_unused
from data.store.db import jobs
from data.store.db.engine import Engine, StoreDown, open_engine, writing
from data.store.db.migrate import WrongSchema, require_head

KEY_ENV = "BATT_BACKUP_KEY_FILE"
STOPPED = 143
T = TypeVar("T")
_FAULTS = (NotProven, NoBackup, KeyFault, WrongSchema, InUse, NotEmpty, NotAlike, StoreDown, OSError)
"""What can go wrong in the world; their words are for the operator."""


def backup(command: CommandContext, file: Path | None, key_file: Path | None, *, low_priority: bool) -> None:
    """Take one into the file, or as the schedule does; exit 1 when it could not be taken or proven."""
    if low_priority:
        os.nice(15)
    signal.signal(signal.SIGTERM, _stop)
    engine = ready_store(command)
    try:
        _back_up(command, engine, file, key_file)
    finally:
        engine.dispose()


def _back_up(command: CommandContext, engine: Engine, file: Path | None, key_file: Path | None) -> None:
    now, job = clock.now(), schedule.JOB if file is None else schedule.BY_HAND
    with writing(engine) as conn:
        jobs.started(conn, job, now)
    try:
        taken, gone = _take(command, engine, file, key_file, now)
    except _FAULTS as fault:
        with suppress(StoreDown), writing(engine) as conn:
            jobs.failed(conn, job, clock.now(), _words(fault))
        _end(f"No backup was taken: {_words(fault)}")
    with writing(engine) as conn:
        jobs.succeeded(conn, job, clock.now(), taken.detail() | {"removed": gone})
        if taken.read_back:
            jobs.succeeded(conn, schedule.PROOF, clock.now(), {"file": str(taken.file)})
    _tell(taken, gone, command)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """What is half done is tidied up on the way out."""
    raise SystemExit(STOPPED)


def _take(
    command: CommandContext, engine: Engine, file: Path | None, key_file: Path | None, now: datetime
) -> tuple[Taken, list[str]]:
    settings = command.config.backup
    key = _key(command, key_file, required=file is None)
    name = schedule.name_of(now, encrypted=key is not None)
    if file is not None:
        target = file / name if file.is_dir() else file
        if target.exists():
            raise FileExistsError(f"{target} is there already, and nothing was written: name another file")
        return take(_installation(command), engine, target.absolute(), key, now), []
    if settings.folder is None:
        raise FileNotFoundError("say where: run.py backup FILE, or name backup.folder in config.yaml")
    folder = command.home.path / settings.folder
    taken = take(_installation(command), engine, folder / name, key, now)
    return taken, schedule.remove_old(folder, settings, ZoneInfo(command.config.city.timezone), now)


def _key(command: CommandContext, key_file: Path | None, *, required: bool = False) -> Key | None:
    """--key, else what the environment names; `required`: a variable that config.yaml names must be set."""
    named = command.config.backup.key_env
    path = key_file or os.environ.get(named or KEY_ENV)
    if path is None and named and required:
        raise KeyFault(f"backup.key_env of config.yaml names {named}, which is not set: nothing is written unencrypted")
    return read_key(Path(path)) if path else None


def _installation(command: CommandContext) -> Installation:
    return Installation(command.config, config_file(), command.home)


def _tell(taken: Taken, gone: list[str], command: CommandContext) -> None:
    manifest = taken.manifest
    rows = sum(manifest.rows.values())
    typer.echo(
        f"{taken.file}: {taken.size / 1e6:.1f} MB, {manifest.rows['case']} cases, {rows} rows,"
        f" {len(manifest.members)} files, up to change {manifest.seq}, {taken.seconds:.0f} s."
    )
    if not taken.encrypted:
        typer.echo("It is not encrypted and holds personal data: keep it where only you can read it, or give --key.")
    if taken.read_back:
        typer.echo(
            "It was restored into a scratch folder: hashes, integrity, numbers of rows and figures are the same."
        )
    else:
        typer.echo(
            "It was proven before it was encrypted: this machine has only the recipient's key. Prove the file itself"
            " where the identity is: run.py verify FILE --key IDENTITY"
        )
    if taken.file.parent.stat().st_dev == command.home.path.stat().st_dev:
        typer.echo("It lies on the same disk as the store: copy it to another machine, too.")
    for each in manifest.left_out:
        typer.echo(f"Left out: {each}")
    for name in gone:
        typer.echo(f"Removed as old: {name}")


def verify(command: CommandContext, file: Path, key_file: Path | None) -> None:
    """Exit 1, with what is wrong, unless all of it is as it was written."""

    def look() -> None:
        with scratch_folder(command.home.path) as scratch:
            found = check(file, _key(command, key_file), scratch, lambda name: False)
        typer.echo(
            f"{file} is whole: of {found.created_at:%Y-%m-%d %H:%M} UTC, revision {found.revision},"
            f" up to change {found.seq}, {found.rows['case']} cases, {len(found.members)} files."
            " Hashes, integrity and numbers of rows are as they were written."
        )

    _done(f"{file} cannot be relied on", look)
    _note_proof(command.home, file)


def _note_proof(home: Home, file: Path) -> None:
    """For /health, where the store of this build is; a backup may be verified on a machine that has none."""
    if home.database_name == "sqlite" and not Path(home.database_url.removeprefix("sqlite:///")).exists():
        return
    engine = open_engine(home.database_url)
    try:
        with suppress(StoreDown, WrongSchema):
            require_head(engine)
            with writing(engine) as conn:
                jobs.succeeded(conn, schedule.PROOF, clock.now(), {"file": str(file.absolute())})
    finally:
        engine.dispose()


def restore_backup(command: CommandContext, file: Path, key_file: Path | None, *, replace: bool) -> None:
    """Exit 1, with nothing changed, when it cannot be done."""
    place = _installation(command)
    now = clock.now()
    try:
        done = _done("Nothing was changed", lambda: restore(place, file, _key(command, key_file), now, replace=replace))
    except HoldsStore:
        _end(
            f"Nothing was changed: {_store(command)} holds a store already."
            " With --replace it is moved aside, and nothing of it is deleted"
        )
    _tell_restored(command, done)


def _tell_restored(command: CommandContext, done: Restored) -> None:
    manifest, home = done.manifest, command.home
    typer.echo(
        f"Restored: the store of {manifest.created_at:%Y-%m-%d %H:%M} UTC, up to change {manifest.seq},"
        f" {manifest.rows['case']} cases, {len(manifest.members)} files."
    )
    typer.echo(f"What was there before, if anything, lies in {home.path / done.aside}; remove it when all is well.")
    if home.database_name == "postgresql":
        typer.echo(f"The old tables stand in the schema {done.aside.replace('-', '_')} of the database.")
    numbers = ", ".join(f"{prefix}-{number:04d}" for prefix, number in done.next_numbers.items())
    typer.echo(
        f"Public numbers given out after the backup are not given out again: {MARGIN} are passed over"
        f" ({numbers or 'none was in use'} come next)."
    )
    typer.echo("Records that sources brought after the backup come again; reports posted to Open311 since then do not.")
    typer.echo(
        "Accounts, passwords and API keys are as they were then: disable and revoke again what was since"
        " (run.py user list, run.py key list)."
    )
    typer.echo(
        "config.yaml of the backup lies beside as config-of-backup.yaml. Secrets of the environment are not in it."
    )


def move_store(command: CommandContext, url: str) -> None:
    """Exit 1, with nothing changed, when it cannot be done."""
    source = ready_store(command)
    try:
        target = open_engine(url)
    except ValueError as fault:
        _end(f"Nothing was moved: {fault}")

    def work() -> int:
        home_lock.take_alone(command.home.path)
        require_unused(source)
        try:
            return sum(each.rows for each in move(source, target).values())
        finally:
            source.dispose()
            target.dispose()

    rows = _done("Nothing was moved", work)
    typer.echo(
        f"{rows} rows were copied; every table has the same number of rows and the same checksum on both sides. The old"
        f" store is as it was ({_store(command)})."
    )
    typer.echo(
        "Now set BATT_DATABASE_URL to the new address wherever serve and jobs run, and start them. Keep the old store"
        " until a backup of the new one was taken. Photos, uploads and the secret stay in BATT_HOME."
    )


def _store(command: CommandContext) -> str:
    return str(command.home.path) if command.home.database_name == "sqlite" else "the database"


def _done(failed: str, work: Callable[[], T]) -> T:
    try:
        return work()
    except _FAULTS as fault:
        _end(f"{failed}: {_words(fault)}")


def _words(fault: BaseException) -> str:
    return str(fault.orig) if isinstance(fault, StoreDown) else str(fault)


def _end(said: str) -> NoReturn:
    typer.echo(said, err=True)
    raise typer.Exit(FAILED)
