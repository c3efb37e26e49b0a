"""The commands `run.py privacy`: what is due goes, somebody gets what is kept, somebody's data are erased."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer

from dashboard.cli.commands import FAILED, CommandContext, fail, note, ready_store
from dashboard.portal.erasing import erase_cases, erase_due
from data import clock
from data.store.accounts.audit import Action
from data.store.citizens import privacy
from data.store.db.engine import Engine, reading, writing
from data.store.market import privacy as market
from data.whole_file import write_whole


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
    """Write everything that is kept of somebody's cases, and of him as a farmer or buyer, as JSON."""
    engine = ready_store(command)
    case_ids, party_ids = _meant(engine, who)
    with reading(engine) as conn:
        found = [privacy.told_of(conn, case_id) for case_id in case_ids]
        traders = [market.told_of(conn, party_id) for party_id in party_ids]
    text = json.dumps({"cases": found, "market": traders}, ensure_ascii=False, indent=2)
    with writing(engine) as conn:
        note(conn, clock.now(), Action.EXPORTED, f"privacy export {_codes(found, traders)}")
    if out is None:
        typer.echo(text)
        return
    try:
        write_whole(out, text.encode())
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror}", FAILED)
    typer.echo(f"{len(found)} cases, {len(traders)} farmers and buyers written to {out}.")


def erase(command: CommandContext, who: str, *, sure: bool) -> None:
    """Erase names, addresses, words, photos and the exact position of somebody's cases; rows and figures stay."""
    engine = ready_store(command)
    case_ids, party_ids = _meant(engine, who)
    with reading(engine) as conn:
        told = [privacy.told_of(conn, case_id) for case_id in case_ids]
        codes = _codes(told, [market.told_of(conn, party_id) for party_id in party_ids])
    if not sure:
        fail(f"This erases for ever the words and names of {codes}. If you are sure, say --yes.", FAILED)
    now = clock.now()
    erase_cases(engine, command.home.path, case_ids, now, texts=True)
    with writing(engine) as conn:
        market.erase(conn, party_ids, now)
        note(conn, now, Action.CHANGED, f"privacy erase {codes}")
    typer.echo(f"Erased: {codes}. Backups from before hold them until they are replaced.")


def _meant(engine: Engine, who: str) -> tuple[list[int], list[int]]:
    """Cases, and farmers or buyers."""
    with reading(engine) as conn:
        found, traders = privacy.cases_of(conn, who), market.parties_of(conn, who)
    if not found and not traders:
        fail("No case is known by that. Give a case's code, a tracking code, an e-mail address or a number.", FAILED)
    return found, traders


def _codes(cases: list[dict[str, Any]], traders: list[dict[str, Any]]) -> str:
    return ", ".join([*(each["case"]["code"] for each in cases), *(each["party"]["code"] for each in traders)])
