"""The commands `run.py privacy`: what is due goes, somebody gets what is kept, somebody's data are erased; requests."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer

from dashboard.cli.commands import FAILED, CommandContext, fail, note, ready_store
from dashboard.cli.commands import who as by
from dashboard.portal.answering import RequestAnswer, answer_request
from dashboard.portal.erasing import erase_cases, erase_due, erase_files
from data import clock
from data.domain.cases.privacy_requests import RequestKind
from data.store.accounts.audit import Action
from data.store.citizens import privacy
from data.store.citizens import requests as asked
from data.store.citizens.privacy import OutsideStore
from data.store.citizens.requests import TEXT_MOST, NewRequest
from data.store.db.engine import Engine, reading, writing
from data.store.market import privacy as market
from data.whole_file import write_whole
from ingest.runtime.process_files import owner_of
from ingest.runtime.word_indexing import index_words

LISTED = 200


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
    index_words(engine, owner_of(command.home.path, "words"), threading.Event())
    with writing(engine) as conn:
        digests = market.erase(conn, party_ids, now)
        note(conn, now, Action.CHANGED, f"privacy erase {codes}")
    erase_files(command.home.path, OutsideStore(digests, []))
    typer.echo(f"Erased: {codes}. Backups from before hold them until they are replaced.")


def requests(command: CommandContext) -> None:
    """List the requests of citizens about their data, those that wait first."""
    engine, now = ready_store(command), clock.now()
    with reading(engine) as conn:
        found = asked.listed(conn, LISTED)
    zone = ZoneInfo(command.config.city.timezone)
    for one in found:
        due = f"{one.due_at.astimezone(zone):%Y-%m-%d %H:%M}"
        state = "answered" if one.answered_at else f"LATE since {due}" if one.is_late(now) else f"due {due}"
        typer.echo(f"{one.id}  {one.code}  {one.kind}  {state}")
    if not found:
        typer.echo("Nobody has asked for anything.")


def request(command: CommandContext, who: str, kind: str, text: str) -> None:
    """Enter a request that came by letter, by telephone or over the counter."""
    engine, now = ready_store(command), clock.now()
    if kind not in set(RequestKind):
        fail(f"{kind!r} is no kind of request. Right would be one of {', '.join(RequestKind)}.", FAILED)
    if len(text) > TEXT_MOST:
        fail(f"The text is longer than {TEXT_MOST} letters.", FAILED)
    found, _ = _meant(engine, who)
    if not found:
        fail("Requests are entered for reports. For a farmer or a buyer export or erase at once.", FAILED)
    for case_id in found:
        with writing(engine) as conn:
            number = asked.ask(conn, NewRequest(case_id, RequestKind(kind), text, by()), now)
            code = privacy.told_of(conn, case_id)["case"]["code"]
            note(conn, now, Action.CHANGED, f"privacy request {kind} {code}")
        told = "is asked for already" if number is None else f"is request {number}, due in 72 hours"
        typer.echo(f"{kind} of {code} {told}.")


def answer(command: CommandContext, number: int, text: str, *, done: bool, sure: bool) -> None:
    """Answer a request: what was asked for is done, or refused with the reason."""
    engine, now = ready_store(command), clock.now()
    with reading(engine) as conn:
        one = asked.by_id(conn, number)
    if one is None:
        fail(f"There is no request {number}. `run.py privacy requests` lists them.", FAILED)
    if not text.strip() or len(text) > TEXT_MOST:
        fail(f"Give the reporter an answer with --text, of {TEXT_MOST} letters at most.", FAILED)
    if done and one.kind is RequestKind.CORRECTION:
        fail(f"Correct the contact on the page /permintaan/{one.code}/{one.id}; it answers the request, too.", FAILED)
    if done and not sure and one.kind in (RequestKind.ERASURE, RequestKind.WITHDRAWAL):
        fail(f"This erases for ever ({one.kind} of {one.code}). If you are sure, say --yes.", FAILED)
    if not answer_request(engine, command.home.path, one, RequestAnswer(by(), text.strip(), done), now):
        fail(f"Request {number} is answered already.", FAILED)
    with writing(engine) as conn:
        note(conn, now, Action.CHANGED, f"privacy answer {one.kind} {one.code}")
    typer.echo(f"Request {number} ({one.kind} of {one.code}) is {'done' if done else 'refused'}.")


def _meant(engine: Engine, who: str) -> tuple[list[int], list[int]]:
    """Cases, and farmers or buyers."""
    with reading(engine) as conn:
        found, traders = privacy.cases_of(conn, who), market.parties_of(conn, who)
    if not found and not traders:
        fail("No case is known by that. Give a case's code, a tracking code, an e-mail address or a number.", FAILED)
    return found, traders


def _codes(cases: list[dict[str, Any]], traders: list[dict[str, Any]]) -> str:
    return ", ".join([*(each["case"]["code"] for each in cases), *(each["party"]["code"] for each in traders)])
