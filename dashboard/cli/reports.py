"""`run.py report` and `run.py report verify`: make a month's report, prove a file."""

from __future__ import annotations

import ctypes
import getpass
import os
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import typer

from dashboard.app import create_render_context
from dashboard.cli.commands import NOT_READY, CommandContext, fail, judging_store, ready_store
from dashboard.jobs.reports import Reports
from dashboard.reports.archive.gathering import report_deps
from dashboard.reports.archive.making import Made, Request, make, report_name
from dashboard.reports.archive.period import ReportRefused, months
from dashboard.reports.archive.storage import ReportStorage, hand_out
from dashboard.reports.archive.verifying import GOOD, Proof, Verdict, verify
from dashboard.reports.documents.pdf import NotDrawn
from data import clock
from data.domain.reasons import reason
from data.store.db.engine import Engine, StoreDown, reading
from data.texts import LANGUAGES, texts
from ingest.runtime.process_files import owner_of

LOW_PRIORITY = 15
M_MMAP_THRESHOLD = -3
"""Of malloc.h."""
REFUSED, UNPROVEN = 2, 1
"""Exit codes: the report cannot be made as asked; the file is no report of this installation."""
TOLD = {
    Proof.SAME: "is revision {revision} of {name}, byte by byte.",
    Proof.APPENDED: "is revision {revision} of {name}, with {appended} bytes behind it, such as a signature; "
    "a PDF reader says whether that is good.",
    Proof.CHANGED: "begins as revision {revision} of {name}, but {appended} bytes behind it, which nobody signed, "
    "change it.",
    Proof.ROWS: "was written anew, but the attached rows are those of revision {revision} of {name}.",
    Proof.UNKNOWN_ROWS: "has rows that fit their own hash, but this installation has no such report.",
    Proof.ALTERED: "was altered: the attached rows do not fit their hash.",
    Proof.STRANGE: "is no report of this installation.",
}


def _return_large_blocks() -> None:
    """Blocks of 128 kB and more go back to the system when they are freed; glibc keeps some of up to 32 MB. With
    a million cases that is 60 MB of 560.
    """
    with suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 131_072)


def report(
    command: CommandContext, first: str, last: str | None, *, as_of: str | None, lang: str, agency: str, out: Path
) -> None:
    """Make it and write its files into a folder of `out`; exit 2 with nothing written when it cannot be made."""
    _return_large_blocks()
    try:
        request = _request(command, first, last, as_of, lang)
        _require_folder(out)
        engine = judging_store(command)
        made = _made(command, engine, replace(request, agency=agency))
        target = hand_out(out, _folder_name(made, lang), _contents(command, made, lang))
    except ReportRefused as refused:
        fail(f"No report: {texts('en').sentence(refused.reason)}.", REFUSED)
    except StoreDown as error:
        fail(f"The store cannot be reached: {error.orig}. See: run.py doctor", NOT_READY)
    except (OSError, ValueError, NotDrawn) as error:
        fail(f"No report: {error}", REFUSED)
    is_new = "made now" if made.is_new else "as it was made before: the facts are the same"
    typer.echo(f"Revision {made.revision.revision}, {is_new}; as of {made.revision.as_of:%Y-%m-%d %H:%M} UTC.")
    typer.echo(f"SHA-256 of the rows: {made.revision.sha256}\n{target}")


def _request(command: CommandContext, first: str, last: str | None, as_of: str | None, lang: str) -> Request:
    zone, now = command.config.city.timezone, clock.now()
    if lang not in LANGUAGES:
        raise ReportRefused(reason("report.no_lang", lang=lang[:20]))
    return Request(months(first, last, zone, now), as_of=_moment(as_of, zone, now), langs=(lang,))


def _moment(text: str | None, zone: str, now: datetime) -> datetime | None:
    """Local time unless it says its zone."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ReportRefused(reason("report.no_moment", text=text[:40])) from None
    aware = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
    if aware > now:
        raise ReportRefused(reason("report.moment_ahead", text=text[:40]))
    return aware


def _require_folder(out: Path) -> None:
    """Before any work: it can be made and written to. A folder that was made for the trial goes again."""
    existed = out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
        trial = out / ".report-trial"
        trial.touch()
        trial.unlink()
    except OSError as error:
        raise ReportRefused(reason("report.no_folder", folder=str(out), error=error.strerror or str(error))) from None
    if not existed:
        with suppress(OSError):
            out.rmdir()


def _made(command: CommandContext, engine: Engine, request: Request) -> Made:
    context = create_render_context(command.config, engine)
    deps = report_deps(context.config, command.home, engine, context.calendars)
    return make(deps, request, owner_of(command.home.path, "report"), getpass.getuser(), clock.now)


def make_ordered(command: CommandContext) -> None:
    """Make the oldest order of /laporan or of the calendar, giving way to all other processes; the jobs start this."""
    os.nice(LOW_PRIORITY)
    _return_large_blocks()
    engine = judging_store(command)
    context = create_render_context(command.config, engine)
    work = Reports(context.config, command.home, engine, context.calendars)
    work.work(owner_of(command.home.path, "report"), clock.now)


def _folder_name(made: Made, lang: str) -> str:
    return f"{report_name(made.revision)}-r{made.revision.revision}-{lang}"


def _contents(command: CommandContext, made: Made, lang: str) -> dict[str, bytes]:
    storage = ReportStorage(command.home.path)
    return {each.name: storage.get(each.sha256) for each in made.files if each.lang == lang}


def verify_file(command: CommandContext, file: Path) -> None:
    """Say what the file is; exit 1 when it is no report of this installation, or was altered."""
    with reading(ready_store(command)) as conn:
        found = verify(conn, file.read_bytes())
    typer.echo(f"{file.name} {_told(found)}")
    if found.sha256:
        typer.echo(f"SHA-256 of the rows: {found.sha256}")
    if found.proof not in GOOD:
        raise typer.Exit(UNPROVEN)


def _told(found: Verdict) -> str:
    made = found.revision
    names = {"revision": made.revision, "name": report_name(made)} if made else {}
    return TOLD[found.proof].format(appended=found.appended, **names)
