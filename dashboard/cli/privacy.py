"""The commands `run.py privacy`: what is due goes, somebody gets what is kept, somebody's data are erased."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import typer

from dashboard.cli.commands import FAILED, CommandContext, fail, note, ready_store
from dashboard.portal.erasing import erase_cases, erase_due
from data import clock
from data.store.accounts.audit import Action
from data.store.citizens import privacy
from data.store.db.engine import Engine, reading, writing
from data.whole_file import write_whole
from ingest.runtime.process_files import owner_of
from ingest.runtime.word_indexing import index_words


def run(command: CommandContext) -> None:
    """Remove the personal data whose time is over, as `personal_data` of config.yaml says."""
    settings, engine = command.config.personal_data, ready_store(command)
    if settings.keep is None:
        typer.echo("personal_data.keep of config.yaml is null: personal data are kept for ever, nothing was removed.")
        return
    now, number = clock.now(), 0
    while erased := erase_due(engine, command.home.path, settings, now):
        number += erased
    with writing(engine) as conn:
        note(conn, now, Action.CHANGED, f"privacy run {number}")
    typer.echo(f"Personal data of {number} cases removed that ended more than {settings.keep.days} days ago.")


def export(command: CommandContext, who: str, out: Path | None) -> None:
    """Write everything that is kept of somebody's cases as JSON."""
    engine = ready_store(command)
    with reading(engine) as conn:
        found = [privacy.told_of(conn, case_id) for case_id in _meant(engine, who)]
    text = json.dumps({"cases": found}, ensure_ascii=False, indent=2)
    with writing(engine) as conn:
        note(conn, clock.now(), Action.EXPORTED, f"privacy export {_codes(found)}")
    if out is None:
        typer.echo(text)
        return
    try:
        write_whole(out, text.encode())
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror}", FAILED)
    typer.echo(f"{len(found)} cases written to {out}.")


def erase(command: CommandContext, who: str, *, sure: bool) -> None:
    """Erase names, addresses, words, photos and the exact position of somebody's cases; rows and figures stay."""
    engine = ready_store(command)
    case_ids = _meant(engine, who)
    with reading(engine) as conn:
        codes = _codes([privacy.told_of(conn, case_id) for case_id in case_ids])
    if not sure:
        fail(f"This erases for ever the words and names of {codes}. If you are sure, say --yes.", FAILED)
    now = clock.now()
    erase_cases(engine, command.home.path, case_ids, now, texts=True)
    index_words(engine, owner_of(command.home.path, "words"), threading.Event())
    with writing(engine) as conn:
        note(conn, now, Action.CHANGED, f"privacy erase {codes}")
    typer.echo(f"Erased: {codes}. Backups from before hold them until they are replaced.")


def _meant(engine: Engine, who: str) -> list[int]:
    with reading(engine) as conn:
        found = privacy.cases_of(conn, who)
    if not found:
        fail("No case is known by that. Give a case's code, a tracking code, an e-mail address or a number.", FAILED)
    return found


def _codes(told: list[dict[str, dict[str, str]]]) -> str:
    return ", ".join(each["case"]["code"] for each in told)
